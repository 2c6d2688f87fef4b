import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../../../models/base/image.js';
import { resampleWindow, resizeGray, rotate90 } from '../../../models/runtime/resample.js';
import { noise } from './gray-images.js';

const image = (width: number, ...values: number[]): GrayImage => ({
  width,
  height: values.length / width,
  data: Uint8Array.from(values),
});

/** The definition, in doubles: area mean along a shrinking axis, linear between centres along a growing one. */
function reference(source: GrayImage, width: number, height: number): number[] {
  const at = (x: number, y: number) =>
    source.data[
      Math.min(Math.max(y, 0), source.height - 1) * source.width + Math.min(Math.max(x, 0), source.width - 1)
    ]!;
  const weights = (i: number, size: number, length: number): [number, number][] => {
    const scale = size / length;
    if (scale > 1) {
      const list: [number, number][] = [];
      for (let k = Math.floor(i * scale); k < (i + 1) * scale; k++) {
        list.push([k, (Math.min((i + 1) * scale, k + 1) - Math.max(i * scale, k)) / scale]);
      }
      return list;
    }
    const centre = (i + 0.5) * scale - 0.5;
    const k = Math.floor(centre);
    return [
      [k, 1 - (centre - k)],
      [k + 1, centre - k],
    ];
  };
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const [j, v] of weights(y, source.height, height)) {
        for (const [i, u] of weights(x, source.width, width)) sum += u * v * at(i, j);
      }
      out.push(sum);
    }
  }
  return out;
}

describe('resizeGray', () => {
  it('takes the mean of the area on reduction', () => {
    expect([...resizeGray(image(4, 0, 100, 200, 255, 50, 50, 201, 200), 2, 1).data]).toEqual([50, 214]);
    expect([...resizeGray(image(3, 0, 90, 255), 2, 1).data]).toEqual([30, 200]);
  });

  it('interpolates between centres on enlargement', () => {
    expect([...resizeGray(image(2, 0, 100), 4, 1).data]).toEqual([0, 25, 75, 100]);
  });

  it('agrees with its definition at any size', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, (w, h, width, height) => {
        const source = noise(w, h, w * 41 + h);
        const result = resizeGray(source, width, height);
        expect([result.width, result.height, result.data.length]).toEqual([width, height, width * height]);
        const exact = reference(source, width, height);
        // Half a level of rounding and, per axis, 2^-11 of each weight.
        result.data.forEach((value, i) => {
          expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(0.5 + (255 * 41) / 2 ** 12);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('leaves a flat image flat', () => {
    for (const level of [0, 1, 127, 254, 255]) {
      const flat = { width: 37, height: 23, data: new Uint8Array(37 * 23).fill(level) };
      for (const [w, h] of [
        [9, 7],
        [80, 50],
        [37, 5],
        [1, 1],
      ] as const) {
        expect(new Set(resizeGray(flat, w, h).data)).toEqual(new Set([level]));
      }
    }
  });

  it('gives a copy at the same size', () => {
    const source = noise(5, 4);
    const copy = resizeGray(source, 5, 4);
    expect(copy).toEqual(source);
    expect(copy.data).not.toBe(source.data);
  });

  it('refuses empty images and sizes', () => {
    for (const [w, h] of [
      [0, 1],
      [1, 0],
      [1.5, 2],
      [Number.NaN, 1],
    ] as const) {
      expect(() => resizeGray(noise(2, 2), w, h)).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    }
    expect(() => resizeGray({ width: 0, height: 0, data: new Uint8Array() }, 1, 1)).toThrow(/image size/);
  });

  it('halves a page in the time that a page may take', () => {
    const page = noise(2000, 2800);
    resizeGray(page, 1000, 1400);
    const times = Array.from({ length: 5 }, () => {
      const start = process.cpuUsage();
      resizeGray(page, 1000, 1400);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    // 6 ms on the machine that it was written on; the bound only catches a lost order of magnitude. Of the processor's own
    // time the least counts: what else the machine does is not judged.
    expect(Math.min(...times)).toBeLessThan(60);
  });
});

describe('resampleWindow', () => {
  it('reads parts of pixels and repeats the border', () => {
    const row = image(4, 0, 100, 200, 40);
    expect([...resampleWindow(row, 0.5, 0, 2.5, 1, 1, 1).data]).toEqual([100]);
    expect([...resampleWindow(row, -4, 0, 8, 1, 3, 1).data]).toEqual([0, 85, 40]);
    expect([...resampleWindow(row, 20, 5, 24, 6, 2, 1).data]).toEqual([40, 40]);
  });
});

describe('rotate90', () => {
  const source = image(3, 1, 2, 3, 4, 5, 6);

  it('turns clockwise', () => {
    expect(rotate90(source, 1)).toEqual(image(2, 4, 1, 5, 2, 6, 3));
    expect(rotate90(source, 2)).toEqual(image(3, 6, 5, 4, 3, 2, 1));
    expect(rotate90(source, 3)).toEqual(image(2, 3, 6, 2, 5, 1, 4));
    expect(rotate90(source, -1)).toEqual(rotate90(source, 3));
    expect(rotate90(source, 4)).toEqual(source);
  });

  it('comes back after four turns, at sizes beyond its tiles', () => {
    const big = noise(75, 41);
    expect(rotate90(rotate90(rotate90(rotate90(big, 1), 1), 1), 1)).toEqual(big);
    expect(rotate90(rotate90(big, 1), 1)).toEqual(rotate90(big, 2));
    expect(rotate90(rotate90(big, 1), 3)).toEqual(big);
  });
});
