/**
 * Measures the variants of a bundle to be: latency on this machine, metrics where the data sets are here. What the cards hold
 * already, and what an earlier run measured on the very same file, is not measured again.
 */
import { join } from 'node:path';
import { findDataFolder, packageRoot } from '../../../models/base/paths.js';
import { detectorConfigSchema } from '../../../models/detector/config.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import { openSession } from '../../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { writeFileWhole } from '../../files/write-file.js';
import { PRECISIONS } from '../manifest/parts.js';
import { type BuildBundleOptions, MODELS } from './build-bundle.js';
import { sha256 } from './documents.js';
import { FIGURES_FILE, type Figures, readFigures } from './figures.js';
import { cardMetrics, costShapes, openModelSource } from './model-source.js';
import { channelsFirst, onnxBytes, type Precision } from './variants.js';

type Metrics = NonNullable<Figures['variants'][string]['metrics']>;

export interface MeasureBundleOptions extends BuildBundleOptions {
  /** Measures on each n-th sample of the data sets; 1 by default. */
  readonly every?: number;
}

/**
 * Writes `figures.json` beside the weights after each file, so that a run that was stopped goes on where it was. Figures of
 * former weights of these models are dropped.
 * @throws model_not_found, model_corrupt, invalid_argument, output_unwritable, interrupted
 */
export async function measureBundle(options: MeasureBundleOptions): Promise<void> {
  const { signal, onNote, every = 1 } = options;
  const weights = options.weights ?? join(packageRoot(), 'models', 'weights');
  const { variants } = await readFigures(weights);
  const hasData = findDataFolder() !== undefined;
  if (!hasData) onNote?.('No data sets: metrics are those of the cards.');
  for (const model of MODELS.filter((each) => options.models.includes(each))) {
    const source = await openModelSource(join(weights, model));
    const deployed = sha256(source.deployed);
    const current = new Set([deployed]);
    const candidates: { precision: Precision; onnx: Uint8Array }[] = [];
    for (const precision of PRECISIONS) {
      const isAsked = options.precisions.includes(precision);
      if (!isAsked && precision === 'int8' && !source.isQuantized) continue;
      const onnx = await onnxBytes(source, precision);
      current.add(sha256(onnx));
      if (isAsked) candidates.push({ precision, onnx });
    }
    for (const [hash, figures] of Object.entries(variants))
      if (figures.model === model && !current.has(hash)) delete variants[hash];
    const add = async (hash: string, figures: Partial<Figures['variants'][string]>) => {
      signal?.throwIfAborted();
      variants[hash] = { latency: [], ...variants[hash], model, ...figures };
      const sorted = Object.entries(variants).sort(([one], [other]) => (one < other ? -1 : 1));
      const text = JSON.stringify({ variants: Object.fromEntries(sorted) }, null, 2);
      await writeFileWhole(join(weights, FIGURES_FILE), `${text}\n`);
    };
    const shapes = await costShapes(source);
    if (shapes) onNote?.(`Timing ${model} …`);
    const latency = shapes ? await timed(candidates, shapes, signal) : [];
    for (const { precision, onnx } of candidates) {
      const hash = sha256(onnx);
      await add(hash, { latency: latency.filter((row) => row.precision === precision) });
      if (!hasData || cardMetrics(source, precision) || variants[hash]?.metrics) continue;
      onNote?.(`Measuring ${model} in ${precision} …`);
      await add(hash, { metrics: await metricsOf(source.card, onnx, { every }) });
    }
    if (hasData && hasSegments(source.card) && !variants[deployed]?.silenced) {
      onNote?.(`Measuring ${model} without superpixels …`);
      const silenced = await metricsOf(source.card, source.deployed, { every, withoutSegments: true });
      await add(deployed, { silenced });
    }
  }
}

const hasSegments = ({ task, config }: ModelCard) =>
  task === 'saliency' && saliencyConfigSchema.parse(config).segment !== null;

type Latency = Figures['variants'][string]['latency'];

async function timed(
  candidates: readonly { readonly precision: Latency[number]['precision']; readonly onnx: Uint8Array }[],
  inputShapes: Readonly<Record<string, readonly number[]>>,
  signal: AbortSignal | undefined,
): Promise<Latency> {
  const { measureLatency } = await import('../../../compression/measure/latency.js');
  const { runtimeVersion } = await import('../../../models/runtime/session.js');
  const report = await measureLatency(
    candidates.map(({ precision, onnx }) => ({ name: precision, onnx, inputShapes })),
    signal ? { signal } : {},
  );
  const { name: processor, cores } = report.processor;
  const runtime = `onnxruntime-node ${await runtimeVersion()}`;
  const round = (value: number) => Number(value.toFixed(2));
  return report.latencies.map(({ name, threads, runs, medianMs, minimumMs }) => ({
    format: 'onnx',
    precision: name as Latency[number]['precision'],
    runtime,
    processor: `${processor}, ${cores} cores`,
    device: 'workstation',
    threads,
    runs,
    shape: channelsFirst(Object.values(inputShapes)[0]!),
    medianMs: round(medianMs),
    minimumMs: round(minimumMs),
  }));
}

/** Of the dev sets, as the cards of shipped models hold them. */
async function metricsOf(
  { task, config }: ModelCard,
  onnx: Uint8Array,
  { every, withoutSegments = false }: { readonly every: number; readonly withoutSegments?: boolean },
): Promise<Metrics> {
  const { grouped } = await import('../../train/package-model.js');
  if (task === 'saliency') {
    const { saliencyFigures } = await import('../../train/saliency-figures.js');
    const judged = { onnx, config: saliencyConfigSchema.parse(config), withoutSegments };
    return grouped(await saliencyFigures(judged, every));
  }
  const session = await openSession(onnx, { threads: 2 });
  try {
    if (task === 'recognizer') {
      const { devFigures } = await import('../../train/read-set.js');
      const { recognizerOf } = await import('../../../models/recognizer/open-recognizer.js');
      return grouped(await devFigures(recognizerOf(session, recognizerConfigSchema.parse(config)), every));
    }
    const { detectionFigures } = await import('../../train/detector-run.js');
    const { detectorOf } = await import('../../../models/detector/open-detector.js');
    const detector = detectorOf(session, detectorConfigSchema.parse(config));
    return grouped(await detectionFigures(detector, [], every));
  } finally {
    await session.dispose();
  }
}
