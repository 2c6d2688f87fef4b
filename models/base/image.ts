/** Plain images and geometry. Coordinates are pixels of the upright image, origin top left, x right, y down. */

/** 8-bit grey, row by row, `data.length === width * height`; 0 black, 255 white. */
export interface GrayImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** 8-bit pixels, row by row, three channels (red, green, blue): `data.length === 3 * width * height`. */
export interface ColourImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** One number a pixel, row by row, `data.length === width * height`; what it means is said where it is used. */
export interface FloatMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export type Point = readonly [x: number, y: number];

/** Four corners: top left, top right, bottom right, bottom left of the text as it is read. */
export type Quad = readonly [Point, Point, Point, Point];

/** Axis-aligned box, `x`, `y` its top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One text line of a page, as labels describe it. `ignore`: illegible; neither reward nor punish finding it. */
export interface LabelledLine {
  readonly text: string;
  readonly quad: Quad;
  readonly words?: readonly LabelledWord[];
  readonly ignore?: boolean;
}

export interface LabelledWord {
  readonly text: string;
  readonly quad: Quad;
}

/** A crop of one line (or word) and what stands in it. */
export interface LineSample {
  readonly image: GrayImage;
  readonly text: string;
}

/** A page image and every line on it. */
export interface PageSample {
  readonly image: GrayImage;
  readonly lines: readonly LabelledLine[];
}

/** The smallest axis-aligned box around a quad. */
export function boundingBox(quad: Quad): Box {
  const xs = quad.map((p) => p[0]);
  const ys = quad.map((p) => p[1]);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
