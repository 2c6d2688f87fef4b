import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quad } from '../../../models/base/image.js';
import { invert, project, rectangleToQuad, warp } from '../../../synth/page/capture/projection.js';
import { soften } from '../../../synth/page/capture/soften.js';

const shift = fc.double({ min: -18, max: 18, noNaN: true });

describe('projection', () => {
  it('takes the corners of a rectangle to the corners of the quad, and its inverse takes them back', () => {
    fc.assert(
      fc.property(fc.array(shift, { minLength: 8, maxLength: 8 }), (s) => {
        const quad: Quad = [
          [s[0]!, s[1]!],
          [100 + s[2]!, s[3]!],
          [100 + s[4]!, 60 + s[5]!],
          [s[6]!, 60 + s[7]!],
        ];
        const map = rectangleToQuad(100, 60, quad);
        const corners = [
          [0, 0],
          [100, 0],
          [100, 60],
          [0, 60],
        ] as const;
        corners.forEach((corner, i) => {
          const there = project(map, corner);
          expect(there[0]).toBeCloseTo(quad[i]![0], 6);
          expect(there[1]).toBeCloseTo(quad[i]![1], 6);
          const back = project(invert(map), there);
          expect(back[0]).toBeCloseTo(corner[0], 6);
          expect(back[1]).toBeCloseTo(corner[1], 6);
        });
      }),
    );
  });

  it('of a collapsed quad is finite', () => {
    const flat: Quad = [
      [0, 0],
      [100, 0],
      [50, 0],
      [20, 0],
    ];
    expect(rectangleToQuad(100, 60, flat).every(Number.isFinite)).toBe(true);
  });

  it('moves what is drawn as it moves points', () => {
    const data = new Uint8Array(80 * 50).fill(255);
    // A dark dot of 4 × 4 pixels, its centre at (52, 22).
    for (let y = 20; y < 24; y++) for (let x = 50; x < 54; x++) data[y * 80 + x] = 0;
    const map = rectangleToQuad(80, 50, [
      [10, 5],
      [95, 12],
      [90, 70],
      [4, 60],
    ]);
    const image = warp({ width: 80, height: 50, data }, map, {
      width: 100,
      height: 75,
      data: new Uint8Array(7500).fill(255),
    });
    let mass = 0;
    let mx = 0;
    let my = 0;
    image.data.forEach((value, i) => {
      mass += 255 - value;
      mx += (255 - value) * ((i % 100) + 0.5);
      my += (255 - value) * (Math.floor(i / 100) + 0.5);
    });
    const [x, y] = project(map, [52, 22]);
    expect(mx / mass).toBeCloseTo(x, 1);
    expect(my / mass).toBeCloseTo(y, 1);
  });
});

describe('soften', () => {
  it('spreads a dot by the binomial weights and keeps its mass', () => {
    const image = { width: 7, height: 7, data: new Uint8Array(49) };
    image.data[24] = 240;
    soften(image, 1);
    expect([...image.data.subarray(14, 21)]).toEqual([0, 0, 15, 30, 15, 0, 0]);
    expect([...image.data.subarray(21, 28)]).toEqual([0, 0, 30, 60, 30, 0, 0]);
    expect([...image.data.subarray(28, 35)]).toEqual([0, 0, 15, 30, 15, 0, 0]);
  });

  it('leaves an even tone as it is, borders included', () => {
    const image = { width: 9, height: 5, data: new Uint8Array(45).fill(173) };
    soften(image, 3);
    expect([...image.data]).toEqual(new Array(45).fill(173));
  });
});
