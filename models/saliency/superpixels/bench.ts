/** Times and scores superpixels on images with masks. */
import type { ColourImage } from '../../base/image.js';
import { boundaryRecall, type Mask, undersegmentationError } from './quality.js';
import { SEGMENT_COUNTS, segmentInputs } from './segment-inputs.js';
import { type SuperpixelOptions, superpixels } from './superpixels.js';

export interface MaskedImage {
  readonly image: ColourImage;
  readonly mask: Mask;
}

export interface SuperpixelScore {
  /** Segments asked for, and how many came out on average. */
  readonly wanted: number;
  readonly segments: number;
  /** Median over images of the best of several runs, in milliseconds. */
  readonly milliseconds: number;
  /** Means over images. */
  readonly undersegmentation: number;
  /** Within 2 pixels. */
  readonly recall: number;
}

const RUNS = 5;

/** One row a count; the first images are run unmeasured, to warm up. */
export function scoreSuperpixels(
  images: readonly MaskedImage[],
  counts: readonly number[] = [...SEGMENT_COUNTS, 200],
  options: SuperpixelOptions = {},
): SuperpixelScore[] {
  return counts.map((wanted) => {
    for (const { image } of images.slice(0, 10)) superpixels(image, wanted, options);
    const rows = images.map(({ image, mask }) => {
      const found = superpixels(image, wanted, options);
      return {
        segments: found.count,
        milliseconds: bestOf(() => superpixels(image, wanted, options)),
        undersegmentation: undersegmentationError(found, mask),
        recall: boundaryRecall(found, mask),
      };
    });
    const mean = (key: 'segments' | 'undersegmentation' | 'recall') =>
      rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
    return {
      wanted,
      segments: mean('segments'),
      milliseconds: median(rows.map((row) => row.milliseconds)),
      undersegmentation: mean('undersegmentation'),
      recall: mean('recall'),
    };
  });
}

/** Median milliseconds of `segmentInputs` with its default scales, for an 8 times smaller feature grid. */
export function timeSegmentInputs(images: readonly ColourImage[]): number {
  const run = (image: ColourImage) =>
    segmentInputs(image, { width: Math.ceil(image.width / 8), height: Math.ceil(image.height / 8) });
  for (const image of images.slice(0, 10)) run(image);
  return median(images.map((image) => bestOf(() => run(image))));
}

function bestOf(work: () => void): number {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((p, q) => p - q);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
