import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrayImage, Quad } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { cropQuad, resampleWindow, resizeGray, rotate90 } from '../../../models/runtime/resample.js';

const image = (width: number, ...values: number[]): GrayImage => ({
  width,
  height: values.length / width,
  data: Uint8Array.from(values),
});

function noise(width: number, height: number, seed = 1): GrayImage {
  const random = new Random(seed, 'noise');
  return { width, height, data: Uint8Array.from({ length: width * height }, () => random.int(0, 255)) };
}

/** Smooth, so that interpolation error is small: a plane a·x + b·y + c sampled at pixel centres. */
function plane(width: number, height: number, a: number, b: number, c: number): GrayImage {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = Math.round(a * (x + 0.5) + b * (y + 0.5) + c);
  }
  return { width, height, data };
}

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
    const start = performance.now();
    for (let i = 0; i < 4; i++) resizeGray(page, 1000, 1400);
    // 6 ms on the machine that it was written on; the bound only catches a lost order of magnitude on a busy one.
    expect((performance.now() - start) / 4).toBeLessThan(60);
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

describe('cropQuad', () => {
  const rectangle = (x: number, y: number, w: number, h: number): Quad => [
    [x, y],
    [x + w, y],
    [x + w, y + h],
    [x, y + h],
  ];

  it('cuts an upright box out exactly', () => {
    const source = noise(9, 7);
    const crop = cropQuad(source, rectangle(2, 1, 4, 3));
    expect([crop.width, crop.height]).toEqual([4, 3]);
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) expect(crop.data[y * 4 + x]).toBe(source.data[(y + 1) * 9 + x + 2]);
    }
  });

  it('turns text that lies on its side or its head upright', () => {
    const source = noise(12, 8);
    const [a, b, c, d] = rectangle(0, 0, 12, 8);
    expect(cropQuad(source, [c, d, a, b])).toEqual(rotate90(source, 2));
    expect(cropQuad(source, [d, a, b, c])).toEqual(rotate90(source, 1));
    expect(cropQuad(source, [b, c, d, a])).toEqual(rotate90(source, 3));
  });

  it('keeps the proportions at a given height', () => {
    const crop = cropQuad(noise(300, 100), rectangle(10, 10, 240, 64), 32);
    expect([crop.width, crop.height]).toEqual([120, 32]);
  });

  it('rectifies a rotated box: a plane stays the plane that the rotation makes of it', () => {
    const source = plane(200, 150, 0.5, 0.8, 10);
    const [sin, cos] = [Math.sin(0.3), Math.cos(0.3)];
    const corner = (u: number, v: number) => [50 + u * cos - v * sin, 30 + u * sin + v * cos] as const;
    const crop = cropQuad(source, [corner(0, 0), corner(90, 0), corner(90, 30), corner(0, 30)], 15);
    expect([crop.width, crop.height]).toEqual([45, 15]);
    crop.data.forEach((value, i) => {
      const [x, y] = corner(((i % 45) + 0.5) * 2, (Math.floor(i / 45) + 0.5) * 2);
      expect(Math.abs(value - (0.5 * x + 0.8 * y + 10))).toBeLessThanOrEqual(1.1);
    });
  });

  it('follows a perspective: equal parts of the plane come out equally wide', () => {
    // A board of 8 × 2 fields, drawn through a projection, must come back as a board.
    const quad: Quad = [
      [20, 30],
      [180, 10],
      [170, 90],
      [30, 70],
    ];
    const board = (u: number, v: number) => ((Math.floor(u * 8) + Math.floor(v * 2)) % 2 === 0 ? 40 : 220);
    const data = new Uint8Array(200 * 100).fill(128);
    // The inverse of the projection, found by bisection-free search over a fine grid of the unit square.
    const [p0, p1, p2, p3] = quad;
    const [sx, sy] = [p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]];
    const [dx1, dx2, dy1, dy2] = [p1[0] - p2[0], p3[0] - p2[0], p1[1] - p2[1], p3[1] - p2[1]];
    const det = dx1 * dy2 - dx2 * dy1;
    const [g, h] = [(sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det];
    for (let j = 0; j < 800; j++) {
      for (let i = 0; i < 1600; i++) {
        const [u, v] = [(i + 0.5) / 1600, (j + 0.5) / 800];
        const w = g * u + h * v + 1;
        const x = ((p1[0] - p0[0] + g * p1[0]) * u + (p3[0] - p0[0] + h * p3[0]) * v + p0[0]) / w;
        const y = ((p1[1] - p0[1] + g * p1[1]) * u + (p3[1] - p0[1] + h * p3[1]) * v + p0[1]) / w;
        data[Math.floor(y) * 200 + Math.floor(x)] = board(u, v);
      }
    }
    const crop = cropQuad({ width: 200, height: 100, data }, quad, 40);
    let wrong = 0;
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 8; column++) {
        const x = Math.floor(((column + 0.5) / 8) * crop.width);
        const y = row * 20 + 10;
        if (Math.abs(crop.data[y * crop.width + x]! - board((column + 0.5) / 8, (row + 0.5) / 2)) > 30)
          wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  it('averages when it shrinks: fine stripes become grey, not moiré', () => {
    const data = Uint8Array.from({ length: 400 * 200 }, (_, i) => (i % 2 ? 255 : 0));
    const tilted: Quad = [
      [20, 20],
      [360, 26],
      [359, 146],
      [19, 140],
    ];
    const crop = cropQuad({ width: 400, height: 200, data }, tilted, 15);
    for (const value of crop.data) expect(Math.abs(value - 127.5)).toBeLessThan(16);
  });

  it('repeats the border where the quad leaves the image', () => {
    const flat = { width: 10, height: 10, data: new Uint8Array(100).fill(77) };
    const outside: Quad = [
      [-20, -15],
      [40, -10],
      [38, 30],
      [-22, 25],
    ];
    expect(new Set(cropQuad(flat, outside, 16).data)).toEqual(new Set([77]));
  });

  it('gives something for collapsed quads and refuses endless ones', () => {
    const point: Quad = [
      [3, 3],
      [3, 3],
      [3, 3],
      [3, 3],
    ];
    expect(cropQuad(noise(8, 8), point, 4).height).toBe(4);
    expect(() => cropQuad(noise(8, 8), rectangle(0, 0, Number.NaN, 2))).toThrow(/finite/);
    const flat: Quad = [
      [0, 0],
      [1e6, 0],
      [1e6, 1e-3],
      [0, 1e-3],
    ];
    expect(() => cropQuad(noise(8, 8), flat, 32)).toThrow(
      expect.objectContaining({ code: 'limit_exceeded' }),
    );
  });
});
