/** Brings a map to another size: bilinear where it grows, a triangle filter as wide as the step where it shrinks. */
import type { FloatMap } from '../../models/base/image.js';

/** For each target position the first source position that counts, and `taps` weights that sum to 1. */
interface Axis {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** Pixel centres lie at halves, so that neither side of the picture is favoured; the rim is repeated outwards. */
function axis(from: number, to: number): Axis {
  const step = from / to;
  const radius = Math.max(1, step);
  const taps = Math.min(from, Math.ceil(2 * radius) + 1);
  const first = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let target = 0; target < to; target++) {
    const centre = Math.min(Math.max((target + 0.5) * step - 0.5, 0), from - 1);
    const start = Math.min(Math.max(Math.ceil(centre - radius), 0), from - taps);
    first[target] = start;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = Math.max(0, 1 - Math.abs(start + tap - centre) / radius);
      weights[target * taps + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[target * taps + tap]! /= sum;
  }
  return { taps, first, weights };
}

/**
 * Calls `row` with every row of the resized maps in turn; the arrays are reused between the calls. Memory: the source's
 * rows at the target's width, never the whole target.
 * @param maps of one size.
 */
export function resizeRows(
  maps: readonly FloatMap[],
  width: number,
  height: number,
  row: (y: number, values: readonly Float32Array[]) => void,
): void {
  const { width: fromWidth, height: fromHeight } = maps[0]!;
  const across = axis(fromWidth, width);
  const down = axis(fromHeight, height);
  const widened = maps.map(({ data }) => widen(data, fromWidth, fromHeight, width, across));
  const values = maps.map(() => new Float32Array(width));
  for (let y = 0; y < height; y++) {
    for (let index = 0; index < maps.length; index++) {
      const target = values[index]!.fill(0);
      const source = widened[index]!;
      for (let tap = 0; tap < down.taps; tap++) {
        const weight = down.weights[y * down.taps + tap]!;
        if (weight === 0) continue;
        const base = (down.first[y]! + tap) * width;
        for (let x = 0; x < width; x++) target[x]! += weight * source[base + x]!;
      }
    }
    row(y, values);
  }
}

function widen(
  data: Float32Array,
  width: number,
  height: number,
  target: number,
  { taps, first, weights }: Axis,
): Float32Array {
  const result = new Float32Array(target * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < target; x++) {
      const base = y * width + first[x]!;
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += weights[x * taps + tap]! * data[base + tap]!;
      result[y * target + x] = sum;
    }
  return result;
}

/** The map's probabilities at another size, as round(255 p). */
export function resizeMap(map: FloatMap, width: number, height: number): Uint8Array {
  const result = new Uint8Array(width * height);
  resizeRows([map], width, height, (y, [values]) => {
    const base = y * width;
    for (let x = 0; x < width; x++) result[base + x] = toByte(values![x]!);
  });
  return result;
}

/** round(255 p), p cut to [0, 1]; what is no number counts as 0. */
export function toByte(p: number): number {
  return p > 0 ? (p < 1 ? Math.round(255 * p) : 255) : 0;
}
