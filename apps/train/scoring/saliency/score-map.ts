/** All figures of one saliency map. */
import { PocketlensError } from '../../../../models/base/errors.js';
import type { GrayImage } from '../../../../models/base/image.js';
import type { BinaryMask } from './binary-mask.js';
import { structureMeasure } from './structure-measure.js';
import {
  adaptiveThreshold,
  countThresholds,
  enhancedAlignment,
  fMeasure,
  precisionAt,
  recallAt,
  THRESHOLDS,
} from './threshold-counts.js';
import { weightedF } from './weighted-f.js';

/** Arrays hold one value a threshold. */
export interface MapScore {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly alignment: Float64Array;
  readonly adaptiveF: number;
  readonly adaptiveE: number;
  readonly weightedF: number;
  readonly structure: number;
  /** Mean absolute error. */
  readonly error: number;
}

/** @param map round(255 p) a pixel, of the mask's size. @throws invalid_data where the sizes differ */
export function scoreMap(map: GrayImage, mask: BinaryMask): MapScore {
  if (map.width !== mask.width || map.height !== mask.height) {
    const size = (of: { width: number; height: number }) => `${of.width} × ${of.height}`;
    throw new PocketlensError(
      'invalid_data',
      `Expected ${size(mask)} pixels, the mask's size, for a map but received ${size(map)}.`,
    );
  }
  const counts = countThresholds(map, mask);
  const precision = new Float64Array(THRESHOLDS);
  const recall = new Float64Array(THRESHOLDS);
  const alignment = new Float64Array(THRESHOLDS);
  for (let t = 0; t < THRESHOLDS; t++) {
    precision[t] = precisionAt(counts, t);
    recall[t] = recallAt(counts, t);
    alignment[t] = enhancedAlignment(counts, t);
  }
  const own = adaptiveThreshold(map);
  return {
    precision,
    recall,
    alignment,
    adaptiveF: fMeasure(precision[own]!, recall[own]!),
    adaptiveE: alignment[own]!,
    weightedF: weightedF(map, mask),
    structure: structureMeasure(map, mask),
    error: meanAbsoluteError(map, mask),
  };
}

function meanAbsoluteError({ data }: GrayImage, { data: bits }: BinaryMask): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += bits[i] ? 255 - data[i]! : data[i]!;
  return sum / 255 / data.length;
}
