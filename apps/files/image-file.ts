/** An image file before its pixels: its bytes, kind and header within limits, and what its decoder's failures mean. */
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { PocketlensError } from '../../models/base/errors.js';
import type { ColourImage } from '../../models/base/image.js';
import { IMAGE_KINDS_TEXT, type ImageKind, sniffImage } from './image-kind.js';
import { type ImageSource, readSource, sourceName } from './read-source.js';

export interface DecodeLimits {
  /** Pixels of one page as stored; larger ones are refused before they are decoded. */
  readonly maxPixels: number;
  /** Bytes of one file. */
  readonly maxBytes: number;
  /** Pages above this many pixels are shrunk while they are decoded, so that memory stays bounded. */
  readonly maxDecodedPixels: number;
  /** Decoder threads. */
  readonly threads: number;
  /** Seconds that one page may take. */
  readonly maxSeconds: number;
}

export const DEFAULT_LIMITS: DecodeLimits = {
  maxPixels: 100_000_000,
  maxBytes: 256 * 1048576,
  maxDecodedPixels: 40_000_000,
  threads: availableParallelism(),
  maxSeconds: 120,
};

/** Imports sharp once, with its cache off: every image is read one time only. */
export async function loadSharp(threads?: number) {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  if (threads) sharp.concurrency(threads);
  return sharp;
}

export interface OpenFile {
  readonly name: string;
  readonly kind: ImageKind;
  readonly bytes: Buffer;
  readonly limits: DecodeLimits;
  /** Pixels of a file that sharp cannot decode itself, on white, three channels. */
  raw?: ColourImage;
}

/**
 * Reads a file and tells what it is; BMP, which sharp does not read, is decoded here.
 * @throws input_not_found, input_unreadable, unsupported_format, invalid_image, limit_exceeded
 */
export async function openImageFile(source: ImageSource, limits: DecodeLimits): Promise<OpenFile> {
  const name = sourceName(source);
  let bytes = await readSource(source, limits.maxBytes);
  bytes = await unzipSvg(bytes, name, limits.maxBytes);
  const kind = identify(bytes, name);
  const file: OpenFile = { name, kind, bytes, limits };
  if (kind === 'bmp') {
    const { decodeBmp } = await import('./decode-bmp.js');
    file.raw = await decodeBmp(bytes, name, (width, height) => checkSize(file, width, height));
  }
  return file;
}

/** Pages that can be decoded: all of a TIFF, the first of an animation. */
export async function countPages(file: OpenFile): Promise<number> {
  return file.kind === 'tiff' ? ((await readHeader(file, 0)).pages ?? 1) : 1;
}

function identify(bytes: Buffer, name: string): ImageKind {
  const sniffed = sniffImage(bytes.subarray(0, 4096));
  if (sniffed && 'kind' in sniffed) return sniffed.kind;
  throw new PocketlensError(
    'unsupported_format',
    `Expected a ${IMAGE_KINDS_TEXT} image for ${name} but received ${sniffed?.other ?? 'unknown data'}.`,
    sniffed?.remedy ? { remedy: sniffed.remedy } : { remedy: 'Check that the file is an image.' },
  );
}

/** SVG files may be gzipped (.svgz); any other gzip file is left as it is and refused later. */
async function unzipSvg(bytes: Buffer, name: string, maxBytes: number): Promise<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    const text = await promisify(gunzip)(bytes, { maxOutputLength: maxBytes });
    const sniffed = sniffImage(text.subarray(0, 4096));
    return sniffed && 'kind' in sniffed && sniffed.kind === 'svg' ? text : bytes;
  } catch (error) {
    throw damaged(name, error);
  }
}

/** A decoder at one page (counted from 0) that obeys the limits. */
export async function openPage(file: OpenFile, page: number): Promise<Sharp> {
  const sharp = await loadSharp(file.limits.threads);
  const common: SharpOptions = {
    limitInputPixels: file.limits.maxPixels,
    sequentialRead: true,
    failOn: 'error',
    unlimited: false,
  };
  if (file.raw) {
    const { width, height, data } = file.raw;
    return sharp(data, { ...common, raw: { width, height, channels: 3 } });
  }
  return sharp(file.bytes, file.kind === 'tiff' ? { ...common, page } : common);
}

/** What a page's header says. @throws invalid_image, limit_exceeded */
export async function readHeader(file: OpenFile, page: number): Promise<Metadata> {
  let found: Metadata;
  try {
    found = await (await openPage(file, page)).metadata();
  } catch (error) {
    throw asImageError(error, file);
  }
  checkSize(file, found.width, found.height);
  return found;
}

function checkSize({ name, limits }: OpenFile, width: number, height: number): void {
  if (!(width > 0 && height > 0))
    throw new PocketlensError(
      'invalid_image',
      `Expected pixels for ${name} but received ${width}x${height}.`,
    );
  if (width * height > limits.maxPixels) throw tooManyPixels(name, limits, `${width}x${height}`);
}

function tooManyPixels(name: string, { maxPixels }: DecodeLimits, received: string): PocketlensError {
  return new PocketlensError(
    'limit_exceeded',
    `Expected at most ${maxPixels / 1e6} million pixels for ${name} but received ${received}.`,
    { remedy: 'Scale the image down or raise --max-pixels.', details: { maxPixels } },
  );
}

function damaged(name: string, cause: unknown): PocketlensError {
  const reason =
    cause instanceof Error
      ? cause.message
          .split('\n')[0]!
          .slice(0, 160)
          .replace(/[\s:.]+$/, '')
      : String(cause);
  return new PocketlensError(
    'invalid_image',
    `Expected a whole image for ${name} but decoding it failed: ${reason}.`,
    {
      remedy: 'Check that the file was copied completely, or save it anew.',
      cause,
    },
  );
}

/** Whatever the decoder throws is the image's fault, unless it is one of our limits. */
export function asImageError(error: unknown, file: OpenFile): PocketlensError {
  if (error instanceof PocketlensError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/pixel limit/i.test(message)) return tooManyPixels(file.name, file.limits, 'more');
  if (/timeout/i.test(message))
    return new PocketlensError(
      'limit_exceeded',
      `Expected ${file.name} to decode within ${file.limits.maxSeconds} seconds but it did not.`,
      { remedy: 'Simplify or scale the image down.', cause: error },
    );
  return damaged(file.name, error);
}
