/** Samples as files. */

import { loadSharp } from '../../files/decode-image.js';
import { writeFileWhole } from '../../files/write-file.js';

export interface PackedImage {
  readonly width: number;
  readonly height: number;
  /** Grey or RGB, row by row. */
  readonly data: Uint8Array;
}

/** @param quality from 1 to 100; left out, nothing is lost. @returns bytes written. @throws output_unwritable */
export async function writeWebp(path: string, image: PackedImage, quality?: number): Promise<number> {
  const { width, height, data } = image;
  const channels = data.length === width * height ? 1 : 3;
  const sharp = await loadSharp(1);
  const opened = sharp(data, { raw: { width, height, channels } });
  const bytes = await opened.webp(quality === undefined ? { lossless: true } : { quality }).toBuffer();
  await writeFileWhole(path, bytes);
  return bytes.length;
}
