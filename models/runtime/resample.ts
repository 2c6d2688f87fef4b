/**
 * Resampling of grey images. Coordinates are continuous: pixel i covers [i, i + 1), its centre is at i + 0.5, so an
 * image of width w spans [0, w] and halving it maps x to x / 2. Beyond its borders an image repeats its border pixels.
 * Everything is integer or IEEE double arithmetic in a fixed order: equal input gives equal bytes on every machine.
 */
import { expected } from '../base/errors.js';
import type { GrayImage, Point, Quad } from '../base/image.js';

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

function checkSize(width: number, height: number): void {
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

function separable(image: GrayImage, across: Taps, down: Taps, width: number, height: number): GrayImage {
  const { width: stride, data } = image;
  const out = new Uint8Array(width * height);
  // Down first: one row of sums at a time stays in the cache, and only the columns that are needed are summed.
  const firstColumn = across.first[0]!;
  const lastColumn = across.first[width - 1]! + across.count;
  const sums = new Int32Array(stride);
  const { count, weights, first } = across;
  for (let y = 0; y < height; y++) {
    let row = down.first[y]! * stride;
    for (let k = 0; k < down.count; k++, row += stride) {
      const weight = down.weights[y * down.count + k]!;
      if (k === 0) for (let x = firstColumn; x < lastColumn; x++) sums[x] = weight * data[row + x]!;
      else if (weight !== 0)
        for (let x = firstColumn; x < lastColumn; x++) sums[x]! += weight * data[row + x]!;
    }
    for (let x = 0, w = 0, o = y * width; x < width; x++, o++) {
      let sum = 1 << (2 * WEIGHT_BITS - 1);
      const from = first[x]!;
      for (let k = 0; k < count; k++, w++) sum += sums[from + k]! * weights[w]!;
      out[o] = sum >>> (2 * WEIGHT_BITS);
    }
  }
  return { width, height, data: out };
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

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** The larger crops would not fit any model; a damaged quad must not exhaust the memory. */
const MOST_CROP_PIXELS = 1 << 26;

/**
 * Rectifies what stands in `quad` by its perspective map. The result is `outHeight` pixels high (the quad's mean height
 * when not given) and as wide as its proportions ask. Where it shrinks, each pixel is the mean over the area it covers.
 * @throws invalid_argument for a quad with corners that are not finite, limit_exceeded for a crop beyond 2^26 pixels
 */
export function cropQuad(image: GrayImage, quad: Quad, outHeight?: number): GrayImage {
  if (!quad.flat().every(Number.isFinite))
    throw expected('invalid_argument', 'finite corners', 'a quad', quad.flat());
  const [topLeft, topRight, bottomRight, bottomLeft] = quad;
  const quadWidth = Math.max((distance(topLeft, topRight) + distance(bottomLeft, bottomRight)) / 2, 1e-3);
  const quadHeight = Math.max((distance(topLeft, bottomLeft) + distance(topRight, bottomRight)) / 2, 1e-3);
  const height = outHeight ?? Math.max(1, Math.round(quadHeight));
  const width = Math.max(1, Math.round((quadWidth * height) / quadHeight));
  checkSize(width, height);
  if (width * height > MOST_CROP_PIXELS) {
    throw expected('limit_exceeded', `at most ${MOST_CROP_PIXELS} pixels`, 'a crop', `${width} × ${height}`);
  }
  const upright =
    topLeft[0] === bottomLeft[0] &&
    topRight[0] === bottomRight[0] &&
    topLeft[1] === topRight[1] &&
    bottomLeft[1] === bottomRight[1] &&
    topRight[0] > topLeft[0] &&
    bottomLeft[1] > topLeft[1];
  if (upright) {
    return resampleWindow(image, topLeft[0], topLeft[1], bottomRight[0], bottomRight[1], width, height);
  }
  // Samples a side of each output pixel, so that neighbouring samples are at most a source pixel apart.
  const across = Math.max(1, Math.min(64, Math.ceil(quadWidth / width - 0.05)));
  const down = Math.max(1, Math.min(64, Math.ceil(quadHeight / height - 0.05)));
  return sampleProjective(image, unitSquareTo(quad), width, height, across, down);
}

/** (u, v) in the unit square → (x, y) = ((a u + b v + c) / w, (d u + e v + f) / w), w = g u + h v + 1. */
type Projection = readonly [number, number, number, number, number, number, number, number];

/** The closed form of Heckbert (1989), section 2.2.3. */
function unitSquareTo([p0, p1, p2, p3]: Quad): Projection {
  const sumX = p0[0] - p1[0] + p2[0] - p3[0];
  const sumY = p0[1] - p1[1] + p2[1] - p3[1];
  const dx1 = p1[0] - p2[0];
  const dx2 = p3[0] - p2[0];
  const dy1 = p1[1] - p2[1];
  const dy2 = p3[1] - p2[1];
  const determinant = dx1 * dy2 - dx2 * dy1;
  let g = 0;
  let h = 0;
  // A parallelogram is affine; a collapsed quad has no projection, and the affine part shows what there is.
  if (Math.abs(determinant) > 1e-9 && (sumX !== 0 || sumY !== 0)) {
    g = (sumX * dy2 - dx2 * sumY) / determinant;
    h = (dx1 * sumY - sumX * dy1) / determinant;
    // A quad that is not convex would cross the line at infinity.
    if (!(g > -1 && h > -1 && g + h > -1)) g = h = 0;
  }
  return [
    p1[0] - p0[0] + g * p1[0],
    p3[0] - p0[0] + h * p3[0],
    p0[0],
    p1[1] - p0[1] + g * p1[1],
    p3[1] - p0[1] + h * p3[1],
    p0[1],
    g,
    h,
  ];
}

function sampleProjective(
  image: GrayImage,
  [a, b, c, d, e, f, g, h]: Projection,
  width: number,
  height: number,
  across: number,
  down: number,
): GrayImage {
  const { width: stride, height: rows, data } = image;
  const out = new Uint8Array(width * height);
  const sums = new Float64Array(width);
  const stepU = 1 / (width * across);
  const stepV = 1 / (height * down);
  const lastX = stride - 1;
  const lastY = rows - 1;
  const norm = 1 / (across * down);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let sub = 0; sub < down; sub++) {
      const v = (y * down + sub + 0.5) * stepV;
      for (let x = 0, s = 0; x < width; x++) {
        let sum = 0;
        for (let k = 0; k < across; k++, s++) {
          const u = (s + 0.5) * stepU;
          const w = 1 / (g * u + h * v + 1);
          // To indices of pixel centres, held inside the image.
          let px = (a * u + b * v + c) * w - 0.5;
          let py = (d * u + e * v + f) * w - 0.5;
          px = px < 0 ? 0 : Math.min(px, lastX);
          py = py < 0 ? 0 : Math.min(py, lastY);
          const x0 = px | 0;
          const y0 = py | 0;
          const fx = px - x0;
          const at = y0 * stride + x0;
          const right = x0 < lastX ? 1 : 0;
          const below = y0 < lastY ? at + stride : at;
          const upper = data[at]! + (data[at + right]! - data[at]!) * fx;
          const lower = data[below]! + (data[below + right]! - data[below]!) * fx;
          sum += upper + (lower - upper) * (py - y0);
        }
        sums[x]! += sum;
      }
    }
    for (let x = 0, o = y * width; x < width; x++, o++) out[o] = sums[x]! * norm + 0.5;
  }
  return { width, height, data: out };
}
