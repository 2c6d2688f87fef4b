/** Separable resizing between pixel grids with the same outline (pixel centres map to pixel centres: nothing moves). */
import { FloatScratch } from './pixels.js';

export type ResizeFilter = 'area' | 'nearest' | 'linear' | 'cubic';

interface AxisTaps {
  readonly taps: number;
  /** Index of the first source pixel of each target pixel; the others follow. All lie inside the source. */
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** Keys' cubic convolution kernel with a = −0.5. */
function cubic(t: number): number {
  const x = Math.abs(t);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function axisTaps(from: number, to: number, filter: ResizeFilter): AxisTaps {
  const scale = from / to;
  const reach =
    filter === 'area' ? Math.max(0.5, scale / 2) : filter === 'linear' ? 1 : filter === 'cubic' ? 2 : 0.5;
  const spanned = filter === 'nearest' ? 1 : Math.ceil(2 * reach) + 1;
  const taps = Math.min(from, spanned);
  const first = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const start = filter === 'nearest' ? Math.round(centre) : Math.floor(centre - reach + 0.5);
    const begin = Math.max(0, Math.min(from - taps, start));
    first[i] = begin;
    let sum = 0;
    // Taps that fall outside count for the nearest pixel inside.
    for (let k = -1; k <= spanned; k++) {
      const source = start + k;
      const distance = source - centre;
      let weight = 0;
      if (filter === 'nearest') weight = k === 0 ? 1 : 0;
      else if (filter === 'linear') weight = Math.max(0, 1 - Math.abs(distance));
      else if (filter === 'cubic') weight = cubic(distance);
      else weight = Math.max(0, Math.min(distance + 0.5, reach) - Math.max(distance - 0.5, -reach));
      if (weight === 0) continue;
      const slot = Math.max(0, Math.min(taps - 1, source - begin));
      weights[i * taps + slot]! += weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) weights[i * taps + k]! /= sum;
  }
  return { taps, first, weights };
}

const between = new FloatScratch();

/** @param out at least toWidth × toHeight; must not be `source`. */
export function resize(
  source: ArrayLike<number>,
  width: number,
  height: number,
  out: Float32Array | Uint8ClampedArray,
  toWidth: number,
  toHeight: number,
  filter: ResizeFilter,
): void {
  const vertical = axisTaps(height, toHeight, filter);
  const horizontal = axisTaps(width, toWidth, filter);
  const row = between.get(width);
  for (let y = 0; y < toHeight; y++) {
    row.fill(0, 0, width);
    for (let k = 0; k < vertical.taps; k++) {
      const weight = vertical.weights[y * vertical.taps + k]!;
      if (weight === 0) continue;
      const base = (vertical.first[y]! + k) * width;
      for (let x = 0; x < width; x++) row[x]! += weight * source[base + x]!;
    }
    const to = y * toWidth;
    const { taps, first, weights } = horizontal;
    for (let x = 0; x < toWidth; x++) {
      let sum = 0;
      const from = first[x]!;
      for (let k = 0; k < taps; k++) sum += weights[x * taps + k]! * row[from + k]!;
      out[to + x] = sum;
    }
  }
}
