/// <reference lib="dom" />
/** A file becomes a picture: upright, in the screen's colours, no larger than canvases of phones can hold. */

export interface OpenPicture {
  /** The file's name without its suffix: downloads are named after it. */
  readonly stem: string;
  readonly bitmap: ImageBitmap;
  readonly width: number;
  readonly height: number;
  /** Milliseconds of decoding. */
  readonly decode: number;
  /** What was done to it. */
  readonly note?: string;
}

const MOST_PIXELS = 4096 * 4096;

/** A file that this browser cannot show. */
export class NoPicture extends Error {}

/** @throws NoPicture */
export async function openPicture(file: Blob, name: string): Promise<OpenPicture> {
  const started = performance.now();
  const stem = name.replace(/\.[^.]*$/, '') || 'picture';
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw new NoPicture(name, { cause });
  }
  const { width, height } = bitmap;
  const scale = Math.sqrt(MOST_PIXELS / (width * height));
  if (scale >= 1) return { stem, bitmap, width, height, decode: performance.now() - started };
  const size = { width: Math.floor(width * scale), height: Math.floor(height * scale) };
  const smaller = await createImageBitmap(bitmap, {
    resizeWidth: size.width,
    resizeHeight: size.height,
    resizeQuality: 'high',
  });
  bitmap.close();
  const note = `Made smaller for this page, from ${width} × ${height}.`;
  return { stem, bitmap: smaller, ...size, decode: performance.now() - started, note };
}
