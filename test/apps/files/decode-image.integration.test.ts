import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecodedPage, type DecodeLimits, decodePages } from '../../../apps/files/decode-image.js';
import { type ErrorCode, PocketlensError } from '../../../models/base/errors.js';
import { bars, barsSvg, everyFormat, tiffOf } from '../ocr/pictures.js';

let folder: string;
let files: Record<string, Buffer>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-decode-'));
  files = await everyFormat();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function decode(bytes: Uint8Array, limits: Partial<DecodeLimits> = {}): Promise<DecodedPage[]> {
  const pages: DecodedPage[] = [];
  for await (const page of decodePages({ bytes, name: 'test' }, limits)) pages.push(page);
  return pages;
}

async function one(bytes: Uint8Array, limits?: Partial<DecodeLimits>): Promise<DecodedPage> {
  const pages = await decode(bytes, limits);
  expect(pages).toHaveLength(1);
  return pages[0]!;
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode> {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(PocketlensError);
  expect(error.message).not.toContain('\n');
  return error.code;
}

const fail = (bytes: Uint8Array, limits?: Partial<DecodeLimits>) => codeOf(decode(bytes, limits));
const at = ({ image }: DecodedPage, x: number, y: number) => image.data[y * image.width + x]!;

/** The bars' grey, and the paper's. */
function expectBars(page: DecodedPage): void {
  expect([page.image.width, page.image.height, page.width, page.height]).toEqual([120, 80, 120, 80]);
  expect(page.scale).toEqual({ x: 1, y: 1 });
  expect(page.image.data).toHaveLength(120 * 80);
  expect(at(page, 30, 13)).toBeLessThan(70);
  expect(at(page, 30, 20)).toBeGreaterThan(235);
  expect(at(page, 110, 70)).toBeGreaterThan(235);
}

describe('formats', () => {
  it('all give the same picture; a TIFF gives every page, an animation its first frame', async () => {
    for (const [name, bytes] of Object.entries(files)) {
      const pages = await decode(bytes);
      expect(pages, name).toHaveLength(name === 'tiff' ? 3 : 1);
      for (const [index, page] of pages.entries()) {
        expect(page.page).toBe(index + 1);
        expectBars(page);
      }
    }
  });

  it('are told by their bytes, not their names', async () => {
    const path = join(folder, 'photo.txt');
    writeFileSync(path, files.png!);
    for await (const page of decodePages({ path })) expectBars(page);
    expectBars(await one(gzipSync(barsSvg())));
    expectBars(await one(Buffer.from(`\ufeff<?xml version="1.0"?>\n<!-- a drawing -->\n${barsSvg()}`)));
  });
});

describe('pixels', () => {
  const twoByOne = async (channels: 1 | 2 | 3 | 4, data: number[]) =>
    one(
      await sharp(Buffer.from(data), { raw: { width: 2, height: 1, channels } })
        .png()
        .toBuffer(),
    );

  it('lay transparency on white', async () => {
    const grey = await twoByOne(2, [0, 255, 0, 0]);
    expect([...grey.image.data]).toEqual([0, 255]);
    const colour = await twoByOne(4, [255, 0, 0, 0, 0, 0, 0, 128]);
    expect(at(colour, 0, 0)).toBe(255);
    expect(at(colour, 1, 0)).toBeGreaterThan(110);
    expect(at(colour, 1, 0)).toBeLessThan(145);
  });

  it('of 16 bits are scaled, not cut', async () => {
    const ramp = new Uint16Array(256).map((_, index) => index * 257);
    const grey = sharp(ramp, { raw: { width: 256, height: 1, channels: 1 } }).toColourspace('grey16');
    const triple = new Uint16Array(768).map((_, index) => Math.floor(index / 3) * 257);
    const colour = sharp(triple, { raw: { width: 256, height: 1, channels: 3 } }).toColourspace('rgb16');
    for (const bytes of [await grey.png().toBuffer(), await colour.png().toBuffer()]) {
      expect((await sharp(bytes).metadata()).depth).toBe('ushort');
      const page = await one(bytes);
      const errors = Array.from(page.image.data, (value, index) => Math.abs(value - index));
      expect(Math.max(...errors)).toBeLessThanOrEqual(1);
    }
  });

  it('of CMYK become what they look like', async () => {
    const bytes = await bars().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const page = await one(bytes);
    expectBars(page);
    const { type, bytes: encoded } = await page.encoded();
    expect(type).toBe('jpeg');
    expect((await sharp(encoded).metadata()).space).toBe('srgb');
  });

  it('are turned as EXIF says', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const upright = await bars().png().toBuffer();
      // What a camera stores for each orientation: the picture turned the other way.
      const stored = sharp(upright);
      if ([2, 4, 5, 7].includes(orientation)) stored.flop();
      const turns: Record<number, number> = { 3: 180, 4: 180, 5: 270, 6: 270, 7: 90, 8: 90 };
      if (turns[orientation]) stored.rotate(turns[orientation]);
      const jpeg = await sharp(await stored.png().toBuffer())
        .withMetadata({ orientation })
        .jpeg({ quality: 95 })
        .toBuffer();
      const page = await one(jpeg);
      expectBars(page);
      const plain = await page.encoded();
      expect(Buffer.from(plain.bytes).equals(jpeg)).toBe(orientation === 1);
      expect([plain.width, plain.height]).toEqual([120, 80]);
    }
  });

  it('of large pages are shrunk, and the scale is told', async () => {
    const page = await one(files.png!, { maxDecodedPixels: 60 * 40 });
    expect([page.image.width, page.image.height, page.width, page.height]).toEqual([60, 40, 120, 80]);
    expect(page.scale).toEqual({ x: 0.5, y: 0.5 });
    expect(at(page, 15, 6)).toBeLessThan(120);
    const colour = await page.colour();
    expect([colour.width, colour.height, colour.data.length]).toEqual([60, 40, 60 * 40 * 3]);
  });

  it('are encoded anew where a PDF could not hold them', async () => {
    const jpeg = await bars().jpeg().toBuffer();
    // A fill byte before the second marker: lawful, and read by all decoders.
    const filled = Buffer.concat([jpeg.subarray(0, 2), Buffer.of(0xff), jpeg.subarray(2)]);
    expect(Buffer.from((await (await one(jpeg)).encoded()).bytes).equals(jpeg)).toBe(true);
    const { bytes } = await (await one(filled)).encoded();
    expect(Buffer.from(bytes).equals(filled)).toBe(false);
    expect((await sharp(bytes).metadata()).width).toBe(120);
    const tall = sharp({ create: { width: 4, height: 70_000, channels: 3, background: '#fff' } });
    const shrunk = await (await one(await tall.png().toBuffer())).encoded();
    expect([shrunk.type, shrunk.height]).toEqual(['jpeg', 65_500]);
  });

  it('of black-and-white pages are embedded as bits', async () => {
    const page = await one(files['tiff-bilevel']!);
    const { type, bytes, width, height } = await page.encoded();
    expect([type, width, height]).toEqual(['bilevel', 120, 80]);
    const { inflateSync } = await import('node:zlib');
    const rows = inflateSync(bytes);
    expect(rows).toHaveLength(15 * 80);
    for (let y = 0; y < 80; y++)
      for (let x = 0; x < 120; x++)
        if (((rows[y * 15 + (x >> 3)]! >> (7 - (x & 7))) & 1 ? 255 : 0) !== at(page, x, y))
          throw new Error(`${x},${y}`);
  });
});

describe('density', () => {
  it('is taken from the file unless it is a default', async () => {
    const at300 = await bars().withMetadata({ density: 300 }).jpeg().toBuffer();
    expect((await one(at300)).dpi).toEqual({ x: 300, y: 300 });
    expect((await one(files.jpeg!)).dpi).toBeUndefined();
  });

  const faxOf = (picture: Sharp, x: number, y: number) =>
    picture
      .threshold(128)
      .toColourspace('b-w')
      .tiff({ compression: 'ccittfax4', bitdepth: 1, xres: x / 25.4, yres: y / 25.4 })
      .toBuffer();

  it('makes the pixels of faxes square, by the coarser side', async () => {
    const low = await one(await faxOf(bars().resize(120, 40, { fit: 'fill' }), 200, 100));
    expect([low.image.width, low.image.height, low.width, low.height]).toEqual([120, 80, 120, 40]);
    expect([low.scale, low.dpi]).toEqual([
      { x: 1, y: 2 },
      { x: 200, y: 100 },
    ]);
    expect(at(low, 30, 13)).toBeLessThan(70);
    expect(at(low, 30, 20)).toBeGreaterThan(235);
    const colour = await low.colour();
    expect([colour.width, colour.height]).toEqual([120, 80]);
    const { type, width, height } = await low.encoded();
    expect([type, width, height]).toEqual(['bilevel', 120, 80]);
    const fine = await one(await faxOf(bars().resize(60, 80, { fit: 'fill' }), 200, 400));
    expect([fine.image.width, fine.image.height, fine.scale]).toEqual([120, 80, { x: 2, y: 1 }]);
    const shrunk = await decode(await faxOf(bars().resize(120, 40, { fit: 'fill' }), 200, 100), {
      maxDecodedPixels: 60 * 40,
    });
    expect([shrunk[0]!.image.width, shrunk[0]!.image.height]).toEqual([60, 40]);
  });

  it('of turned faxes is that of the upright page', async () => {
    const stored = await faxOf(bars().resize(120, 40, { fit: 'fill' }), 200, 100);
    const turned = await one(
      await sharp(stored)
        .withMetadata({ orientation: 6 })
        .tiff({ xres: 200 / 25.4, yres: 100 / 25.4 })
        .toBuffer(),
    );
    expect([turned.image.width, turned.image.height, turned.width, turned.height]).toEqual([
      80, 120, 40, 120,
    ]);
    expect(turned.scale).toEqual({ x: 2, y: 1 });
    expect(turned.dpi).toEqual({ x: 100, y: 200 });
  });

  it('does not stretch by nearly equal resolutions, nor by such as no machine has', async () => {
    for (const [x, y] of [
      [204, 203],
      [300, 1],
      [1, 300],
    ] as const)
      expect((await one(await faxOf(bars(), x, y))).scale).toEqual({ x: 1, y: 1 });
  });
});

describe('bad input', () => {
  it('has a code for each way in which it is bad', async () => {
    expect(await fail(Buffer.alloc(0))).toBe('invalid_image');
    expect(await fail(Buffer.from('just some words\n'))).toBe('unsupported_format');
    expect(await fail(Buffer.from('%PDF-1.7\n'))).toBe('unsupported_format');
    expect(await fail(Buffer.from('<!doctype html><p>no</p>'))).toBe('unsupported_format');
    expect(await fail(Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'))).toBe(
      'unsupported_format',
    );
    expect(await fail(gzipSync('not a drawing'))).toBe('unsupported_format');
    expect(await fail(gzipSync(barsSvg()).subarray(0, 60))).toBe('invalid_image');
    expect(await fail(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>'))).toBe(
      'invalid_image',
    );
    for (const name of ['jpeg', 'progressive', 'png', 'webp', 'tiff-jpeg', 'avif'])
      expect(await fail(files[name]!.subarray(0, files[name]!.length * 0.6)), name).toBe('invalid_image');
  });

  it('is refused before decoding when it is too large', async () => {
    const huge: Record<string, Buffer> = {
      svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="50000" height="50000"/>'),
      // A few bytes that claim to be 50,000 pixels wide and high.
      png: pngHeader(50_000, 50_000),
      bmp: Buffer.from(files.bmp!),
    };
    huge.bmp!.writeInt32LE(50_000, 18);
    huge.bmp!.writeInt32LE(50_000, 22);
    const before = process.memoryUsage().rss;
    for (const [name, bytes] of Object.entries(huge)) expect(await fail(bytes), name).toBe('limit_exceeded');
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1048576);
    expect(await fail(files.png!, { maxPixels: 120 * 80 - 1 })).toBe('limit_exceeded');
    expect(await fail(files.png!, { maxBytes: 100 })).toBe('limit_exceeded');
  });

  it('stops at the damaged page of a TIFF, after the whole ones', async () => {
    const bytes = await tiffOf(2);
    // The second page's directory is cut off.
    const pages: number[] = [];
    const work = (async () => {
      for await (const { page } of decodePages({ bytes: bytes.subarray(0, bytes.length - 20), name: 'cut' }))
        pages.push(page);
    })();
    expect(['invalid_image']).toContain(await codeOf(work));
  });

  it('of the file system is coded', async () => {
    const read = async (path: string) => {
      for await (const _ of decodePages({ path }));
    };
    expect(await codeOf(read(join(folder, 'none.png')))).toBe('input_not_found');
    expect(await codeOf(read(join(folder, 'none', 'none.png')))).toBe('input_not_found');
    expect(await codeOf(read(folder))).toBe('input_unreadable');
    expect(await codeOf(read(join(folder, 'a\0b')))).toBe('input_unreadable');
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    writeFileSync(join(locked, 'a.png'), files.png!);
    chmodSync(locked, 0);
    // The superuser reads everything.
    if (process.getuid?.() !== 0) expect(await codeOf(read(join(locked, 'a.png')))).toBe('input_unreadable');
    chmodSync(locked, 0o700);
  });
});

/** A PNG of grey pixels with the given size in its header and hardly any data. */
function pngHeader(width: number, height: number): Buffer {
  const bytes = Buffer.from(files.png!);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeInt32BE(crc(bytes.subarray(12, 29)), 29);
  return bytes;
}

function crc(bytes: Uint8Array): number {
  let value = -1;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value;
}
