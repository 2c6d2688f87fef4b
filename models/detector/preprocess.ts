/** A page image → the network's input. The same code serves training and reading, so the two cannot drift apart. */
import type { GrayImage } from '../base/image.js';
import { resizeGray } from '../runtime/resample.js';
import { SIDE_MULTIPLE } from './maps.js';

export interface PreparedPage {
  /** [height, width] row by row, grey value / 127.5 − 1; sides are multiples of 32. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The part that is image, from the top left; the rest repeats its last column and row. */
  readonly contentWidth: number;
  readonly contentHeight: number;
  /** Pixels of the page per pixel of the input. */
  readonly scaleX: number;
  readonly scaleY: number;
}

/** Of each grey value: a look-up is much faster than a division for each pixel. */
const NORMALISED = Float32Array.from({ length: 256 }, (_, grey) => normalise(grey));

/** Scales the page by `factor` and pads it at the right and below. */
export function preparePage(page: GrayImage, factor: number): PreparedPage {
  const contentWidth = Math.max(1, Math.round(page.width * factor));
  const contentHeight = Math.max(1, Math.round(page.height * factor));
  const same = contentWidth === page.width && contentHeight === page.height;
  const { data: grey } = same ? page : resizeGray(page, contentWidth, contentHeight);
  const width = Math.ceil(contentWidth / SIDE_MULTIPLE) * SIDE_MULTIPLE;
  const height = Math.ceil(contentHeight / SIDE_MULTIPLE) * SIDE_MULTIPLE;
  const data = new Float32Array(width * height);
  for (let y = 0; y < contentHeight; y++) {
    const from = y * contentWidth;
    const to = y * width;
    for (let x = 0; x < contentWidth; x++) data[to + x] = NORMALISED[grey[from + x]!]!;
    data.fill(data[to + contentWidth - 1]!, to + contentWidth, to + width);
  }
  for (let y = contentHeight; y < height; y++)
    data.copyWithin(y * width, (contentHeight - 1) * width, contentHeight * width);
  return {
    data,
    width,
    height,
    contentWidth,
    contentHeight,
    scaleX: page.width / contentWidth,
    scaleY: page.height / contentHeight,
  };
}

/** Grey value 0–255 → the network's range. */
export function normalise(grey: number): number {
  return grey / 127.5 - 1;
}
