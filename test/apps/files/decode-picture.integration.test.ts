import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { everyFormat, tiffOf } from '../ocr/pictures.js';

const decode = (bytes: Uint8Array, limits = {}) => decodePicture({ bytes, name: 'test' }, limits);

/** Left half red, right half blue. */
const halves = (alpha = 1) =>
  sharp({
    create: { width: 40, height: 20, channels: 4, background: { r: 255, g: 0, b: 0, alpha } },
  }).composite([
    {
      input: { create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 255, alpha: 1 } } },
      left: 20,
      top: 0,
    },
  ]);

const pixel = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

describe('decodePicture', () => {
  it('reads every format in colour, in one go', async () => {
    for (const [name, bytes] of Object.entries(await everyFormat())) {
      const picture = await decode(bytes);
      expect([picture.width, picture.height], name).toEqual([120, 80]);
      expect(picture.data, name).toHaveLength(3 * 120 * 80);
      expect(picture.alpha, name).toBeUndefined();
      const [red, , blue] = pixel(picture, 20, 12) as [number, number, number];
      if (name !== 'tiff-bilevel') expect(blue - red, name).toBeGreaterThan(15);
      expect(red, name).toBeLessThan(60);
    }
  });

  it('applies EXIF orientation', async () => {
    const bytes = await halves().flatten().withMetadata({ orientation: 6 }).png().toBuffer();
    const picture = await decode(bytes);
    expect([picture.width, picture.height]).toEqual([20, 40]);
    expect(pixel(picture, 10, 5)).toEqual([255, 0, 0]);
    expect(pixel(picture, 10, 35)).toEqual([0, 0, 255]);
  });

  it('keeps transparency apart and the colours beneath it', async () => {
    const picture = await decode(await halves(0.5).png().toBuffer());
    expect(pixel(picture, 5, 5)).toEqual([255, 0, 0]);
    expect(picture.alpha![5]).toBe(128);
    expect(picture.alpha![30]).toBe(255);
    expect((await decode(await halves(1).png().toBuffer())).alpha).toBeUndefined();
  });

  it('brings grey, 16-bit and CMYK pictures to 8-bit sRGB', async () => {
    const grey = sharp({ create: { width: 4, height: 4, channels: 3, background: '#808080' } });
    const same = async (bytes: Buffer, off = 1) => {
      const picture = await decode(bytes);
      for (const value of pixel(picture, 1, 1)) expect(Math.abs(value - 128)).toBeLessThanOrEqual(off);
      return picture;
    };
    await same(await grey.clone().toColourspace('b-w').png().toBuffer());
    await same(await grey.clone().toColourspace('rgb16').png().toBuffer());
    await same(await grey.clone().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), 16);
    const deep = await same(await grey.clone().ensureAlpha(0.5).toColourspace('rgb16').png().toBuffer());
    expect(Math.abs(deep.alpha![0]! - 128)).toBeLessThanOrEqual(1);
    const greyAlpha = await same(await grey.clone().ensureAlpha(0.5).toColourspace('b-w').png().toBuffer());
    expect(Math.abs(greyAlpha.alpha![0]! - 128)).toBeLessThanOrEqual(1);
  });

  it('converts a colour profile to sRGB', async () => {
    const wide = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#00ff00' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const [red, green, blue] = pixel(await decode(wide), 4, 4) as [number, number, number];
    expect(green).toBeGreaterThan(245);
    expect(Math.max(red, blue)).toBeLessThan(12);
  });

  it('takes the first of several pages and says how many there are', async () => {
    expect((await decode(await tiffOf(3))).pages).toBe(3);
    expect((await decode(await halves().png().toBuffer())).pages).toBe(1);
  });

  it('refuses what is too large, damaged or no image', async () => {
    const png = await halves().png().toBuffer();
    await expect(decode(png, { maxPixels: 799 })).rejects.toMatchObject({ code: 'limit_exceeded' });
    await expect(decode(png, { maxBytes: 50 })).rejects.toMatchObject({ code: 'limit_exceeded' });
    await expect(decode(png.subarray(0, png.length - 30))).rejects.toMatchObject({ code: 'invalid_image' });
    await expect(decode(Buffer.from('hello'))).rejects.toMatchObject({ code: 'unsupported_format' });
    await expect(decode(new Uint8Array())).rejects.toMatchObject({ code: 'invalid_image' });
  });
});
