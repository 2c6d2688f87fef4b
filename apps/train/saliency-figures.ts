/** Measures a saliency network on the dev sets, while it trains too: the figures that are quick to compute. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { declineTelemetry } from '../../models/base/decline-telemetry.js';
import { PocketlensError } from '../../models/base/errors.js';
import { dataPath, packageRoot } from '../../models/base/paths.js';
import type { FiguresRequest } from './saliency-figures-worker.js';
import type { JudgedSaliency, SampleFigures } from './saliency-sample-figures.js';
import { loadSaliencySet, type SaliencySample } from './scoring/saliency/labelled-set.js';
import { fMeasure, THRESHOLDS } from './scoring/saliency/threshold-counts.js';

/** Sets below `saliency/dev`. Which weights are best "quality" decides, the mean over all of them. */
export const SALIENCY_DEV_SETS = ['pascal-s', 'duts-te', 'ecssd'] as const;

/** Each has a model of its own in memory. */
const MOST_THREADS = 8;

/**
 * In %: "SET.max-f", "SET.structure", "SET.mae", and "quality", the mean over the sets of max-F + S-measure − MAE, halved.
 * Photographs are judged in threads, one a core: superpixels and scoring take as long as the network.
 * @param every evaluates each n-th image.
 * @throws data_missing, inference_failed
 */
export async function saliencyFigures(
  judged: JudgedSaliency,
  every: number,
): Promise<Record<string, number>> {
  const sets = SALIENCY_DEV_SETS.map((name) => {
    const { samples } = loadSaliencySet(dataPath('saliency', 'dev', name));
    return { name, samples: samples.filter((_, i) => i % every === 0) };
  });
  const all = await judgeInThreads(
    judged,
    sets.flatMap(({ samples }) => samples),
  );
  const figures: Record<string, number> = {};
  let quality = 0;
  let first = 0;
  for (const { name, samples } of sets) {
    const { maxF, structure, mae } = meanOf(all.slice(first, first + samples.length));
    first += samples.length;
    figures[`${name}.max-f`] = 100 * maxF;
    figures[`${name}.structure`] = 100 * structure;
    figures[`${name}.mae`] = 100 * mae;
    quality += (100 * (maxF + structure - mae)) / 2;
  }
  figures.quality = quality / SALIENCY_DEV_SETS.length;
  return figures;
}

/** In the order of the samples, whatever the number of threads. */
async function judgeInThreads(
  judged: JudgedSaliency,
  samples: readonly SaliencySample[],
): Promise<(SampleFigures | undefined)[]> {
  const threads = Math.min(availableParallelism(), MOST_THREADS, samples.length);
  const parts = await Promise.all(
    Array.from({ length: threads }, (_, thread) =>
      judgeInThread({ judged, samples: samples.filter((_, i) => i % threads === thread) }),
    ),
  );
  return samples.map((_, i) => parts[i % threads]![Math.floor(i / threads)]);
}

function judgeInThread(request: FiguresRequest): Promise<(SampleFigures | undefined)[]> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) =>
      reject(
        new PocketlensError(
          'inference_failed',
          `Expected figures of photographs but judging ended: ${reason}.`,
          {
            remedy: 'Check the network and the data sets.',
          },
        ),
      );
    const file = join(packageRoot(), 'dist', 'apps', 'train', 'saliency-figures-worker.js');
    declineTelemetry();
    const worker = new Worker(file, { workerData: request });
    worker.once('message', resolve);
    worker.once('error', ({ message }) => fail(message));
    worker.once('exit', (code) => fail(`the thread ended with code ${code}`));
  });
}

function meanOf(samples: readonly (SampleFigures | undefined)[]): {
  maxF: number;
  structure: number;
  mae: number;
} {
  const precision = new Float64Array(THRESHOLDS);
  const recall = new Float64Array(THRESHOLDS);
  let [n, error, structure] = [0, 0, 0];
  for (const sample of samples) {
    if (!sample) continue;
    for (let t = 0; t < THRESHOLDS; t++) {
      precision[t]! += sample.precision[t]!;
      recall[t]! += sample.recall[t]!;
    }
    error += sample.mae;
    structure += sample.structure;
    n += 1;
  }
  const maxF = precision.reduce((most, p, t) => Math.max(most, fMeasure(p / n, recall[t]! / n)), 0);
  return { maxF, structure: structure / n, mae: error / n };
}
