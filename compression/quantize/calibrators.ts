/** From the statistics of an activation to the range that its codes shall cover (Gholami et al. 2021, section III.C). */
import { codeRange } from '../../models/graph/encoding.js';
import type { ValueHistogram } from './histogram.js';

export const CALIBRATORS = ['min-max', 'moving-average', 'percentile', 'entropy', 'mse'] as const;
export type Calibrator = (typeof CALIBRATORS)[number];

export interface ActivationFormat {
  readonly bits: number;
  readonly signed: boolean;
  /** The zero point lies in the middle of the codes. */
  readonly symmetric: boolean;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Shares of the full range that 'entropy' and 'mse' try. */
const SHARES = Array.from({ length: 128 }, (_, i) => (i + 1) / 128);

/**
 * @param percentile share of the values, in %, that the range keeps ('percentile' alone)
 * @returns a range that holds 0
 */
export function calibrate(
  histogram: ValueHistogram,
  calibrator: Calibrator,
  format: ActivationFormat,
  percentile = 99.99,
): Range {
  const whole = withZero(histogram.bounds);
  if (whole.low === whole.high) return whole;
  const bins = inexactBins(histogram);
  switch (calibrator) {
    case 'min-max':
      return whole;
    case 'moving-average':
      return withZero(histogram.averagedBounds);
    case 'percentile':
      return withZero(central(histogram, percentile / 100));
    case 'entropy':
      return leastOf(whole, (range) => divergence(bins, range, format));
    case 'mse':
      return leastOf(whole, (range) => squaredError(bins, range, format));
  }
}

/** Float32 scale and the code of 0. The codes never reach beyond the range: a clipping before them stays redundant. */
export function gridOf({ low, high }: Range, { bits, signed, symmetric }: ActivationFormat): Grid {
  const [least, most] = codeRange({ bits, signed });
  if (low === high) return { scale: 1, zeroPoint: symmetric && !signed ? (most + 1) / 2 : least };
  if (symmetric) {
    const zeroPoint = signed ? 0 : (most + 1) / 2;
    return { scale: floorToFloat(Math.max(-low, high) / (most - zeroPoint)), zeroPoint };
  }
  // 0 lies between two codes. By either of them the codes reach one end exactly and do not quite reach the other; the wider
  // grid misses less of it.
  const exact = least - (low * (most - least)) / (high - low);
  const [below, above] = [Math.floor(exact), Math.ceil(exact)];
  const upToHigh = below < most ? high / (most - below) : 0;
  const downToLow = above > least ? -low / (above - least) : 0;
  return upToHigh >= downToLow
    ? { scale: floorToFloat(upToHigh), zeroPoint: below }
    : { scale: floorToFloat(downToLow), zeroPoint: above };
}

const bits32 = new Uint32Array(1);
const float32 = new Float32Array(bits32.buffer);

/** The greatest float32 not above a positive number, and at least 2^-40. */
function floorToFloat(value: number): number {
  float32[0] = value;
  if (float32[0]! > value) bits32[0]! -= 1;
  return Math.max(float32[0]!, 2 ** -40);
}

function withZero({ low, high }: Range): Range {
  return { low: Math.min(0, low), high: Math.max(0, high) };
}

interface Bin {
  readonly centre: number;
  readonly count: number;
}

/** Without exact zeros: rectifiers give many, and they have a code of their own. */
function inexactBins(histogram: ValueHistogram): Bin[] {
  return [...histogram.filled()]
    .map(({ bin, centre, count }) => ({
      centre,
      count: bin === histogram.zeroBin ? count - histogram.zeros : count,
    }))
    .filter(({ count }) => count > 0);
}

/** Cuts the same share at both ends; where all values have one sign, all of it at the far end. */
function central(histogram: ValueHistogram, share: number): Range {
  const { low, high } = histogram.bounds;
  const outside = (1 - share) * histogram.size;
  const twoSided = low < 0 && high > 0;
  const quota = twoSided ? outside / 2 : outside;
  const bins = [...histogram.filled()];
  const cut = (ordered: typeof bins): number => {
    let passed = 0;
    for (const { bin, count } of ordered) {
      passed += count;
      if (passed > quota) return bin;
    }
    return ordered.at(-1)!.bin;
  };
  return {
    low: low < 0 ? Math.max(low, histogram.edge(cut(bins))) : low,
    high: high > 0 ? Math.min(high, histogram.edge(cut(bins.toReversed()) + 1)) : high,
  };
}

/** Shrinks both ends together, then each alone. */
function leastOf(whole: Range, lossOf: (range: Range) => number): Range {
  let best = whole;
  let least = Number.POSITIVE_INFINITY;
  const offer = (range: Range) => {
    const loss = lossOf(range);
    if (loss >= least) return;
    best = range;
    least = loss;
  };
  for (const share of SHARES.toReversed()) offer({ low: whole.low * share, high: whole.high * share });
  if (whole.low === 0 || whole.high === 0) return best;
  const { high } = best;
  for (const share of SHARES) offer({ low: whole.low * share, high });
  const { low } = best;
  for (const share of SHARES) offer({ low, high: whole.high * share });
  return best;
}

/** Mean squared error of rounding and clipping (as in Banner et al. 2019, here measured rather than modelled). */
function squaredError(bins: readonly Bin[], range: Range, format: ActivationFormat): number {
  const [least, most] = codeRange(format);
  const { scale, zeroPoint } = gridOf(range, format);
  let error = 0;
  for (const { centre, count } of bins) {
    const code = Math.min(most, Math.max(least, Math.round(centre / scale) + zeroPoint));
    error += count * (centre - (code - zeroPoint) * scale) ** 2;
  }
  return error;
}

/**
 * Kullback-Leibler divergence of the rounded from the exact distribution (Migacz 2017, "8-bit inference with TensorRT"):
 * what lies outside the range counts in its end bins; each code's count is spread evenly over the filled bins that it
 * covers.
 */
function divergence(bins: readonly Bin[], range: Range, format: ActivationFormat): number {
  const [least, most] = codeRange(format);
  const { scale, zeroPoint } = gridOf(range, format);
  const codeCounts = new Float64Array(most - least + 1);
  const codeBins = new Float64Array(most - least + 1);
  const kept: { slot: number; count: number; exact: number }[] = [];
  const clipped = { low: 0, high: 0 };
  for (const { centre, count } of bins) {
    const slot = Math.round(centre / scale) + zeroPoint - least;
    if (slot < 0) clipped.low += count;
    else if (slot >= codeCounts.length) clipped.high += count;
    else {
      codeCounts[slot]! += count;
      codeBins[slot]! += 1;
      kept.push({ slot, count, exact: count });
    }
  }
  if (kept.length === 0) return Number.POSITIVE_INFINITY;
  kept[0]!.exact += clipped.low;
  kept.at(-1)!.exact += clipped.high;
  const inside = kept.reduce((sum, { count }) => sum + count, 0);
  const total = inside + clipped.low + clipped.high;
  return kept.reduce((sum, { slot, exact }) => {
    const rounded = codeCounts[slot]! / codeBins[slot]! / inside;
    return sum + (exact / total) * Math.log(exact / total / rounded);
  }, 0);
}
