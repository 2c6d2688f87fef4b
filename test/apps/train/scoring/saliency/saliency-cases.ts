/** Maps and masks for tests, made of whole numbers only: the same bytes on every machine, so that figures can be compared. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { GrayImage } from '../../../../../models/base/image.js';
import { Random } from '../../../../../models/base/random.js';

export interface SaliencyCase {
  readonly id: string;
  readonly mask: GrayImage;
  /** Absent: no map was made. */
  readonly map?: GrayImage;
}

type Value = (x: number, y: number) => number;

export function draw(width: number, height: number, value: Value): GrayImage {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = value(x, y);
  return { width, height, data };
}

const rectangle =
  (left: number, top: number, right: number, bottom: number, inside = 255, outside = 0): Value =>
  (x, y) =>
    x >= left && x < right && y >= top && y < bottom ? inside : outside;
const disc =
  (cx: number, cy: number, radius: number): Value =>
  (x, y) =>
    (x - cx) ** 2 + (y - cy) ** 2 <= radius * radius ? 255 : 0;
/** Falls off with the square of the distance. */
const bump =
  (cx: number, cy: number, radius: number): Value =>
  (x, y) =>
    Math.max(0, 255 - Math.floor((255 * ((x - cx) ** 2 + (y - cy) ** 2)) / (radius * radius)));

function noise(seed: number, low: number, high: number): Value {
  const random = new Random(seed, 'noise');
  return () => random.int(low, high);
}

/** Kinds that the figures treat apart: constant parts, ties, empty parts, graded and tiny masks, other sizes, no map. */
export function saliencyCases(): SaliencyCase[] {
  const spots = new Random(1, 'spots');
  const salt = noise(2, 0, 255);
  const grades = noise(3, 0, 255);
  return [
    { id: 'bump', mask: draw(90, 70, disc(40, 30, 18)), map: draw(90, 70, bump(46, 33, 40)) },
    {
      id: 'noise',
      mask: draw(64, 48, (x, y) => Math.max(rectangle(5, 5, 20, 20)(x, y), disc(45, 30, 9)(x, y))),
      map: draw(64, 48, salt),
    },
    {
      id: 'spots',
      mask: draw(60, 50, () => (spots.chance(0.05) ? 255 : 0)),
      map: draw(60, 50, (x, y) => (13 * x + 29 * y) % 256),
    },
    { id: 'constant', mask: draw(213, 120, rectangle(100, 60, 213, 120)), map: draw(213, 120, () => 139) },
    {
      id: 'flat-corners',
      mask: draw(100, 80, rectangle(40, 30, 60, 50)),
      map: draw(100, 80, rectangle(42, 28, 65, 52, 201, 12)),
    },
    {
      id: 'flat-parts',
      mask: draw(131, 97, rectangle(0, 0, 131, 60)),
      map: draw(131, 97, (_, y) => (y < 31 ? 71 : 3)),
    },
    { id: 'graded', mask: draw(50, 50, grades), map: draw(50, 50, (x, y) => (x * y) % 256) },
    { id: 'all-foreground', mask: draw(30, 20, () => 255), map: draw(30, 20, (x) => 5 * x + (x % 3)) },
    { id: 'too-small', mask: draw(40, 40, rectangle(7, 7, 8, 8)), map: draw(40, 40, () => 90) },
    { id: 'just-enough', mask: draw(40, 40, rectangle(7, 7, 9, 8)), map: draw(40, 40, bump(8, 7, 5)) },
    { id: 'black', mask: draw(40, 30, disc(20, 15, 8)), map: draw(40, 30, () => 0) },
    { id: 'perfect', mask: draw(40, 30, disc(20, 15, 8)), map: draw(40, 30, disc(20, 15, 8)) },
    {
      id: 'inverted',
      mask: draw(40, 30, disc(20, 15, 8)),
      map: draw(40, 30, (x, y) => 255 - disc(20, 15, 8)(x, y)),
    },
    { id: 'last-row', mask: draw(40, 30, rectangle(30, 29, 40, 30)), map: draw(40, 30, bump(35, 29, 12)) },
    { id: 'half-centre', mask: draw(40, 30, rectangle(10, 9, 12, 11)), map: draw(40, 30, bump(12, 9, 9)) },
    { id: 'smaller-map', mask: draw(90, 70, disc(40, 30, 18)), map: draw(31, 53, bump(14, 24, 17)) },
    { id: 'larger-map', mask: draw(64, 48, disc(30, 20, 12)), map: draw(200, 101, bump(90, 44, 50)) },
    { id: 'no-map', mask: draw(60, 40, disc(30, 20, 9)) },
  ];
}

/** `FOLDER/images`, `FOLDER/masks` (1 bit a pixel where that is enough) and `FOLDER/maps`. */
export async function writeSaliencySet(folder: string, cases: readonly SaliencyCase[]): Promise<void> {
  for (const name of ['images', 'masks', 'maps']) mkdirSync(join(folder, name), { recursive: true });
  for (const { id, mask, map } of cases) {
    const { width, height } = mask;
    const isBilevel = mask.data.every((value) => value === 0 || value === 255);
    writeFileSync(join(folder, 'masks', `${id}.png`), isBilevel ? bilevelPng(mask) : await grayPng(mask));
    if (map) writeFileSync(join(folder, 'maps', `${id}.png`), await grayPng(map));
    const picture = sharp({ create: { width, height, channels: 3, background: '#678' } });
    await picture.jpeg().toFile(join(folder, 'images', `${id}.jpg`));
  }
}

function grayPng({ width, height, data }: GrayImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** Grey of 1 bit, which sharp does not write. */
function bilevelPng({ width, height, data }: GrayImage): Buffer {
  const stride = 1 + Math.ceil(width / 8);
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (data[y * width + x]) rows[y * stride + 1 + (x >> 3)]! |= 0x80 >> (x & 7);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
