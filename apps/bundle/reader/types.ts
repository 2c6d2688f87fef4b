/** What the reader takes and gives. Coordinates are pixels of the picture as given, origin top left, x right, y down. */

/** Any 8-bit picture, row by row: `data` holds 1 (grey), 3 (RGB) or 4 (RGBA, not multiplied by alpha) values a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Grey alone. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type Point = readonly [x: number, y: number];
/** Corners of a line: top left, top right, bottom right, bottom left of the text as it is read. */
export type Quad = readonly [Point, Point, Point, Point];

/** By value, row-major. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** One open model in whatever runtime; tensors go by the names of the manifest. */
export interface BundleSession {
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  dispose?(): Promise<void> | void;
}

export interface BundleRuntime {
  /** @param bytes of the variant's first file. @param more its other files by path */
  createSession(bytes: Uint8Array, more: ReadonlyMap<string, Uint8Array>): Promise<BundleSession>;
}

export interface Character {
  readonly text: string;
  /** Columns of the crop. */
  readonly start: number;
  readonly end: number;
  /** In [0, 1]. */
  readonly confidence: number;
}

export interface LineReading {
  readonly text: string;
  /** Of the least sure character; in [0, 1]. */
  readonly confidence: number;
  readonly characters: readonly Character[];
}

export interface FoundLine {
  readonly quad: Quad;
  /** In [0, 1]. */
  readonly confidence: number;
}

export interface PageLine extends FoundLine {
  readonly text: string;
}

export interface PageReading {
  /** Lines in reading order, joined by line feeds. */
  readonly text: string;
  readonly lines: readonly PageLine[];
  /** Clockwise degrees that bring the page upright. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Milliseconds of each stage. */
  readonly timings: { readonly detect: number; readonly read: number; readonly layout: number };
}

export interface SaliencyResult {
  readonly width: number;
  readonly height: number;
  /** round(255 p) a pixel, p the probability that it belongs to what stands out. */
  readonly map: Uint8Array;
  /** The probability, in [0.3, 0.7] as the manifest has it, that best divides this map into subject and ground. */
  readonly threshold: number;
  /** Milliseconds of each stage; `segments` are the superpixels. */
  readonly timings: { readonly segments: number; readonly infer: number; readonly resize: number };
}

/** What a caller can mend: a picture of no known layout, a bundle without what is asked for. */
export class BundleReaderError extends Error {
  override readonly name = 'BundleReaderError';
}
