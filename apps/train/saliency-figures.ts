/** Measures a saliency model on the dev sets while it trains: the figures that are quick to compute. */
import type { FloatMap } from '../../models/base/image.js';
import { dataPath } from '../../models/base/paths.js';
import type { SaliencyModel } from '../../models/saliency/saliency.js';
import { decodePicture } from '../files/decode-picture.js';
import { binaryMask } from './scoring/saliency/binary-mask.js';
import { loadGrayValues, loadSaliencySet } from './scoring/saliency/labelled-set.js';
import { resizeBilinear } from './scoring/saliency/resize-bilinear.js';
import { counts } from './scoring/saliency/score-set.js';
import { structureMeasure } from './scoring/saliency/structure-measure.js';
import {
  countThresholds,
  fMeasure,
  precisionAt,
  recallAt,
  THRESHOLDS,
} from './scoring/saliency/threshold-counts.js';

/** Sets below `saliency/dev`; the last decides which weights are best. */
export const SALIENCY_DEV_SETS = ['pascal-s', 'duts-te', 'ecssd'] as const;

/**
 * In %: "SET.max-f", "SET.structure", "SET.mae", and "quality", the mean over the sets of max-F + S-measure − MAE, halved.
 * @param every evaluates each n-th image.
 */
export async function saliencyFigures(model: SaliencyModel, every: number): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  let quality = 0;
  for (const name of SALIENCY_DEV_SETS) {
    const { maxF, structure, mae } = await measureSet(model, name, every);
    figures[`${name}.max-f`] = 100 * maxF;
    figures[`${name}.structure`] = 100 * structure;
    figures[`${name}.mae`] = 100 * mae;
    quality += (100 * (maxF + structure - mae)) / 2;
  }
  figures.quality = quality / SALIENCY_DEV_SETS.length;
  return figures;
}

async function measureSet(model: SaliencyModel, name: string, every: number) {
  const { samples } = loadSaliencySet(dataPath('saliency', 'dev', name));
  const precision = new Float64Array(THRESHOLDS);
  const recall = new Float64Array(THRESHOLDS);
  let [n, error, structure] = [0, 0, 0];
  for (const sample of samples.filter((_, i) => i % every === 0)) {
    const mask = binaryMask(await loadGrayValues(sample.mask));
    if (!counts(mask)) continue;
    const { map } = await model.predict(await decodePicture({ path: sample.image }));
    const bytes = resizeBilinear(quantized(map), mask.width, mask.height);
    const found = countThresholds(bytes, mask);
    for (let t = 0; t < THRESHOLDS; t++) {
      precision[t]! += precisionAt(found, t);
      recall[t]! += recallAt(found, t);
    }
    let sum = 0;
    for (let i = 0; i < bytes.data.length; i++) sum += Math.abs(bytes.data[i]! / 255 - mask.data[i]!);
    error += sum / bytes.data.length;
    structure += structureMeasure(bytes, mask);
    n += 1;
  }
  const maxF = precision.reduce((most, p, t) => Math.max(most, fMeasure(p / n, recall[t]! / n)), 0);
  return { maxF, structure: structure / n, mae: error / n };
}

function quantized({ width, height, data }: FloatMap) {
  return { width, height, data: Uint8Array.from(data, (p) => Math.round(255 * p)) };
}
