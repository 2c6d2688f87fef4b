/** Measures the variants of a bundle to be: latency on this machine, metrics where the data sets are here. */

import { join } from 'node:path';
import { findDataFolder, packageRoot } from '../../../models/base/paths.js';
import { detectorConfigSchema } from '../../../models/detector/config.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import { openSession } from '../../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { writeFileWhole } from '../../files/write-file.js';
import { type BuildBundleOptions, MODELS } from './build-bundle.js';
import { sha256 } from './documents.js';
import { FIGURES_FILE, type Figures, readFigures } from './figures.js';
import { costShapes, openModelSource } from './model-source.js';
import { onnxBytes } from './variants.js';

type Metrics = NonNullable<Figures['variants'][string]['metrics']>;

/** Writes `figures.json` beside the weights. Figures of files that are not measured now are kept. @throws output_unwritable */
export async function measureBundle(options: BuildBundleOptions): Promise<void> {
  const { signal, onNote } = options;
  const weights = options.weights ?? join(packageRoot(), 'models', 'weights');
  const figures = await readFigures(weights);
  const hasData = findDataFolder() !== undefined;
  if (!hasData) onNote?.('No data sets: metrics are those of the cards.');
  for (const name of MODELS.filter((each) => options.models.includes(each))) {
    const source = await openModelSource(join(weights, name));
    const shapes = await costShapes(source);
    const candidates = [];
    for (const precision of options.precisions)
      candidates.push({ precision, onnx: await onnxBytes(source, precision) });
    const latency = shapes && (await timed(candidates, shapes, signal));
    for (const { precision, onnx } of candidates) {
      onNote?.(`Measuring ${name} in ${precision} …`);
      const own = figures.variants[sha256(onnx)];
      figures.variants[sha256(onnx)] = {
        ...own,
        latency: latency?.filter((row) => row.precision === precision) ?? [],
        ...(hasData && (await metricsOf(source.card, onnx))),
      };
    }
  }
  const sorted = Object.entries(figures.variants).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFileWhole(
    join(weights, FIGURES_FILE),
    `${JSON.stringify({ variants: Object.fromEntries(sorted) }, null, 2)}\n`,
  );
}

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
    shape: [...Object.values(inputShapes)[0]!],
    medianMs: round(medianMs),
    minimumMs: round(minimumMs),
  }));
}

/** Of the dev sets, as the cards of shipped models hold them. */
async function metricsOf(
  { task, config }: ModelCard,
  onnx: Uint8Array,
): Promise<{ metrics: Metrics; silenced?: Metrics }> {
  const session = await openSession(onnx, { threads: 2 });
  try {
    const { grouped } = await import('../../train/package-model.js');
    if (task === 'recognizer') {
      const { devFigures } = await import('../../train/read-set.js');
      const { recognizerOf } = await import('../../../models/recognizer/open-recognizer.js');
      return {
        metrics: grouped(await devFigures(recognizerOf(session, recognizerConfigSchema.parse(config)))),
      };
    }
    if (task === 'detector') {
      const { detectionFigures } = await import('../../train/detector-run.js');
      const { detectorOf } = await import('../../../models/detector/open-detector.js');
      const detector = detectorOf(session, detectorConfigSchema.parse(config));
      return { metrics: grouped(await detectionFigures(detector, [], 1)) };
    }
    const { saliencyFigures } = await import('../../train/saliency-figures.js');
    const { saliencyOf } = await import('../../../models/saliency/open-saliency.js');
    const parsed = saliencyConfigSchema.parse(config);
    const metrics = grouped(await saliencyFigures(saliencyOf(session, parsed), 1));
    if (!parsed.segment) return { metrics };
    const silenced = saliencyOf(session, parsed, { withoutSegments: true });
    return { metrics, silenced: grouped(await saliencyFigures(silenced, 1)) };
  } finally {
    await session.dispose();
  }
}
