/**
 * What the network takes and gives, mirrored left to right. A network finds a little else in a photograph's mirror image than in
 * the photograph; the mean of both is better than either.
 */
import type { ColourImage, FloatMap } from '../base/image.js';
import type { NetworkInput } from './network-input.js';
import type { SegmentFeeds } from './segment-feeds.js';
import { PAINT_STRIDE, POOL_STRIDE } from './segment-stream.js';

export function mirrorInput({ data, pixels }: NetworkInput): NetworkInput {
  const { width } = pixels;
  const mirrored = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += width)
    for (let x = 0; x < width; x++) mirrored[from + x] = data[from + width - 1 - x]!;
  return { data: mirrored, pixels: mirrorImage(pixels) };
}

function mirrorImage({ width, height, data }: ColourImage): ColourImage {
  const mirrored = new Uint8Array(data.length);
  for (let row = 0; row < data.length; row += 3 * width)
    for (let x = 0, from = row + 3 * (width - 1); x < width; x++, from -= 3)
      for (let channel = 0; channel < 3; channel++) mirrored[row + 3 * x + channel] = data[from + channel]!;
  return { width, height, data: mirrored };
}

/** The same segments in the mirrored image. @param side of the square image */
export function mirrorSegments({ pool, neighbours, paint, slots }: SegmentFeeds, side: number): SegmentFeeds {
  const [across, painted] = [side / POOL_STRIDE, side / PAINT_STRIDE];
  const pooled = new Float32Array(pool.length);
  for (let from = 0; from < pool.length; from += across)
    for (let x = 0; x < across; x++) pooled[from + x] = pool[from + across - 1 - x]!;
  const drawn = new Float32Array(paint.length);
  for (let row = 0; row < paint.length; row += painted * slots)
    for (let x = 0; x < painted; x++) {
      const from = row + (painted - 1 - x) * slots;
      drawn.set(paint.subarray(from, from + slots), row + x * slots);
    }
  return { pool: pooled, neighbours, paint: drawn, slots };
}

/** The mean of a map and of the mirror image's map, mirrored back. */
export function meanWithMirrored({ width, height, data }: FloatMap, mirrored: FloatMap): FloatMap {
  const mean = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += width)
    for (let x = 0; x < width; x++)
      mean[row + x] = (data[row + x]! + mirrored.data[row + width - 1 - x]!) / 2;
  return { width, height, data: mean };
}
