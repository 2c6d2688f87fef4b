/**
 * Decodes an image file to upright 8-bit grey, page by page. JPEG, PNG, WebP, TIFF, GIF, AVIF and SVG are decoded by
 * sharp, BMP by @napi-rs/canvas. Of TIFF every page is read; of an animation (GIF, WebP, AVIF) the first frame.
 * EXIF orientation is applied, transparency is laid on white, colours are converted to sRGB and then to luminance.
 */
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { PocketlensError } from '../../models/base/errors.js';
import type { ColourImage, GrayImage } from '../../models/base/image.js';
import { IMAGE_KINDS_TEXT, type ImageKind, sniffImage } from './image-kind.js';
import { type ImageSource, readSource, sourceName } from './read-source.js';

export type { ImageSource } from './read-source.js';

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

export interface DecodedPage {
  /** 1 for the first. */
  readonly page: number;
  /** Upright. */
  readonly image: GrayImage;
  /** Size of the upright image as it is in the file; `image` is smaller where `scale` is below 1. */
  readonly width: number;
  readonly height: number;
  /** Pixels of `image` per pixel of the upright original, in (0, 1]. */
  readonly scale: number;
  /** Dots an inch as the file says, or undefined where it says nothing of use. */
  readonly dpi: number | undefined;
  /** Decodes the page once more, in colour, at the size of `image`. */
  colour(): Promise<ColourImage>;
  /** The page for embedding elsewhere: the file's own JPEG data if it is upright and plain, else encoded anew. */
  encoded(): Promise<EncodedPage>;
}

/** A picture for a PDF: JPEG data, or zlib-compressed 1-bit rows (1 white) of a black-and-white page. */
export interface EncodedPage {
  readonly type: 'jpeg' | 'bilevel';
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Imports sharp once, with its cache off: every image is read one time only. */
export async function loadSharp(threads?: number) {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  if (threads) sharp.concurrency(threads);
  return sharp;
}

/**
 * The pages of an image file, decoded one at a time as they are asked for.
 * @throws input_not_found, input_unreadable, unsupported_format, invalid_image, limit_exceeded
 */
export async function* decodePages(
  source: ImageSource,
  options: Partial<DecodeLimits> = {},
): AsyncGenerator<DecodedPage, void, undefined> {
  const limits = { ...DEFAULT_LIMITS, ...options };
  const name = sourceName(source);
  let bytes = await readSource(source, limits.maxBytes);
  bytes = await unzipSvg(bytes, name, limits.maxBytes);
  const kind = identify(bytes, name);
  const file: OpenFile = { name, kind, bytes, limits };
  if (kind === 'bmp') {
    const { decodeBmp } = await import('./decode-bmp.js');
    file.raw = await decodeBmp(bytes, name, (width, height) => checkSize(file, width, height));
    yield await decodePage(file, 0);
    return;
  }
  const pages = kind === 'tiff' ? ((await metadata(file, 0)).pages ?? 1) : 1;
  for (let page = 0; page < pages; page++) yield await decodePage(file, page);
}

interface OpenFile {
  readonly name: string;
  readonly kind: ImageKind;
  readonly bytes: Buffer;
  readonly limits: DecodeLimits;
  /** Pixels of a file that sharp cannot decode itself, on white, three channels. */
  raw?: ColourImage;
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

async function open(file: OpenFile, page: number): Promise<Sharp> {
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

async function metadata(file: OpenFile, page: number): Promise<Metadata> {
  let found: Metadata;
  try {
    found = await (await open(file, page)).metadata();
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

async function decodePage(file: OpenFile, page: number): Promise<DecodedPage> {
  const { limits } = file;
  const meta = await metadata(file, page);
  const turned = (meta.orientation ?? 1) >= 5;
  const width = turned ? meta.height : meta.width;
  const height = turned ? meta.width : meta.height;
  const scale = Math.min(1, Math.sqrt(limits.maxDecodedPixels / (width * height)));
  const target = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };

  const pipeline = async () => {
    const image = (await open(file, page)).timeout({ seconds: limits.maxSeconds }).autoOrient();
    if (scale < 1) image.resize({ ...target, fit: 'fill' });
    return image.flatten({ background: '#ffffff' });
  };
  const raw = async (space: 'b-w' | 'srgb') => {
    try {
      const { data, info } = await (await pipeline())
        .toColourspace(space)
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true });
      const channels = space === 'b-w' ? 1 : 3;
      if (info.channels !== channels)
        throw new PocketlensError(
          'invalid_image',
          `Expected ${channels} channels for ${file.name} but received ${info.channels}.`,
        );
      return {
        width: info.width,
        height: info.height,
        data: new Uint8Array(data.buffer, data.byteOffset, data.length),
      };
    } catch (error) {
      throw asImageError(error, file);
    }
  };
  const image = await raw('b-w');
  return {
    page: page + 1,
    image,
    width,
    height,
    scale,
    dpi: usefulDensity(meta),
    colour: () => raw('srgb'),
    encoded: async () => {
      if (isPlainJpeg(file, meta)) return { type: 'jpeg', bytes: file.bytes, width, height };
      if (meta.bitsPerSample === 1 && meta.channels === 1) return packBilevel(image);
      try {
        const picture = (await pipeline()).toColourspace((meta.channels ?? 3) < 3 ? 'b-w' : 'srgb');
        return { type: 'jpeg', bytes: await picture.jpeg({ quality: 90 }).toBuffer(), ...target };
      } catch (error) {
        throw asImageError(error, file);
      }
    },
  };
}

/** Screens and editors write 72 or 96 whatever the picture is of. */
function usefulDensity(meta: Metadata): number | undefined {
  const density = meta.density ?? 0;
  return density > 96 && density <= 4800 ? density : undefined;
}

function isPlainJpeg(file: OpenFile, meta: Metadata): boolean {
  return (
    file.kind === 'jpeg' &&
    (meta.orientation ?? 1) === 1 &&
    (meta.space === 'srgb' || meta.space === 'b-w') &&
    !meta.hasAlpha
  );
}

async function packBilevel({ width, height, data }: GrayImage): Promise<EncodedPage> {
  const stride = Math.ceil(width / 8);
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (data[y * width + x]! >= 128) rows[y * stride + (x >> 3)]! |= 0x80 >> (x & 7);
  const { deflate } = await import('node:zlib');
  return { type: 'bilevel', bytes: await promisify(deflate)(rows), width, height };
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
function asImageError(error: unknown, file: OpenFile): PocketlensError {
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
