/** `pocketlens compress`: reads a model, runs a recipe on it in a run folder, times the stages and writes the result. */
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import {
  type CompressContext,
  type CompressResult,
  compress,
  deployed,
  requireData,
} from '../../../compression/compress.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { type LatencyReport, measureLatency } from '../../../compression/measure/latency.js';
import type { CompressionTask } from '../../../compression/pass.js';
import { FUNCTION_PRESERVING } from '../../../compression/passes.js';
import { type Recipe, recipeJson } from '../../../compression/recipe.js';
import { latencyName } from '../../../compression/report/run-report.js';
import { RunFolder, type Stage } from '../../../compression/run-folder.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { costOf } from '../../../models/graph/cost.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { loadGraph } from '../../../models/graph/serialize.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import type { ReadModel, WrittenModel } from './model-file.js';

export interface RunCompressOptions {
  readonly model: ReadModel;
  /** As the user named it. */
  readonly source: string;
  readonly recipe: Recipe;
  readonly task?: CompressionTask;
  readonly evaluate: boolean;
  /** Names what the task judges by. */
  readonly judgedBy: string;
  /** Each so many-th dev sample is judged: what stands in the card says so. */
  readonly every: number;
  readonly folder: string;
  readonly resume: boolean;
  readonly seed: number;
  /** Shapes to count costs at where there is no task. */
  readonly inputShapes?: Readonly<Record<ValueId, readonly number[]>>;
  /** Whether latencies are measured. */
  readonly timed: boolean;
  readonly signal?: AbortSignal;
  readonly note?: (text: string) => void;
  readonly onStage?: (stage: Stage, resumed: boolean) => void;
}

export interface RunCompressResult extends CompressResult {
  readonly latency?: LatencyReport;
  /** The result as a file or a folder takes it. */
  readonly written: WrittenModel;
}

/** @throws what reading, passes and evaluation throw; interrupted */
export async function runCompress(options: RunCompressOptions): Promise<RunCompressResult> {
  const { model, recipe, task, seed, signal, note } = options;
  const context: CompressContext = {
    seed,
    evaluate: options.evaluate,
    judgedBy: options.judgedBy,
    ...(task && { task }),
    ...(options.inputShapes && { inputShapes: options.inputShapes }),
    ...(recipe.floor && { maxLoss: recipe.floor.maxLoss }),
    ...(signal && { signal }),
    ...(note && { note }),
    ...(options.onStage && { onStage: options.onStage }),
  };
  // What is refused leaves no folder behind.
  requireData(recipe.steps, context);
  const run = new RunFolder(options.folder);
  await run.open({ model: options.source, recipe: recipeJson(recipe), seed }, options.resume);
  const result = await compress(model.graph, recipe.steps, { ...context, run });
  const shapes = options.inputShapes ?? task?.inputShapes;
  const latency =
    options.timed && shapes ? await timeStages(run, result, { task, shapes, signal, note }) : undefined;
  await run.finish(
    {
      kept: result.kept,
      ...(result.stopped !== undefined && { stopped: result.stopped }),
      ...(latency && { latency }),
    },
    result.stages.length,
  );
  return { ...result, ...(latency && { latency }), written: await written(run, result, options) };
}

/** All stages in one go, by turns: only so are their times comparable. A stage that cannot be exported has none. */
async function timeStages(
  run: RunFolder,
  { stages }: CompressResult,
  options: {
    readonly task: CompressionTask | undefined;
    readonly shapes: Readonly<Record<ValueId, readonly number[]>>;
    readonly signal: AbortSignal | undefined;
    readonly note: ((text: string) => void) | undefined;
  },
): Promise<LatencyReport> {
  const { task, shapes, signal, note } = options;
  note?.('Measuring latency …');
  const candidates = [];
  for (const { index, pass } of stages) {
    try {
      const onnx = exportOnnx(deployed(await loadGraph(run.graphPath(index)), task));
      candidates.push({ name: latencyName(index), onnx, inputShapes: shapes });
    } catch (error) {
      if (!(error instanceof PocketlensError)) throw error;
      note?.(`No latency after ${pass}: ${error.message}`);
    }
  }
  return measureLatency(candidates, { ...(signal && { signal }) });
}

async function written(
  run: RunFolder,
  result: CompressResult,
  { model, task, every, recipe }: RunCompressOptions,
): Promise<WrittenModel> {
  const kept = result.stages.slice(1, result.kept + 1);
  const ships = deployed(result.graph, task);
  const shapes = task?.inputShapes;
  const [sole] = Object.values(shapes ?? {});
  const float = await lastFloat(run, result);
  const parent = deployed(foldBatchNorm(model.graph).graph, task);
  const rounding = kept.filter(({ index }) => index > float.index);
  const skipped = new Set(rounding.flatMap(({ report }) => report?.skipped ?? []).map(({ node }) => node));
  return {
    graph: result.graph,
    deployed: ships,
    float: float.graph,
    ...(model.card && { card: model.card }),
    metrics: cardMetrics(result.stages[result.kept]!, every),
    ...(shapes && sole && { macs: { macs: costOf(ships, shapes).macs, macsAt: sole } }),
    compression: kept.map(({ pass, options, index }) => ({
      pass,
      ...options,
      ...(index > float.index && { deployedOnly: true }),
    })),
    compressed: {
      recipe: recipe.name,
      ...(task?.calibratedOn !== undefined && { calibration: task.calibratedOn }),
      leftInFloat: ships.nodes.map(({ id }) => id).filter((id) => skipped.has(id)),
      parent: {
        precision: 'float32',
        bytes: exportOnnx(parent).length,
        metrics: cardMetrics(result.stages[0]!, every),
      },
    },
  };
}

/** The last stage that training can go on from: in float, and before passes that only make it ready to ship. */
async function lastFloat(
  run: RunFolder,
  { kept, stages }: CompressResult,
): Promise<{ graph: Graph; index: number }> {
  for (let index = kept; index > 0; index--) {
    if (FUNCTION_PRESERVING.has(stages[index]!.pass)) continue;
    const graph = await loadGraph(run.graphPath(index));
    if (isFloat(graph)) return { graph, index };
  }
  return { graph: await loadGraph(run.graphPath(0)), index: 0 };
}

function isFloat({ nodes, params }: Graph): boolean {
  const rounds = nodes.some(({ op }) => op === 'QuantizeDequantize' || op === 'DynamicQuantizeDequantize');
  return !rounds && [...params.values()].every(({ encoding }) => encoding === undefined);
}

/** Of the evaluation that the run itself made, in the card's units: shares, by "set.metric". */
function cardMetrics({ evaluation }: Stage, every: number): ModelCard['metrics'] {
  const metrics: Record<string, Record<string, number>> = {};
  for (const [key, value] of Object.entries(evaluation?.metrics ?? {})) {
    const dot = key.lastIndexOf('.');
    const split = every === 1 ? 'dev' : `dev, one of ${every}`;
    const set = `${split}/${dot < 0 ? 'mean' : key.slice(0, dot)}`;
    metrics[set] = { ...metrics[set], [key.slice(dot + 1)]: Number((value / 100).toFixed(6)) };
  }
  return metrics;
}
