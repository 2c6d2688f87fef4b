/** The segment stream's inputs for one image: superpixels at its scales, as matrices at the two strides that it works at. */
import type { ColourImage } from '../base/image.js';
import { PAINT_STRIDE, POOL_STRIDE } from './segment-stream.js';
import { segmentInputs } from './superpixels/segment-inputs.js';

export interface SegmentFeeds {
  /** [slots, cells at POOL_STRIDE] */
  readonly pool: Float32Array;
  /** [slots, slots] */
  readonly neighbours: Float32Array;
  /** [cells at PAINT_STRIDE, slots] */
  readonly paint: Float32Array;
  readonly slots: number;
}

/** @param pixels a square as the network sees it, its side a multiple of both strides. @param counts most segments of each scale */
export function segmentFeeds(pixels: ColourImage, counts: readonly number[]): SegmentFeeds {
  const grid = (stride: number) => ({ width: pixels.width / stride, height: pixels.height / stride });
  const options = { counts, paintGrid: grid(PAINT_STRIDE) };
  const { pool, neighbours, paint, slots } = segmentInputs(pixels, grid(POOL_STRIDE), options);
  return { pool, neighbours, paint, slots };
}
