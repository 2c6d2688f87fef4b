/** A run folder's record as the figures that reports show. */
import { type Efficiency, efficiencyOf } from '../measure/efficiency.js';
import type { LayerFigures } from '../measure/layers.js';
import type { RunRecord, Stage } from '../run-folder.js';

export interface StageRow {
  readonly index: number;
  readonly pass: string;
  readonly kept: boolean;
  readonly summary?: string;
  /** In points; and how many fewer than the input has. */
  readonly quality?: number;
  readonly loss?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly parameters?: number;
  readonly nonZeroParameters?: number;
  /** Bytes of the weights: all float32; in their bits; and that after gzip. */
  readonly denseBytes?: number;
  readonly packedBytes?: number;
  readonly gzipBytes?: number;
  /** The graph as a packed file. */
  readonly fileBytes?: number;
  /** The input's float32 bytes by this stage's file's. */
  readonly ratio?: number;
  readonly macs?: number;
  readonly nonZeroMacs?: number;
  /** Share of the MACs that are on integers, in [0, 1]. */
  readonly integerShare?: number;
  readonly trafficBytes?: number;
  readonly peakActivationBytes?: number;
  /** Microjoules a run. */
  readonly energy?: number;
  /** Threads → median and least milliseconds of a run. */
  readonly latency: Readonly<Record<string, { readonly medianMs: number; readonly minimumMs: number }>>;
  readonly efficiency?: Efficiency;
}

export interface LayerRow extends LayerFigures {
  /** What passes noted of the layer, the last word first in force: error, sensitivity, rank, ... */
  readonly noted: Readonly<Record<string, number | string>>;
}

export interface RunReport {
  readonly model: string;
  readonly recipe: string;
  readonly seed: number;
  readonly kept: number;
  readonly stopped?: string;
  readonly finished: boolean;
  readonly processor?: string;
  readonly stages: readonly StageRow[];
  /** Of the stage that was kept. */
  readonly layers: readonly LayerRow[];
  readonly skipped: readonly { readonly pass: string; readonly node: string; readonly reason: string }[];
}

export function runReport({ description, stages, outcome }: RunRecord): RunReport {
  const kept = outcome?.kept ?? stages.length - 1;
  const input = stages[0];
  const { processor } = outcome?.latency ?? {};
  return {
    model: description.model,
    recipe: description.recipe.name,
    seed: description.seed,
    kept,
    ...(outcome?.stopped !== undefined && { stopped: outcome.stopped }),
    finished: outcome !== undefined,
    ...(processor && {
      processor: `${processor.name}, ${processor.cores} cores (${processor.features.join(' ') || 'features unknown'})`,
    }),
    stages: stages.map((stage) => stageRow(stage, input, kept, outcome?.latency?.latencies ?? [])),
    layers: layerRows(stages.slice(0, kept + 1)),
    skipped: stages.flatMap(({ pass, report }) =>
      (report?.skipped ?? []).map(({ node, reason }) => ({ pass, node, reason })),
    ),
  };
}

type Latencies = NonNullable<NonNullable<RunRecord['outcome']>['latency']>['latencies'];

function stageRow(stage: Stage, input: Stage | undefined, kept: number, latencies: Latencies): StageRow {
  const { index, pass, seconds, report, evaluation, measurement } = stage;
  const own = latencies.filter(({ name }) => name === latencyName(index));
  const quality = evaluation?.quality;
  const before = input?.evaluation?.quality;
  const point = (of: Stage | undefined) =>
    of?.evaluation && of.measurement
      ? {
          quality: of.evaluation.quality,
          nonZeroParameters: of.measurement.size.nonZeroParameters,
          nonZeroMacs: of.measurement.cost.nonZeroMacs,
        }
      : undefined;
  const here = point(stage);
  return {
    index,
    pass,
    kept: index === kept,
    seconds,
    latency: Object.fromEntries(
      own.map(({ threads, medianMs, minimumMs }) => [String(threads), { medianMs, minimumMs }]),
    ),
    ...(report && { summary: report.summary }),
    ...(evaluation && { quality: evaluation.quality, metrics: evaluation.metrics }),
    ...(quality !== undefined && before !== undefined && { loss: before - quality }),
    ...(measurement && costsOf(measurement, input?.measurement)),
    ...(here && { efficiency: efficiencyOf(here, index === 0 ? undefined : point(input)) }),
  };
}

function costsOf(
  { size, cost, energy }: NonNullable<Stage['measurement']>,
  input: Stage['measurement'],
): Partial<StageRow> {
  return {
    parameters: size.parameters,
    nonZeroParameters: size.nonZeroParameters,
    denseBytes: size.dense,
    packedBytes: size.packed,
    gzipBytes: size.packedGzip,
    fileBytes: size.file,
    ...(input && { ratio: input.size.dense / size.file }),
    macs: cost.macs,
    nonZeroMacs: cost.nonZeroMacs,
    integerShare: cost.macs > 0 ? cost.integerMacs / cost.macs : 0,
    trafficBytes: cost.trafficBytes,
    peakActivationBytes: cost.peakActivationBytes,
    energy: energy.total,
  };
}

function layerRows(stages: readonly Stage[]): LayerRow[] {
  const noted = new Map<string, Record<string, number | string>>();
  for (const { report } of stages)
    for (const { node, figures } of report?.layers ?? []) noted.set(node, { ...noted.get(node), ...figures });
  return (stages.at(-1)?.measurement?.layers ?? []).map((layer) => ({
    ...layer,
    noted: noted.get(layer.node) ?? {},
  }));
}

/** What latencies of a stage are filed under. */
export function latencyName(index: number): string {
  return `stage-${index}`;
}
