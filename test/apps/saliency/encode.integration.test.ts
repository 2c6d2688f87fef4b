import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { sniffImage } from '../../../apps/files/image-kind.js';
import {
  encodePixels,
  FORMAT_SUFFIXES,
  formatOfSuffix,
  IMAGE_FORMATS,
  MEDIA_TYPES,
} from '../../../apps/saliency/encode.js';
import type { Pixels } from '../../../apps/saliency/subject.js';

function gradient(channels: 1 | 3 | 4, width = 64, height = 48): Pixels {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) data[at++] = c === 3 ? (x < 32 ? 255 : 128) : 2 * x + 2 * y + 9 * c;
  return { width, height, channels, data };
}

const decode = async (bytes: Buffer) => decodePicture({ bytes, name: 'test' });

describe('encodePixels', () => {
  it.each(IMAGE_FORMATS)('%s holds what was put in', async (format) => {
    for (const channels of [1, 3, 4] as const) {
      const pixels = gradient(channels);
      const bytes = await encodePixels(pixels, format);
      expect(sniffImage(bytes)).toEqual({ kind: format });
      const picture = await decode(bytes);
      expect([picture.width, picture.height]).toEqual([64, 48]);
      expect(picture.alpha !== undefined).toBe(channels === 4 && format !== 'jpeg');
      if (channels === 4) continue;
      let worst = 0;
      for (let i = 0; i < 64 * 48; i++)
        for (let c = 0; c < 3; c++)
          worst = Math.max(
            worst,
            Math.abs(picture.data[3 * i + c]! - pixels.data[channels * i + (channels === 1 ? 0 : c)]!),
          );
      const allowed = channels === 1 ? (format === 'jpeg' ? 3 : 0) : format === 'png' ? 0 : 40;
      expect(worst, `${channels} channels`).toBeLessThanOrEqual(allowed);
    }
  });

  it('writes grey maps as grey PNG', async () => {
    const meta = await sharp(await encodePixels(gradient(1), 'png')).metadata();
    expect([meta.channels, meta.depth, meta.space]).toEqual([1, 'uchar', 'b-w']);
  });

  it('lays transparency on white where the format has none', async () => {
    const clear: Pixels = { width: 8, height: 8, channels: 4, data: new Uint8Array(256) };
    const first = async (pixels: Pixels) => [
      ...(await decode(await encodePixels(pixels, 'jpeg'))).data.subarray(0, 3),
    ];
    expect(await first(clear)).toEqual([255, 255, 255]);
    const half = { ...clear, data: clear.data.map((_, i) => (i % 4 === 3 ? 128 : 0)) };
    for (const value of await first(half)) expect(Math.abs(value - 127)).toBeLessThan(3);
  });

  it('obeys the quality', async () => {
    const size = async (quality: number) => (await encodePixels(gradient(3), 'jpeg', { quality })).length;
    expect(await size(20)).toBeLessThan(await size(95));
  });

  it('stores sides up to the limit of the encoder, and says of any other failure what it is', async () => {
    const strip = (width: number): Pixels => ({ width, height: 1, channels: 1, data: new Uint8Array(width) });
    expect((await decode(await encodePixels(strip(65_500), 'jpeg'))).width).toBe(65_500);
    await expect(encodePixels(strip(65_501), 'jpeg')).rejects.toMatchObject({
      code: 'limit_exceeded',
      details: { longest: 65_500 },
    });
    const short: Pixels = { ...gradient(3), data: new Uint8Array(5) };
    await expect(encodePixels(short, 'png')).rejects.toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringMatching(/^Expected to encode 64x48 pixels as png but its encoder failed: .+\.$/),
      remedy: expect.any(String),
    });
  });

  it('refuses sides that a format cannot store', async () => {
    const strip: Pixels = { width: 20_000, height: 1, channels: 1, data: new Uint8Array(20_000) };
    for (const format of ['webp', 'avif'] as const)
      await expect(encodePixels(strip, format)).rejects.toMatchObject({ code: 'limit_exceeded' });
    expect((await decode(await encodePixels(strip, 'png'))).width).toBe(20_000);
  });
});

describe('formatOfSuffix', () => {
  it('knows every suffix, in any case', () => {
    for (const format of IMAGE_FORMATS) {
      for (const suffix of FORMAT_SUFFIXES[format])
        expect(formatOfSuffix(`a.b${suffix.toUpperCase()}`)).toBe(format);
      expect(MEDIA_TYPES[format]).toBe(`image/${format}`);
    }
    expect(formatOfSuffix('png')).toBeUndefined();
    expect(formatOfSuffix('a.tiff')).toBeUndefined();
  });
});
