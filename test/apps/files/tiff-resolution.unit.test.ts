import { describe, expect, it } from 'vitest';
import { tiffResolution } from '../../../apps/files/tiff-resolution.js';
import { Random } from '../../../models/base/random.js';

interface Layout {
  readonly order: 'II' | 'MM';
  readonly isBig: boolean;
}

type Fraction = readonly [number, number];

/** Directories alone, one a page, each with its two resolutions and a tag before them. */
function tiff({ order, isBig }: Layout, pages: readonly (readonly [Fraction, Fraction])[]): Buffer {
  const file = Buffer.alloc(4096);
  const isLittle = order === 'II';
  const short = (value: number, at: number) =>
    isLittle ? file.writeUInt16LE(value, at) : file.writeUInt16BE(value, at);
  const long = (value: number, at: number) =>
    isLittle ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at);
  const offset = (value: number, at: number) => {
    if (!isBig) return long(value, at);
    return isLittle ? file.writeBigUInt64LE(BigInt(value), at) : file.writeBigUInt64BE(BigInt(value), at);
  };
  file.write(order);
  short(isBig ? 43 : 42, 2);
  if (isBig) short(8, 4);
  const entryBytes = isBig ? 20 : 12;
  let link = isBig ? 8 : 4;
  let at = 64;
  for (const resolutions of pages) {
    offset(at, link);
    let entry = at + (isBig ? 8 : 2);
    link = entry + 3 * entryBytes;
    if (isBig) offset(3, at);
    else short(3, at);
    short(256, entry);
    short(3, entry + 2);
    for (const [i, [over, under]] of resolutions.entries()) {
      entry += entryBytes;
      short(282 + i, entry);
      short(5, entry + 2);
      const value = isBig ? entry + 12 : at + 200 + 8 * i;
      if (!isBig) long(value, entry + 8);
      long(over, value);
      long(under, value + 4);
    }
    at += 400;
  }
  return file;
}

const FAX: readonly [Fraction, Fraction] = [
  [204, 1],
  [98, 1],
];
const FINE: readonly [Fraction, Fraction] = [
  [40_800, 200],
  [1960, 10],
];

const layouts = (['II', 'MM'] as const).flatMap((order) =>
  [false, true].map((isBig) => ({ order, isBig, name: `${order}${isBig ? ', 64 bits' : ''}` })),
);

describe('the resolution of a TIFF', () => {
  it.each(layouts)('is that of each page: $name', (layout) => {
    const file = tiff(layout, [FAX, FINE]);
    expect(tiffResolution(file, 0)).toEqual({ x: 204, y: 98 });
    expect(tiffResolution(file, 1)).toEqual({ x: 204, y: 196 });
    expect(tiffResolution(file, 2)).toBeUndefined();
  });

  it('is left out where it is no number, or where the file ends before', () => {
    const layout = { order: 'II', isBig: false } as const;
    const none: readonly [Fraction, Fraction] = [
      [204, 0],
      [0, 0],
    ];
    expect(tiffResolution(tiff(layout, [none]), 0)).toBeUndefined();
    for (const each of layouts) {
      const whole = tiff(each, [FAX]);
      for (let length = 0; length < 280; length++) {
        const found = tiffResolution(whole.subarray(0, length), 0);
        if (found !== undefined) expect(found).toEqual({ x: 204, y: 98 });
      }
    }
  });

  it('is read from any bytes without an error or an endless walk', () => {
    const random = new Random(5);
    for (let round = 0; round < 2000; round++) {
      const layout = layouts[round % layouts.length]!;
      const file = tiff(layout, [FAX, FINE, FAX]);
      for (let i = 0; i < 6; i++) file[random.int(0, 900)] = random.int(0, 255);
      tiffResolution(file, random.int(0, 2000));
    }
  });
});
