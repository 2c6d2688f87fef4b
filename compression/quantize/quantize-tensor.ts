/**
 * A weight tensor rounded to few bits: value ≈ (code − zero point) · scale, with one scale for the whole tensor, for each
 * output channel, or for each group of input channels of an output channel (survey: Gholami et al. 2021, section III).
 */
import { type AffineEncoding, codeRange, decodeCodes, scaleIndices } from '../../models/graph/encoding.js';
import { sizeOf } from '../../models/graph/shapes.js';

export type Granularity = 'tensor' | 'channel' | 'group';

export interface WeightQuantizer {
  /** 2 to 8, or −1, 0 and 1 times a scale. */
  readonly bits: number | 'ternary';
  readonly granularity: Granularity;
  /** Input channels that share a scale where the granularity is 'group'. Default 32. */
  readonly group?: number;
  /** Zero points of 0 (codes are signed); false: the range of the values decides. Default true. */
  readonly symmetric?: boolean;
  /** 'mse': the range is shrunk to where the squared error is least; 'none': it holds every value. Default 'none'. */
  readonly clipping?: 'none' | 'mse';
}

/** Axes of a weight: [.., input channels, .., output channels, ..]. `input` is undefined where there is none to group. */
export interface WeightAxes {
  readonly output: number;
  readonly input?: number;
}

export interface QuantizedTensor {
  /** What the codes decode to. */
  readonly data: Float32Array;
  readonly encoding: AffineEncoding;
}

/** No scale is smaller: products of scales stay normal numbers. */
const LEAST_SCALE = 2 ** -40;
/** Shares of the full range that are tried for the least squared error. */
const SHRINKS = Array.from({ length: 45 }, (_, i) => 1 - i * 0.02);

/**
 * Rounds to nearest. Symmetric codes of 3 bits and more leave out the lowest one, so that negation stays in range.
 *
 * @param leastScales lower bounds of the scales, one an output channel (for biases that must fit 32 bits)
 * @param given scales to take instead of finding some, in the order of the encoding's; symmetric codes only
 */
export function quantizeTensor(
  data: Float32Array,
  shape: readonly number[],
  axes: WeightAxes,
  quantizer: WeightQuantizer,
  leastScales?: ArrayLike<number>,
  given?: ArrayLike<number>,
): QuantizedTensor {
  const { bits, symmetric = true, clipping = 'none' } = quantizer;
  const scaleShape = scaleShapeOf(shape, axes, quantizer);
  const blockOf = scaleIndices(shape, scaleShape);
  const blocks = gather(data, blockOf, sizeOf(scaleShape));
  const ternary = bits === 'ternary';
  const format = { bits: ternary ? 2 : bits, signed: symmetric || ternary };
  const grids = blocks.map((values, k): Grid => {
    if (ternary) return ternaryGrid(values, given?.[k]);
    if (given) return { scale: given[k]!, zeroPoint: 0 };
    return symmetric
      ? symmetricGrid(values, format.bits, clipping)
      : asymmetricGrid(values, format.bits, clipping);
  });
  const scales = Float32Array.from(grids, ({ scale }) => Math.max(scale, LEAST_SCALE));
  if (leastScales) raise(scales, scaleShape, axes.output, leastScales);
  const zeroPoints = Int32Array.from(grids, ({ zeroPoint }) => zeroPoint);
  const [least, most] = symmetric && !ternary ? symmetricRange(format.bits) : codeRange(format);
  const codes = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    const k = blockOf[i]!;
    const threshold = grids[k]!.threshold;
    if (threshold === undefined)
      codes[i] = clamp(Math.round(value / scales[k]!) + zeroPoints[k]!, least, most);
    else codes[i] = Math.abs(value) > threshold ? Math.sign(value) : 0;
  }
  const encoding: AffineEncoding = { kind: 'affine', ...format, scaleShape, scales, zeroPoints };
  return { data: decodeCodes(codes, shape, encoding), encoding };
}

/** Lowest and highest code of symmetric weights. */
export function symmetricRange(bits: number): [number, number] {
  const most = 2 ** (bits - 1) - 1;
  return [bits > 2 ? -most : -most - 1, most];
}

interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Ternary: what does not exceed it becomes 0. */
  readonly threshold?: number;
}

export function scaleShapeOf(
  shape: readonly number[],
  axes: WeightAxes,
  { granularity, group = 32 }: Pick<WeightQuantizer, 'granularity' | 'group'>,
): number[] {
  return shape.map((size, axis) => {
    if (granularity === 'tensor') return 1;
    if (axis === axes.output) return size;
    return granularity === 'group' && axis === axes.input ? Math.ceil(size / group) : 1;
  });
}

function gather(data: Float32Array, blockOf: Uint32Array, count: number): Float32Array[] {
  const sizes = new Uint32Array(count);
  for (let i = 0; i < blockOf.length; i++) sizes[blockOf[i]!]! += 1;
  const blocks = Array.from(sizes, (size) => new Float32Array(size));
  const filled = new Uint32Array(count);
  for (let i = 0; i < data.length; i++) {
    const k = blockOf[i]!;
    blocks[k]![filled[k]!++] = data[i]!;
  }
  return blocks;
}

/** The scale's own channel along the output axis; a scale of several channels takes the greatest of their bounds. */
function raise(
  scales: Float32Array,
  scaleShape: readonly number[],
  axis: number,
  least: ArrayLike<number>,
): void {
  const inner = scaleShape.slice(axis + 1).reduce((product, d) => product * d, 1);
  const whole = scaleShape[axis] === 1 ? Math.max(0, ...Array.from(least)) : undefined;
  scales.forEach((scale, k) => {
    const bound = whole ?? least[Math.floor(k / inner) % scaleShape[axis]!]!;
    scales[k] = Math.max(scale, bound);
  });
}

/** Share of the mean magnitude that a weight must exceed not to become 0 (Li and Liu 2016). */
export const TERNARY_THRESHOLD = 0.7;

/**
 * Ternary weight networks (Li and Liu 2016, section 2.2): what exceeds 0.7 of the mean magnitude becomes ± the mean
 * magnitude of what exceeds it.
 */
function ternaryGrid(values: Float32Array, given?: number): Grid {
  const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, values.length);
  const threshold = TERNARY_THRESHOLD * mean;
  if (given !== undefined) return { scale: given, zeroPoint: 0, threshold };
  const kept = values.filter((value) => Math.abs(value) > threshold);
  const scale = kept.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, kept.length);
  return { scale, zeroPoint: 0, threshold };
}

function symmetricGrid(values: Float32Array, bits: number, clipping: 'none' | 'mse'): Grid {
  const [least, most] = symmetricRange(bits);
  const whole = values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0) / most;
  if (clipping === 'none' || whole === 0) return { scale: whole, zeroPoint: 0 };
  return bestGrid(
    SHRINKS.map((share) => ({ scale: whole * share, zeroPoint: 0 })),
    values,
    least,
    most,
  );
}

function asymmetricGrid(values: Float32Array, bits: number, clipping: 'none' | 'mse'): Grid {
  const [least, most] = codeRange({ bits, signed: false });
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const grid = (share: number): Grid => {
    const scale = Math.max((share * (high - low)) / (most - least), LEAST_SCALE);
    return { scale, zeroPoint: clamp(Math.round(least - (share * low) / scale), least, most) };
  };
  if (clipping === 'none' || low === high) return grid(1);
  return bestGrid(SHRINKS.map(grid), values, least, most);
}

function bestGrid(grids: readonly Grid[], values: Float32Array, least: number, most: number): Grid {
  let best = grids[0]!;
  let bestError = Number.POSITIVE_INFINITY;
  for (const grid of grids) {
    const error = errorWithin(bestError, grid, values, least, most);
    if (error >= bestError) continue;
    best = grid;
    bestError = error;
  }
  return best;
}

/** Values that are summed before the bound is looked at. */
const STRIDE = 256;

/** Squared error on a grid; where it reaches the bound, which most grids soon do, any number from there on. */
function errorWithin(
  bound: number,
  { scale, zeroPoint }: Grid,
  values: Float32Array,
  least: number,
  most: number,
): number {
  let error = 0;
  for (let from = 0; from < values.length && error < bound; from += STRIDE) {
    const end = Math.min(from + STRIDE, values.length);
    for (let i = from; i < end; i++) {
      const value = values[i]!;
      let code = Math.round(value / scale) + zeroPoint;
      if (code < least) code = least;
      else if (code > most) code = most;
      const off = value - (code - zeroPoint) * scale;
      error += off * off;
    }
  }
  return error;
}

/** Ratio of signal to error in decibels; infinite where they agree. */
export function signalToNoise(exact: ArrayLike<number>, rounded: ArrayLike<number>): number {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < exact.length; i++) {
    signal += exact[i]! ** 2;
    noise += (exact[i]! - rounded[i]!) ** 2;
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
