/** The mean over a square window, in time that does not depend on its size. */
import type { FloatMap } from '../../models/base/image.js';

/** @param radius half the window's side; at the rim the window is what lies within the map. */
export function boxMean(map: FloatMap, radius: number): FloatMap {
  const { width, height, data } = map;
  const rows = new Float64Array(width * height);
  for (let y = 0; y < height; y++) slide(data, rows, y * width, 1, width, radius);
  const result = new Float64Array(width * height);
  for (let x = 0; x < width; x++) slide(rows, result, x, width, height, radius);
  return { width, height, data: Float32Array.from(result) };
}

function slide(
  from: Float32Array | Float64Array,
  to: Float64Array,
  start: number,
  stride: number,
  length: number,
  radius: number,
): void {
  let sum = 0;
  for (let index = 0; index < Math.min(radius, length); index++) sum += from[start + index * stride]!;
  for (let index = 0; index < length; index++) {
    if (index + radius < length) sum += from[start + (index + radius) * stride]!;
    if (index - radius > 0) sum -= from[start + (index - radius - 1) * stride]!;
    const count = Math.min(index + radius, length - 1) - Math.max(index - radius, 0) + 1;
    to[start + index * stride] = sum / count;
  }
}
