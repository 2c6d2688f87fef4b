/** What follows from counting pixels alone: precision, recall, F and E at every threshold, and at the map's own. */
import type { GrayImage } from '../../../../models/base/image.js';
import type { BinaryMask } from './binary-mask.js';

/** Thresholds 0 to 255: a pixel is selected where `map >= threshold`. */
export const THRESHOLDS = 256;
/** Weight of precision in F: β² = 0.3 (Achanta et al. 2009). */
export const BETA_SQUARED = 0.3;

export interface ThresholdCounts {
  /** Pixels of foreground selected at each threshold. */
  readonly hits: Float64Array;
  /** All pixels selected at each threshold. */
  readonly selected: Float64Array;
  readonly foreground: number;
  readonly pixels: number;
}

export function countThresholds({ data }: GrayImage, mask: BinaryMask): ThresholdCounts {
  const histogram = new Float64Array(2 * THRESHOLDS);
  const { data: bits } = mask;
  for (let i = 0; i < data.length; i++) histogram[(bits[i]! << 8) | data[i]!]!++;
  const hits = new Float64Array(THRESHOLDS);
  const selected = new Float64Array(THRESHOLDS);
  let [inside, all] = [0, 0];
  for (let t = THRESHOLDS - 1; t >= 0; t--) {
    inside += histogram[THRESHOLDS + t]!;
    all += histogram[t]! + histogram[THRESHOLDS + t]!;
    hits[t] = inside;
    selected[t] = all;
  }
  return { hits, selected, foreground: mask.foreground, pixels: data.length };
}

/** The lowest threshold that selects what twice the map's mean (at most the largest value) does. */
export function adaptiveThreshold({ data }: GrayImage): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return Math.min(THRESHOLDS - 1, Math.ceil((2 * sum) / data.length));
}

/** Of what is selected, the share that is foreground; 0 where nothing is selected. */
export function precisionAt({ hits, selected }: ThresholdCounts, threshold: number): number {
  return hits[threshold]! / Math.max(1, selected[threshold]!);
}

/** Of the foreground, the share that is selected. */
export function recallAt({ hits, foreground }: ThresholdCounts, threshold: number): number {
  return hits[threshold]! / foreground;
}

export function fMeasure(precision: number, recall: number): number {
  const product = (1 + BETA_SQUARED) * precision * recall;
  return product / Math.max(BETA_SQUARED * precision + recall, 1e-12);
}

/**
 * E-measure (Fan et al. 2018) at one threshold. Selection and mask, each less its mean, are compared pixel by pixel; as
 * both take two values, there are but four kinds of pixels.
 */
export function enhancedAlignment(counts: ThresholdCounts, threshold: number): number {
  const { foreground, pixels } = counts;
  const hits = counts.hits[threshold]!;
  const selected = counts.selected[threshold]!;
  const whole = Math.max(1, pixels - 1);
  if (foreground === 0) return (pixels - selected) / whole;
  if (foreground === pixels) return selected / whole;
  const [meanSelected, meanMask] = [selected / pixels, foreground / pixels];
  const part = (count: number, a: number, b: number) => {
    const alignment = (2 * a * b) / (a * a + b * b + Number.EPSILON);
    return (count * (alignment + 1) ** 2) / 4;
  };
  const missed = foreground - hits;
  const sum =
    part(hits, 1 - meanSelected, 1 - meanMask) +
    part(selected - hits, 1 - meanSelected, -meanMask) +
    part(missed, -meanSelected, 1 - meanMask) +
    part(pixels - selected - missed, -meanSelected, -meanMask);
  return sum / whole;
}
