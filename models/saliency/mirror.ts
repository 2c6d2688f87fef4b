/**
 * What the network takes and gives, mirrored left to right. A network finds a little else in a photograph's mirror image than in
 * the photograph; the mean of both is better than either.
 */
import type { FloatMap } from '../base/image.js';
import type { SegmentFeeds } from './segment-feeds.js';
import { PAINT_STRIDE, POOL_STRIDE } from './segment-stream.js';

/** @param data planes [channels, height, width] */
export function mirrorPlanes(data: Float32Array, width: number): Float32Array {
  const mirrored = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += width)
    for (let x = 0; x < width; x++) mirrored[from + x] = data[from + width - 1 - x]!;
  return mirrored;
}

/** The same segments in the mirrored image. @param side of the square image */
export function mirrorSegments({ pool, neighbours, paint, slots }: SegmentFeeds, side: number): SegmentFeeds {
  const [across, painted] = [side / POOL_STRIDE, side / PAINT_STRIDE];
  const drawn = new Float32Array(paint.length);
  for (let row = 0; row < paint.length; row += painted * slots)
    for (let x = 0; x < painted; x++) {
      const from = row + (painted - 1 - x) * slots;
      drawn.set(paint.subarray(from, from + slots), row + x * slots);
    }
  return { pool: mirrorPlanes(pool, across), neighbours, paint: drawn, slots };
}

/** The mean of a map and of the mirror image's map, mirrored back. */
export function meanWithMirrored({ width, height, data }: FloatMap, mirrored: FloatMap): FloatMap {
  const mean = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += width)
    for (let x = 0; x < width; x++)
      mean[row + x] = (data[row + x]! + mirrored.data[row + width - 1 - x]!) / 2;
  return { width, height, data: mean };
}
