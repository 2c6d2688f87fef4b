/**
 * Decodes an image file to upright 8-bit grey, page by page. JPEG, PNG, WebP, TIFF, GIF, AVIF and SVG are decoded by
 * sharp, BMP by @napi-rs/canvas. Of TIFF every page is read; of an animation (GIF, WebP, AVIF) the first frame.
 * EXIF orientation is applied, transparency is laid on white, colours are converted to sRGB and then to luminance.
 * Pages whose pixels are not square (faxes) are stretched until they are.
 */
import { promisify } from 'node:util';
import type { Metadata } from 'sharp';
import { PocketlensError } from '../../models/base/errors.js';
import type { ColourImage, GrayImage } from '../../models/base/image.js';
import {
  asImageError,
  countPages,
  DEFAULT_LIMITS,
  type DecodeLimits,
  type OpenFile,
  openImageFile,
  openPage,
  readHeader,
} from './image-file.js';
import type { ImageSource } from './read-source.js';
import { tiffResolution } from './tiff-resolution.js';

export { DEFAULT_LIMITS, type DecodeLimits, loadSharp } from './image-file.js';
export type { ImageSource } from './read-source.js';

/** A figure for each axis of the upright page. */
export interface AcrossAndDown {
  readonly x: number;
  readonly y: number;
}

export interface DecodedPage {
  /** 1 for the first. */
  readonly page: number;
  /** Upright. */
  readonly image: GrayImage;
  /** Size of the upright image as it is in the file; that of `image` is `scale` times this. */
  readonly width: number;
  readonly height: number;
  /** Pixels of `image` per pixel of the upright original: 1, less for large pages, more along one axis for faxes. */
  readonly scale: AcrossAndDown;
  /** Dots an inch as the file says, or undefined where it says nothing of use. */
  readonly dpi: AcrossAndDown | undefined;
  /** Decodes the page once more, in colour, at the size of `image`. */
  colour(): Promise<ColourImage>;
  /** The page for embedding elsewhere: the file's own JPEG data if it is upright and plain, else encoded anew. */
  encoded(): Promise<EncodedPage>;
}

/** Pixels of fax are up to four times as high as wide; more is a mistake of whoever wrote the file. */
const MOST_ASPECT = 4.2;
/** 203 and 204 dots an inch are the same (logarithm of the ratio). */
const LEAST_ASPECT = 0.02;
/** What libjpeg encodes, a little less than the format allows. */
const MOST_JPEG_SIDE = 65_500;

/** A picture for a PDF: JPEG data, or zlib-compressed 1-bit rows (1 white) of a black-and-white page. */
export interface EncodedPage {
  readonly type: 'jpeg' | 'bilevel';
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * The pages of an image file, decoded one at a time as they are asked for.
 * @throws input_not_found, input_unreadable, unsupported_format, invalid_image, limit_exceeded
 */
export async function* decodePages(
  source: ImageSource,
  options: Partial<DecodeLimits> = {},
): AsyncGenerator<DecodedPage, void, undefined> {
  const file = await openImageFile(source, { ...DEFAULT_LIMITS, ...options });
  const pages = await countPages(file);
  for (let page = 0; page < pages; page++) yield await decodePage(file, page);
}

async function decodePage(file: OpenFile, page: number): Promise<DecodedPage> {
  const { limits } = file;
  const meta = await readHeader(file, page);
  const turned = (meta.orientation ?? 1) >= 5;
  const width = turned ? meta.height : meta.width;
  const height = turned ? meta.width : meta.height;
  const aspect = pixelAspect(file, page);
  const square = squaring(turned ? 1 / aspect : aspect);
  const shrink = Math.min(1, Math.sqrt(limits.maxDecodedPixels / (width * square.x * height * square.y)));
  const scale = { x: square.x * shrink, y: square.y * shrink };
  const target = {
    width: Math.max(1, Math.round(width * scale.x)),
    height: Math.max(1, Math.round(height * scale.y)),
  };

  const pipeline = async () => {
    const image = (await openPage(file, page)).timeout({ seconds: limits.maxSeconds }).autoOrient();
    if (scale.x !== 1 || scale.y !== 1) image.resize({ ...target, fit: 'fill' });
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
    dpi: usefulDensity(meta, aspect, turned),
    colour: () => raw('srgb'),
    encoded: async () => {
      if (isPlainJpeg(file, meta) && isEmbeddable(file.bytes))
        return { type: 'jpeg', bytes: file.bytes, width, height };
      if (meta.bitsPerSample === 1 && meta.channels === 1) return packBilevel(image);
      try {
        const picture = (await pipeline()).toColourspace((meta.channels ?? 3) < 3 ? 'b-w' : 'srgb');
        const size = { width: MOST_JPEG_SIDE, height: MOST_JPEG_SIDE };
        const { data, info } = await picture
          .resize({ ...size, fit: 'inside', withoutEnlargement: true })
          .jpeg({ quality: 90 })
          .toBuffer({ resolveWithObject: true });
        return { type: 'jpeg', bytes: data, width: info.width, height: info.height };
      } catch (error) {
        throw asImageError(error, file);
      }
    },
  };
}

/** How high a stored pixel is for its width, as far as a file is to be believed; only TIFFs say so. */
function pixelAspect(file: OpenFile, page: number): number {
  const resolution = file.kind === 'tiff' ? tiffResolution(file.bytes, page) : undefined;
  const aspect = resolution ? resolution.x / resolution.y : 1;
  const isFax =
    aspect >= 1 / MOST_ASPECT && aspect <= MOST_ASPECT && Math.abs(Math.log(aspect)) > LEAST_ASPECT;
  return isFax ? aspect : 1;
}

/** Factors that make pixels square without losing any. */
const squaring = (aspect: number): AcrossAndDown => ({ x: Math.max(1, 1 / aspect), y: Math.max(1, aspect) });

/** Screens and editors write 72 or 96 whatever the picture is of. */
function usefulDensity(meta: Metadata, aspect: number, turned: boolean): AcrossAndDown | undefined {
  // Of the rows as stored.
  const density = meta.density ?? 0;
  if (!(density > 96 && density <= 4800)) return undefined;
  const [across, down] = [density, density / aspect];
  return turned ? { x: down, y: across } : { x: across, y: down };
}

function isPlainJpeg(file: OpenFile, meta: Metadata): boolean {
  return (
    file.kind === 'jpeg' &&
    (meta.orientation ?? 1) === 1 &&
    (meta.space === 'srgb' || meta.space === 'b-w') &&
    !meta.hasAlpha
  );
}

/**
 * Whether the frame header is found by going from segment to segment. Fill bytes before a marker are lawful (ITU-T T.81,
 * B.1.1.2), but not all that embed a file know them.
 */
function isEmbeddable(bytes: Uint8Array): boolean {
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0xff) return false;
    // SOF0 to SOF15, but for the tables DHT, JPG and DAC.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return true;
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return false;
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
