/** Rectangles around the subject, and pictures cut to them. */
import { expected } from '../../../models/base/errors.js';
import type { Box } from '../../../models/base/image.js';
import type { Pixels, Subject } from '../subject.js';

/** Width to height, both above 0. */
export interface Ratio {
  readonly width: number;
  readonly height: number;
}

export interface CropOptions {
  /** Free space around the subject, as a share of the longer side of its box, on each side where the picture goes on. Default 0.05. */
  readonly margin?: number;
  /** The subject's own where absent. */
  readonly ratio?: Ratio;
}

export interface Crop {
  /** Whole pixels within the picture. */
  readonly box: Box;
  /** Whether the whole subject lies in it; only a ratio that the picture is too narrow or too low for prevents it. */
  readonly keepsSubject: boolean;
}

/** A part with less than this share of the most salient one's mass does not widen a crop. */
const LEAST_SHARE = 0.1;

/** The box around all parts that matter; undefined where nothing stands out. */
export function subjectBox({ boxes }: Pick<Subject, 'boxes'>): Box | undefined {
  const [first] = boxes;
  if (!first) return undefined;
  return boxes.filter(({ share }) => share >= LEAST_SHARE * first.share).reduce<Box>(union, first);
}

function union(a: Box, b: Box): Box {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/**
 * The smallest rectangle of the wanted ratio (to the nearest pixel) that holds the subject and its margin. Where the
 * picture has no room for the margin, the margin gives way; where it has none for the subject either, the ratio is kept
 * and the largest such window is laid where most of the map's mass is. A picture in which nothing stands out is taken whole.
 */
export function cropAround(subject: Subject, { margin = 0.05, ratio }: CropOptions = {}): Crop {
  const { width, height } = subject;
  const box = subjectBox(subject);
  if (!ratio)
    return { box: box ? grow(box, margin, subject) : { x: 0, y: 0, width, height }, keepsSubject: true };
  const r = ratio.width / ratio.height;
  const largest = largestOf(r, width, height);
  if (!box) return { box: heaviest(subject, largest), keepsSubject: true };
  const wanted = grow(box, margin, subject);
  // The third differs from the second by the rounding of the ratio alone, in which a narrow picture may just hold the subject.
  const size = [smallestAround(wanted, r), largest, smallestAround(box, r)].find(
    ({ width: w, height: h }) => w <= width && h <= height && w >= box.width && h >= box.height,
  );
  if (!size) return { box: heaviest(subject, largest), keepsSubject: false };
  const { width: w, height: h } = size;
  // Where the margin had to give way the window still holds the subject itself.
  const held = w >= wanted.width && h >= wanted.height ? wanted : box;
  return {
    box: {
      x: place(box.x + box.width / 2, w, held.x, held.width, width),
      y: place(box.y + box.height / 2, h, held.y, held.height, height),
      width: w,
      height: h,
    },
    keepsSubject: true,
  };
}

function grow(box: Box, margin: number, picture: { width: number; height: number }): Box {
  const by = Math.round(margin * Math.max(box.width, box.height));
  const x = Math.max(0, box.x - by);
  const y = Math.max(0, box.y - by);
  return {
    x,
    y,
    width: Math.min(picture.width, box.x + box.width + by) - x,
    height: Math.min(picture.height, box.y + box.height + by) - y,
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function smallestAround({ width, height }: Size, r: number): Size {
  return width / height >= r
    ? { width, height: Math.max(height, Math.round(width / r)) }
    : { width: Math.max(width, Math.round(height * r)), height };
}

function largestOf(r: number, width: number, height: number): Size {
  return width / height >= r
    ? { width: Math.min(width, Math.max(1, Math.round(height * r))), height }
    : { width, height: Math.min(height, Math.max(1, Math.round(width / r))) };
}

/** Where a window of `size` starts: its middle as near to `centre` as holding [from, from + length) and the picture's rim allow. */
function place(centre: number, size: number, from: number, length: number, limit: number): number {
  const least = Math.max(0, from + length - size);
  const most = Math.min(from, limit - size);
  return Math.min(Math.max(Math.round(centre - size / 2), least), most);
}

/** The window with the largest sum of the map; of equal ones the one nearest to the middle. One side is the picture's. */
function heaviest({ map: { width, height, data } }: Subject, size: Size): Box {
  const isRow = size.height === height;
  const sums = new Float64Array(isRow ? width : height);
  for (let y = 0, index = 0; y < height; y++)
    for (let x = 0; x < width; x++) sums[isRow ? x : y]! += data[index++]!;
  const start = heaviestRun(sums, isRow ? size.width : size.height);
  return { x: isRow ? start : 0, y: isRow ? 0 : start, ...size };
}

function heaviestRun(sums: Float64Array, length: number): number {
  const middle = (sums.length - length) / 2;
  let sum = 0;
  for (let index = 0; index < length; index++) sum += sums[index]!;
  let [best, start] = [sum, 0];
  for (let at = 1; at + length <= sums.length; at++) {
    sum += sums[at + length - 1]! - sums[at - 1]!;
    if (sum > best || (sum === best && Math.abs(at - middle) < Math.abs(start - middle)))
      [best, start] = [sum, at];
  }
  return start;
}

/** The pixels within a box. @throws invalid_argument for a box that is not of whole pixels within the picture */
export function cropPixels(pixels: Pixels, { x, y, width, height }: Box): Pixels {
  const inside = [x, y, width, height].every(Number.isInteger) && x >= 0 && y >= 0;
  if (!inside || width < 1 || height < 1 || x + width > pixels.width || y + height > pixels.height)
    throw expected(
      'invalid_argument',
      `a box within ${pixels.width}x${pixels.height}`,
      'crop',
      [x, y, width, height].join(','),
    );
  const { channels, data } = pixels;
  const result = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * pixels.width + x) * channels;
    result.set(data.subarray(from, from + width * channels), row * width * channels);
  }
  return { width, height, channels, data: result };
}

/** `16:9`, `3:2`, `1` or `1.5`. @throws invalid_argument */
export function parseRatio(text: string, name = 'ratio'): Ratio {
  const [w, h = '1', ...rest] = text.trim().split(/[:/]/);
  const [width, height] = [w!, h].map((part) =>
    /^\s*(\d+(\.\d*)?|\.\d+)\s*$/.test(part) ? Number(part) : Number.NaN,
  ) as [number, number];
  const r = width / height;
  if (rest.length === 0 && r >= 0.01 && r <= 100) return { width, height };
  throw expected('invalid_argument', 'a ratio of width to height such as 16:9', name, text);
}
