/** Pixels to image files. */
import type { Sharp } from 'sharp';
import { PocketlensError } from '../../models/base/errors.js';
import { firstLine } from '../../models/runtime/model-file.js';
import { loadSharp } from '../files/decode-image.js';
import type { Pixels } from './subject.js';

export const IMAGE_FORMATS = ['png', 'webp', 'jpeg', 'avif'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

export const FORMAT_SUFFIXES = {
  png: ['.png'],
  webp: ['.webp'],
  jpeg: ['.jpg', '.jpeg', '.jpe', '.jfif'],
  avif: ['.avif'],
} as const satisfies Record<ImageFormat, readonly [string, ...string[]]>;

export const MEDIA_TYPES = {
  png: 'image/png',
  webp: 'image/webp',
  jpeg: 'image/jpeg',
  avif: 'image/avif',
} as const satisfies Record<ImageFormat, string>;

/** The longest side that the encoders take: libjpeg's own limit is a little below the format's. */
const LONGEST_SIDE: Record<ImageFormat, number> = { png: 2 ** 31 - 1, webp: 16383, jpeg: 65500, avif: 16384 };

export interface EncodeOptions {
  /** 1 to 100, for jpeg, webp and avif with colours; grey maps are stored as exactly as the format allows. Default 90, avif 70. */
  readonly quality?: number;
  /** Encoder threads. */
  readonly threads?: number;
}

export function formatOfSuffix(path: string): ImageFormat | undefined {
  const lower = path.toLowerCase();
  return IMAGE_FORMATS.find((format) => FORMAT_SUFFIXES[format].some((suffix) => lower.endsWith(suffix)));
}

/** @returns the file's bytes. @throws limit_exceeded for what the format's encoder does not take, such as too long a side */
export async function encodePixels(
  pixels: Pixels,
  format: ImageFormat,
  options: EncodeOptions = {},
): Promise<Buffer> {
  const { width, height } = pixels;
  const longest = LONGEST_SIDE[format];
  if (Math.max(width, height) > longest)
    throw new PocketlensError(
      'limit_exceeded',
      `Expected sides of at most ${longest} pixels for ${format} but received ${width}x${height}.`,
      { remedy: 'Write PNG instead.', details: { longest } },
    );
  const image = await prepare(pixels, format, options);
  try {
    return await image.toBuffer();
  } catch (cause) {
    const reason = firstLine(cause);
    throw new PocketlensError(
      'limit_exceeded',
      `Expected to encode ${width}x${height} pixels as ${format} but its encoder failed: ${reason}.`,
      { remedy: 'Ask for another format or a smaller picture.', cause },
    );
  }
}

async function prepare(
  { width, height, channels, data }: Pixels,
  format: ImageFormat,
  options: EncodeOptions,
): Promise<Sharp> {
  const sharp = await loadSharp(options.threads);
  let image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  const isGrey = channels === 1;
  if (isGrey) image = image.toColourspace('b-w');
  const { quality } = options;
  switch (format) {
    case 'png':
      return image.png({ compressionLevel: 6 });
    case 'webp':
      return image.webp(isGrey ? { lossless: true, effort: 2 } : { quality: quality ?? 90 });
    case 'avif':
      return image.avif({ effort: 2, ...(isGrey ? { lossless: true } : { quality: quality ?? 70 }) });
    case 'jpeg': {
      // A background is in the pixels already; what it leaves open becomes white.
      if (channels === 4) image = image.flatten({ background: '#ffffff' });
      return image.jpeg({ quality: isGrey ? 100 : (quality ?? 90) });
    }
  }
}
