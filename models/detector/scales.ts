/** At which size a page is looked at. */
import type { Scales } from './config.js';

/** Factor of the main copy: small pages are enlarged, large ones reduced. */
export function mainFactor(width: number, height: number, scales: Scales): number {
  const pixels = width * height;
  if (pixels > scales.maxPixels) return Math.sqrt(scales.maxPixels / pixels);
  if (pixels < scales.minPixels) return Math.min(scales.maxEnlargement, Math.sqrt(scales.minPixels / pixels));
  return 1;
}

/** Tiny print is enlarged to `aim` times `tinyHeight`, at most `most` times, and not for less than `worthwhile`. */
export const ENLARGED = { aim: 1.5, most: 2, worthwhile: 1.2 } as const;

/** Largest copy for tiny print, in multiples of `maxPixels`: bounds time and memory. */
export const TINY_PIXELS = 2;

/** Factor of a further, larger copy when the lines found are too low for a safe reading, else undefined. */
export function enlargedFactor(
  width: number,
  height: number,
  factor: number,
  lineHeights: readonly number[],
  scales: Scales,
): number | undefined {
  if (lineHeights.length === 0 || scales.tinyHeight <= 0) return undefined;
  const sorted = [...lineHeights].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  if (median >= scales.tinyHeight) return undefined;
  const wanted = factor * Math.min(ENLARGED.most, (ENLARGED.aim * scales.tinyHeight) / Math.max(median, 1));
  const largest = Math.sqrt((TINY_PIXELS * scales.maxPixels) / (width * height));
  const next = Math.min(wanted, largest, 2 * scales.maxEnlargement);
  return next > ENLARGED.worthwhile * factor ? next : undefined;
}

/**
 * Main copies of so many pixels are first looked at reduced by `COARSE`, unless that leaves less than `LEAST_COARSE` of the
 * page: then small print would not even leave its traces.
 */
export const COARSE_PIXELS = 1_000_000;
export const COARSE = 0.5;
export const LEAST_COARSE = 0.2;
/** Height in pixels of the coarse copy from which print is found there as well as on the main copy. */
export const LARGE = 9;
/** Lower traces that are shorter than so many of their heights may be specks. */
export const SPECK = 2.5;
/** Largest share of such specks, by length. */
export const SPECKS_SHARE = 0.05;

/** Factor of the coarse copy, where one is looked at first. */
export function coarseFactor(width: number, height: number, factor: number): number | undefined {
  const coarse = COARSE * factor;
  return width * height * factor ** 2 >= COARSE_PIXELS && coarse >= LEAST_COARSE ? coarse : undefined;
}

/** Whether what may be lines on the coarse copy, in its pixels, shows that the page holds large print only. */
export function isLargePrint(
  lines: readonly { readonly length: number; readonly height: number }[],
): boolean {
  const small = lines.filter(({ height }) => height < LARGE);
  const lengthOf = (some: typeof lines) => some.reduce((sum, { length }) => sum + length, 0);
  return (
    lines.length > 0 &&
    small.every(({ length, height }) => length < SPECK * height) &&
    lengthOf(small) <= SPECKS_SHARE * lengthOf(lines)
  );
}
