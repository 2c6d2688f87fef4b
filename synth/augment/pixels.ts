/**
 * Pixel work that the raster augmentations share: scratch buffers (reused, one thread runs one augmentation at a time),
 * separable filters, and the levels of paper and ink.
 */
import type { GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';

/** A Float32 buffer that grows and is used again; its content is whatever the last use left. */
export class FloatScratch {
  #data = new Float32Array(0);

  get(length: number): Float32Array {
    if (this.#data.length < length) this.#data = new Float32Array(Math.ceil(length * 1.25));
    return this.#data;
  }
}

export class ByteScratch {
  #data = new Uint8Array(0);

  get(length: number): Uint8Array {
    if (this.#data.length < length) this.#data = new Uint8Array(Math.ceil(length * 1.25));
    return this.#data;
  }
}

/** The same bytes; numbers written through it are rounded and clamped to [0, 255]. */
export function clamping(image: GrayImage): Uint8ClampedArray {
  return new Uint8ClampedArray(image.data.buffer, image.data.byteOffset, image.data.length);
}

/** From the harmless end of a range toward the other, as far as `strength` lets it. */
export function draw(range: readonly [number, number], random: Random, strength: number): number {
  return range[0] + (range[1] - range[0]) * strength * random.next();
}

/** Half a Gaussian kernel: the centre and one side; the whole sums to 1. */
export function gaussianKernel(sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(sigma * 2.6));
  const kernel = new Float32Array(radius + 1);
  let sum = 0;
  for (let i = 0; i <= radius; i++) {
    kernel[i] = Math.exp((-i * i) / (2 * sigma * sigma));
    sum += i === 0 ? kernel[i]! : 2 * kernel[i]!;
  }
  for (let i = 0; i <= radius; i++) kernel[i]! /= sum;
  return kernel;
}

const padded = new FloatScratch();
const middle = new FloatScratch();

/** Convolves `source` (bytes, width × height) with a symmetric half kernel along x and y; borders repeat the edge pixel. */
export function convolve(
  source: Uint8Array,
  width: number,
  height: number,
  kernel: Float32Array,
  out: Float32Array | Uint8ClampedArray,
): void {
  const radius = kernel.length - 1;
  const centre = kernel[0]!;
  const row = padded.get(width + 2 * radius);
  const rows = middle.get(width * height);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    const first = source[base]!;
    const last = source[base + width - 1]!;
    for (let i = 0; i < radius; i++) {
      row[i] = first;
      row[radius + width + i] = last;
    }
    for (let x = 0; x < width; x++) row[radius + x] = source[base + x]!;
    for (let x = 0; x < width; x++) {
      const at = x + radius;
      let sum = centre * row[at]!;
      for (let i = 1; i <= radius; i++) sum += kernel[i]! * (row[at - i]! + row[at + i]!);
      rows[base + x] = sum;
    }
  }
  const column = padded.get(width);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    for (let x = 0; x < width; x++) column[x] = centre * rows[base + x]!;
    for (let i = 1; i <= radius; i++) {
      const up = Math.max(0, y - i) * width;
      const down = Math.min(height - 1, y + i) * width;
      const weight = kernel[i]!;
      for (let x = 0; x < width; x++) column[x]! += weight * (rows[up + x]! + rows[down + x]!);
    }
    for (let x = 0; x < width; x++) out[base + x] = column[x]!;
  }
}

export interface Levels {
  /** Grey level of the background. */
  readonly paper: number;
  /** Grey level of the strokes: the far end of the image's range. */
  readonly ink: number;
}

const histogram = new Int32Array(256);
const frame = new Int32Array(256);

/** Background and stroke levels: the commonest level along the border, and the 2 % end that is farther from it. */
export function levels(image: GrayImage): Levels {
  const { width, height, data } = image;
  histogram.fill(0);
  frame.fill(0);
  for (let i = 0; i < data.length; i++) histogram[data[i]!]!++;
  const last = (height - 1) * width;
  for (let x = 0; x < width; x++) {
    frame[data[x]!]!++;
    frame[data[last + x]!]!++;
  }
  for (let y = 0; y < height; y++) {
    frame[data[y * width]!]!++;
    frame[data[y * width + width - 1]!]!++;
  }
  let paper = 0;
  let best = -1;
  let windowSum = 0;
  for (let v = -4; v < 256; v++) {
    windowSum += (frame[v + 4] ?? 0) - (frame[v - 5] ?? 0);
    if (windowSum > best) {
      best = windowSum;
      paper = Math.max(0, v);
    }
  }
  const tail = data.length * 0.02;
  let low = 0;
  for (let sum = 0; low < 255; low++) {
    sum += histogram[low]!;
    if (sum > tail) break;
  }
  let high = 255;
  for (let sum = 0; high > 0; high--) {
    sum += histogram[high]!;
    if (sum > tail) break;
  }
  return { paper, ink: paper - low >= high - paper ? low : high };
}

/** Mean level of the pixels nearer the ink than the paper: what strokes really are where they are thin and pale. */
export function strokeLevel(data: ArrayLike<number>, length: number, { paper, ink }: Levels): number {
  const middle = (paper + ink) / 2;
  const darker = ink < paper;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const v = data[i]!;
    if (darker ? v < middle : v > middle) {
      sum += v;
      count++;
    }
  }
  return count > 0 ? sum / count : middle;
}

/** Share of an effect that small print bears: none at a height of 8 pixels, all from 28. */
export function bySize(height: number): number {
  return Math.max(0, Math.min(1, (height - 8) / 20));
}
