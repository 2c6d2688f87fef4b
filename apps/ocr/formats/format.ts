/** What an output format is: a pure function from read documents to text or bytes. */
import type { ReadDocument, ReadPage } from '../document.js';
import type { PageMode } from '../read-page.js';

export interface Format {
  /** For help texts. */
  readonly summary: string;
  /** File name endings, the first for writing, all of them for telling the format of an output. */
  readonly suffixes: readonly [string, ...string[]];
  readonly mediaType: string;
  /**
   * For formats that can be written document by document: what stands between two, so that
   * `write([a]) + separator + write([b])` equals `write([a, b])`.
   */
  readonly separator?: (context: FormatContext) => string;
  /** Whether `context.picture` is needed. */
  readonly needsPictures?: boolean;
  write(documents: readonly ReadDocument[], context: FormatContext): string | Promise<Uint8Array>;
}

export interface FormatContext {
  /** Version of Pocketlens. */
  readonly version: string;
  readonly mode: PageMode;
  /** Whether several inputs were named, however many of them could be read. */
  readonly isList?: boolean;
  /** The picture of a page, where the format needs it. */
  readonly picture?: (page: ReadPage) => PagePicture;
}

/** A page's picture for embedding. */
export interface PagePicture {
  /** JPEG data, or zlib-compressed 1-bit rows (1 white, rows padded to bytes). */
  readonly type: 'jpeg' | 'bilevel';
  readonly bytes: Uint8Array;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Dots an inch of the page's coordinates, across and down, where the file says. */
  readonly dpi?: { readonly x: number; readonly y: number } | undefined;
}
