/**
 * Resampling of grey images. Coordinates are continuous: pixel i covers [i, i + 1), its centre is at i + 0.5, so an
 * image of width w spans [0, w] and halving it maps x to x / 2. Beyond its borders an image repeats its border pixels.
 * Everything is integer or IEEE double arithmetic in a fixed order: equal input gives equal bytes on every machine.
 */
import { expected } from '../base/errors.js';
import type { GrayImage } from '../base/image.js';

/** For each output position: its first source position and the weights (summing to 2^WEIGHT_BITS) from there on. */
interface Taps {
  readonly first: Int32Array;
  /** Taps per output position. */
  readonly count: number;
  readonly weights: Int32Array;
}

/** Two passes of 8-bit values by 11-bit weights stay within 31 bits: 8 + 11 + 11. */
const WEIGHT_BITS = 11;
const ONE = 1 << WEIGHT_BITS;

/**
 * Resizes to `width` × `height`: the mean over the covered area along an axis that shrinks, linear interpolation
 * between pixel centres along one that grows.
 * @throws invalid_argument for an empty image or size
 */
export function resizeGray(image: GrayImage, width: number, height: number): GrayImage {
  checkSize(width, height);
  return resampleWindow(image, 0, 0, image.width, image.height, width, height);
}

/** As `resizeGray`, of the part of the image from (`left`, `top`) to (`right`, `bottom`), which may reach beyond it. */
export function resampleWindow(
  image: GrayImage,
  left: number,
  top: number,
  right: number,
  bottom: number,
  width: number,
  height: number,
): GrayImage {
  checkSize(width, height);
  checkSize(image.width, image.height);
  const whole = left === 0 && top === 0 && right === image.width && bottom === image.height;
  if (whole && width === image.width && height === image.height)
    return { width, height, data: image.data.slice() };
  if (whole && image.width === 2 * width && image.height === 2 * height) return halve(image);
  const across = taps(left, right, image.width, width);
  const down = taps(top, bottom, image.height, height);
  return separable(image, across, down, width, height);
}

/** @throws invalid_argument for an empty image or size */
export function checkSize(width: number, height: number): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw expected(
      'invalid_argument',
      'at least 1 × 1 whole pixels',
      'the image size',
      `${width} × ${height}`,
    );
  }
}

/** The commonest reduction, four pixels to one, rounded. */
function halve(image: GrayImage): GrayImage {
  const { width: stride, data } = image;
  const width = stride >> 1;
  const height = image.height >> 1;
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    let a = 2 * y * stride;
    const end = (y + 1) * width;
    for (let o = y * width; o < end; o++, a += 2) {
      out[o] = (data[a]! + data[a + 1]! + data[a + stride]! + data[a + stride + 1]! + 2) >> 2;
    }
  }
  return { width, height, data: out };
}

/** Weights of the source pixels under each of `length` equal parts of [from, to]. */
function taps(from: number, to: number, size: number, length: number): Taps {
  const scale = (to - from) / length;
  const count = scale > 1 ? Math.ceil(scale) + 1 : 2;
  const first = new Int32Array(length);
  const weights = new Int32Array(length * count);
  const raw = new Float64Array(count);
  for (let i = 0; i < length; i++) {
    let start: number;
    if (scale > 1) {
      const low = from + i * scale;
      const high = from + (i + 1) * scale;
      start = Math.floor(low);
      for (let k = 0; k < count; k++) {
        raw[k] = Math.max(0, Math.min(high, start + k + 1) - Math.max(low, start + k)) / scale;
      }
    } else {
      const centre = from + (i + 0.5) * scale - 0.5;
      start = Math.floor(centre);
      raw[1] = centre - start;
      raw[0] = 1 - raw[1];
    }
    first[i] = quantise(raw, start, size, weights, i * count);
  }
  return {
    first,
    count: Math.min(count, size),
    weights: count <= size ? weights : narrowed(weights, length, count, size),
  };
}

/** Rounds weights so that they sum to ONE, and moves those beyond the image to its border pixels. Returns the first. */
function quantise(raw: Float64Array, start: number, size: number, weights: Int32Array, at: number): number {
  const count = raw.length;
  const first = Math.max(0, Math.min(start, size - count));
  let left = ONE;
  let largest = at;
  for (let k = 0; k < count; k++) {
    const weight = Math.round(raw[k]! * ONE);
    const slot = at + Math.max(0, Math.min(start + k, size - 1)) - first;
    weights[slot]! += weight;
    left -= weight;
    if (weights[slot]! > weights[largest]!) largest = slot;
  }
  weights[largest]! += left;
  return first;
}

/** Fewer source pixels than taps: all weights lie in the first `size` slots. */
function narrowed(weights: Int32Array, length: number, count: number, size: number): Int32Array {
  const out = new Int32Array(length * size);
  for (let i = 0; i < length; i++) out.set(weights.subarray(i * count, i * count + size), i * size);
  return out;
}

/** Down first: one row of sums at a time stays in the cache, and only the columns that are needed are summed. */
function separable(image: GrayImage, across: Taps, down: Taps, width: number, height: number): GrayImage {
  const out = new Uint8Array(width * height);
  const sums = new Int32Array(image.width);
  const from = across.first[0]!;
  const to = across.first[width - 1]! + across.count;
  for (let y = 0; y < height; y++) {
    sumRows(image, down, y, sums, from, to);
    sumColumns(sums, across, out, y * width);
  }
  return { width, height, data: out };
}

/** The weighted sum of the rows under output row `y`: three at once, as sums that are written and read again cost more. */
function sumRows(image: GrayImage, down: Taps, y: number, sums: Int32Array, from: number, to: number): void {
  const { width: stride, data } = image;
  const { count, weights } = down;
  for (let k = 0; k < count; k += 3) {
    const w = y * count + k;
    const a = weights[w]!;
    const b = k + 1 < count ? weights[w + 1]! : 0;
    const c = k + 2 < count ? weights[w + 2]! : 0;
    const row = (down.first[y]! + k) * stride;
    // A row without weight may lie beyond the image: any other stands in for it.
    const second = b === 0 ? row : row + stride;
    const third = c === 0 ? row : row + 2 * stride;
    if (k > 0)
      for (let x = from; x < to; x++)
        sums[x]! += a * data[row + x]! + b * data[second + x]! + c * data[third + x]!;
    else if (c === 0) for (let x = from; x < to; x++) sums[x] = a * data[row + x]! + b * data[second + x]!;
    else
      for (let x = from; x < to; x++)
        sums[x] = a * data[row + x]! + b * data[second + x]! + c * data[third + x]!;
  }
}

/** The weighted sums of the columns, rounded, to one row of the result. */
function sumColumns(sums: Int32Array, across: Taps, out: Uint8Array, start: number): void {
  const { count, weights, first } = across;
  const half = 1 << (2 * WEIGHT_BITS - 1);
  for (let x = 0, w = 0; x < first.length; x++, w += count) {
    const from = first[x]!;
    let sum = half;
    if (count === 3)
      sum +=
        sums[from]! * weights[w]! + sums[from + 1]! * weights[w + 1]! + sums[from + 2]! * weights[w + 2]!;
    else for (let k = 0; k < count; k++) sum += sums[from + k]! * weights[w + k]!;
    out[start + x] = sum >>> (2 * WEIGHT_BITS);
  }
}

/** Turns clockwise by `quarterTurns` × 90°; any whole number. */
export function rotate90(image: GrayImage, quarterTurns: number): GrayImage {
  const { width, height, data } = image;
  const turns = ((quarterTurns % 4) + 4) % 4;
  if (turns === 0) return { width, height, data: data.slice() };
  if (turns === 2) return { width, height, data: data.slice().reverse() };
  const out = new Uint8Array(data.length);
  // Output (x, y) is input (y, height − 1 − x) clockwise, (width − 1 − y, x) counterclockwise. In tiles, so that the
  // side that is read down its columns stays in the cache.
  const tile = 32;
  for (let top = 0; top < height; top += tile) {
    const bottom = Math.min(height, top + tile);
    for (let left = 0; left < width; left += tile) {
      const right = Math.min(width, left + tile);
      for (let x = left; x < right; x++) {
        const row = turns === 1 ? x * height + height - 1 : (width - 1 - x) * height;
        const step = turns === 1 ? -1 : 1;
        for (let y = top; y < bottom; y++) out[row + step * y] = data[y * width + x]!;
      }
    }
  }
  return { width: height, height: width, data: out };
}
