/**
 * Decodes the first page of an image file to upright 8-bit sRGB in one go, its transparency kept apart. EXIF orientation
 * and colour profiles are applied; nothing is shrunk (what is above `maxPixels` is refused).
 */
import type { ColourImage } from '../../models/base/image.js';
import {
  asImageError,
  countPages,
  DEFAULT_LIMITS,
  type DecodeLimits,
  openImageFile,
  openPage,
  readHeader,
} from './image-file.js';
import type { ImageKind } from './image-kind.js';
import type { ImageSource } from './read-source.js';

/** Colours as stored, not multiplied by alpha. */
export interface DecodedPicture extends ColourImage {
  /** 0 transparent, 255 opaque, `width * height` values; absent where every pixel is opaque. */
  readonly alpha?: Uint8Array;
  readonly kind: ImageKind;
  /** How many the file holds; only the first is decoded. */
  readonly pages: number;
}

/** @throws input_not_found, input_unreadable, unsupported_format, invalid_image, limit_exceeded */
export async function decodePicture(
  source: ImageSource,
  options: Partial<Omit<DecodeLimits, 'maxDecodedPixels'>> = {},
): Promise<DecodedPicture> {
  const limits = { ...DEFAULT_LIMITS, ...options };
  const file = await openImageFile(source, limits);
  const pages = await countPages(file);
  await readHeader(file, 0);
  try {
    const { data, info } = await (await openPage(file, 0))
      .timeout({ seconds: limits.maxSeconds })
      .autoOrient()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width, height, ...split(bytes, channels, width * height), kind: file.kind, pages };
  } catch (error) {
    throw asImageError(error, file);
  }
}

/** Colours and, where any pixel is not opaque, alpha. */
function split(bytes: Uint8Array, channels: number, count: number): { data: Uint8Array; alpha?: Uint8Array } {
  if (channels === 3) return { data: bytes };
  const data = new Uint8Array(3 * count);
  const alpha = channels % 2 === 0 ? new Uint8Array(count) : undefined;
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  let isOpaque = true;
  for (let index = 0; index < count; index++) {
    const from = channels * index;
    data[3 * index] = bytes[from]!;
    data[3 * index + 1] = bytes[from + green]!;
    data[3 * index + 2] = bytes[from + blue]!;
    if (!alpha) continue;
    alpha[index] = bytes[from + channels - 1]!;
    if (alpha[index] !== 255) isOpaque = false;
  }
  return alpha && !isOpaque ? { data, alpha } : { data };
}
