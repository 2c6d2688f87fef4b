import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../../../models/base/image.js';
import { stackLines } from '../../../models/recognizer/open-recognizer.js';
import { DEFAULT_LINE_PREPROCESSING as OPTIONS, prepareLine } from '../../../models/recognizer/preprocess.js';

/** Stripes of ink between rows `top` and `bottom` on paper. */
function crop(width: number, height: number, top: number, bottom: number, paper = 230, ink = 30): GrayImage {
  const data = new Uint8Array(width * height).fill(paper);
  for (let y = top; y < bottom; y++) for (let x = 0; x < width; x++) if (x % 6 < 2) data[y * width + x] = ink;
  return { width, height, data };
}

describe('prepareLine', () => {
  it('scales to the height and keeps proportions', () => {
    const line = prepareLine(crop(200, 40, 2, 38), { ...OPTIONS, trim: false });
    expect(line.data.length).toBe(32 * line.width);
    expect(line.width).toBe(160);
    expect(line.scale).toBeCloseTo(200 / 160);
  });

  it('trims empty rows, so that print fills the height whatever the margin', () => {
    const tight = prepareLine(crop(200, 24, 2, 22), OPTIONS);
    const loose = prepareLine(crop(200, 60, 20, 40), OPTIONS);
    expect(Math.abs(tight.width - loose.width)).toBeLessThanOrEqual(4);
  });

  it('trims a word as the line is trimmed that it is cut from', () => {
    const line = crop(300, 60, 10, 50);
    const word = crop(60, 60, 25, 45); // small letters alone
    const alone = prepareLine(word, OPTIONS);
    const inLine = prepareLine(word, OPTIONS, line);
    expect(inLine.width).toBe(Math.round((prepareLine(line, OPTIONS).width * 60) / 300));
    expect(inLine.width).toBeLessThan(0.6 * alone.width);
    // Another size is no line of this word.
    expect(prepareLine(word, OPTIONS, crop(300, 40, 0, 40))).toEqual(alone);
  });

  it('puts paper and ink at the same levels for faded and strong print', () => {
    const strong = prepareLine(crop(120, 32, 1, 31), OPTIONS);
    const faded = prepareLine(crop(120, 32, 1, 31, 200, 150), OPTIONS);
    expect(faded.background).toBeCloseTo(strong.background, 1);
    expect(Math.min(...faded.data)).toBeCloseTo(Math.min(...strong.data), 1);
  });

  it('widens what is narrow, the more the narrower, and leaves the rest alone', () => {
    const width = (columns: number, widen?: typeof OPTIONS.widen) =>
      prepareLine(crop(columns, 32, 0, 32), { ...OPTIONS, trim: false, widen }).width;
    const widen = { below: 96, power: 0.5 };
    expect(width(24, widen)).toBe(48);
    expect(width(54, widen)).toBe(72);
    expect(width(96, widen)).toBe(96);
    expect(width(200, widen)).toBe(width(200));
    expect(width(24)).toBe(24);
  });

  it('does not amplify the noise of an empty crop', () => {
    const data = Uint8Array.from({ length: 64 * 32 }, (_, i) => 200 + (i % 3));
    const line = prepareLine({ width: 64, height: 32, data }, OPTIONS);
    expect(Math.max(...line.data) - Math.min(...line.data)).toBeLessThan(0.2);
  });

  it.each([
    [1, 1],
    [1, 50],
    [3000, 3],
    [40, 12],
  ])('takes a crop of %i×%i', (width, height) => {
    const line = prepareLine(crop(width, height, 0, height), OPTIONS);
    expect(line.data.every(Number.isFinite)).toBe(true);
    expect(line.width).toBeLessThanOrEqual(OPTIONS.maxWidth);
  });
});

describe('stackLines', () => {
  it("pads each line with its own paper to the batch's width", () => {
    const lines = [
      { data: new Float32Array(32 * 10).fill(-1), width: 10, background: 0.5, scale: 1 },
      { data: new Float32Array(32 * 40).fill(-1), width: 40, background: 0.7, scale: 1 },
    ];
    const { data, width } = stackLines(lines, 32, 32);
    expect(width).toBe(64);
    expect([data[9], data[10], data[63]]).toEqual([-1, 0.5, 0.5]);
    expect(data[32 * 64 + 40]).toBeCloseTo(0.7);
  });
});
