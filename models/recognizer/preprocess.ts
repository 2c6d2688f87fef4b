/**
 * From a line crop to the network's input: margins above and below the print are trimmed, the crop is scaled to the
 * network's height, and its grey values are stretched so that paper and ink lie at fixed levels. The same code serves
 * training and reading, so the two cannot drift apart.
 */
import type { GrayImage } from '../base/image.js';
import { resizeGray } from '../runtime/resample.js';

/** Kept in the model's card. */
export interface LinePreprocessing {
  /** Height in pixels of the network's input. */
  readonly height: number;
  /** Horizontal pixels a frame of the output covers, before sub-frames. */
  readonly frameStep: number;
  /** Width is scaled by this on top of the height's factor (1: keep proportions). */
  readonly stretch: number;
  /** Trim empty rows above and below the print. */
  readonly trim: boolean;
  /** Widest input in pixels; wider lines are squeezed to it. */
  readonly maxWidth: number;
  /**
   * Crops that would be narrower than `below` pixels become `below` · (width / `below`)^`power` wide: where there is little
   * room for letters they stand close (condensed, foreshortened or tilted words), and each needs frames of its own.
   * Absent: none is widened.
   */
  readonly widen?: { readonly below: number; readonly power: number } | undefined;
}

export const DEFAULT_LINE_PREPROCESSING: LinePreprocessing = {
  height: 32,
  frameStep: 4,
  stretch: 1,
  trim: true,
  maxWidth: 3200,
};

export interface PreparedLine {
  /** [height, width] row by row, in about [-1, 1]. */
  readonly data: Float32Array;
  readonly width: number;
  /** Value that stands for this crop's paper: what batches are padded with. */
  readonly background: number;
  /** Pixels of the crop per pixel of the input, horizontally. */
  readonly scale: number;
}

/** A row belongs to the print when its horizontal contrast exceeds this share of the strongest row's. */
export const PRINT_ROW_SHARE = 0.06;
/** Rows kept above and below the print, as a share of its height. */
export const TRIM_MARGIN = 0.12;
/** Grey range below which a crop counts as empty and is not stretched further. */
export const MIN_RANGE = 24;
/** Crops smaller than this are not trimmed, nor are those of which fewer rows than `kept` would be left. */
export const LEAST_TRIMMED = { height: 12, width: 4, kept: 6 } as const;
/** Shares of the pixels at whose grey values ink and paper begin, and the one that is taken for paper. */
export const LEVELS = { low: 0.02, high: 0.98, paper: 0.5 } as const;

/** @param line the line that the crop is a word of: a crop as high, whose print decides which rows are trimmed */
export function prepareLine(crop: GrayImage, options: LinePreprocessing, line = crop): PreparedLine {
  const trimmed = options.trim ? trimRows(crop, line.height === crop.height ? line : crop) : crop;
  const factor = options.height / trimmed.height;
  const width = Math.min(
    options.maxWidth,
    Math.max(options.frameStep, Math.round(widened(trimmed.width * factor * options.stretch, options.widen))),
  );
  const scaled = resizeGray(trimmed, width, options.height);
  const { low, high, median } = levels(scaled.data);
  const range = Math.max(MIN_RANGE, high - low);
  const centre = (low + high) / 2;
  const data = new Float32Array(scaled.data.length);
  const gain = 2 / range;
  for (let i = 0; i < data.length; i++) data[i] = (scaled.data[i]! - centre) * gain;
  return { data, width, background: (median - centre) * gain, scale: trimmed.width / width };
}

function widened(width: number, widen: LinePreprocessing['widen']): number {
  return widen && width < widen.below ? widen.below * (width / widen.below) ** widen.power : width;
}

/** Output frames of the network for an input of `width` pixels, with `subframes` predictions a frame. */
export function frameCount(width: number, frameStep: number, subframes: number): number {
  return Math.ceil(width / frameStep) * subframes;
}

function trimRows(crop: GrayImage, line: GrayImage): GrayImage {
  const [top, bottom] = printRows(line);
  return bottom - top === crop.height
    ? crop
    : {
        width: crop.width,
        height: bottom - top,
        data: crop.data.subarray(top * crop.width, bottom * crop.width),
      };
}

/** The rows that are kept: the first, and one past the last. */
function printRows({ width, height, data }: GrayImage): [top: number, bottom: number] {
  if (height < LEAST_TRIMMED.height || width < LEAST_TRIMMED.width) return [0, height];
  const energy = new Float32Array(height);
  let most = 0;
  for (let y = 0; y < height; y++) {
    let sum = 0;
    for (let i = y * width + 1, end = (y + 1) * width; i < end; i++) sum += Math.abs(data[i]! - data[i - 1]!);
    energy[y] = sum;
    if (sum > most) most = sum;
  }
  const floor = most * PRINT_ROW_SHARE;
  let top = 0;
  while (top < height - 1 && energy[top]! <= floor) top++;
  let bottom = height - 1;
  while (bottom > top && energy[bottom]! <= floor) bottom--;
  const margin = Math.max(1, Math.round((bottom - top + 1) * TRIM_MARGIN));
  top = Math.max(0, top - margin);
  bottom = Math.min(height - 1, bottom + margin);
  return bottom - top + 1 < LEAST_TRIMMED.kept ? [0, height] : [top, bottom + 1];
}

/** The 2nd and 98th percentile and the median of 8-bit values. */
function levels(data: Uint8Array): { low: number; high: number; median: number } {
  const histogram = new Uint32Array(256);
  for (let i = 0; i < data.length; i++) histogram[data[i]!]!++;
  const at = (share: number) => {
    let left = share * data.length;
    for (let value = 0; value < 256; value++) {
      left -= histogram[value]!;
      if (left < 0) return value;
    }
    return 255;
  };
  return { low: at(LEVELS.low), high: at(LEVELS.high), median: at(LEVELS.paper) };
}
