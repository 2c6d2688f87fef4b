import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Point } from '../../../models/base/image.js';
import { fillPolygon, polygonArea } from '../../../models/detector/polygon.js';

/** The even-odd rule by hand for one cell centre. */
function inside(points: readonly Point[], x: number, y: number): boolean {
  let odd = false;
  points.forEach(([qx, qy], i) => {
    const [px, py] = points[(i + points.length - 1) % points.length]!;
    if (py <= y !== qy <= y && px + ((y - py) / (qy - py)) * (qx - px) <= x) odd = !odd;
  });
  return odd;
}

describe('fillPolygon', () => {
  it('fills exactly the cells whose centres lie inside', () => {
    const coordinate = fc.double({ min: -8, max: 28, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 8 }), (points) => {
        const filled = new Uint8Array(20 * 16);
        fillPolygon(points, 20, 16, (y, start, end) => {
          for (let x = start; x < end; x++) filled[y * 20 + x]!++;
        });
        const wanted = filled.map((_, i) =>
          inside(points, (i % 20) + 0.5, Math.floor(i / 20) + 0.5) ? 1 : 0,
        );
        expect(filled).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });

  it('divides the plane: two rectangles with a common edge share no cell and miss none', () => {
    const count = new Uint8Array(100);
    for (const [a, b] of [
      [0, 4.5],
      [4.5, 10],
    ] as const) {
      fillPolygon(
        [
          [a, 0],
          [b, 0],
          [b, 10],
          [a, 10],
        ],
        10,
        10,
        (y, s, e) => {
          for (let x = s; x < e; x++) count[y * 10 + x]!++;
        },
      );
    }
    expect(count.every((n) => n === 1)).toBe(true);
  });

  it('gives nothing for a polygon without area or with a corner that is not a number', () => {
    const spans: number[] = [];
    const note = (y: number) => spans.push(y);
    fillPolygon(
      [
        [1, 1],
        [5, 1],
        [9, 1],
      ],
      10,
      10,
      note,
    );
    fillPolygon(
      [
        [1, Number.NaN],
        [5, Number.NaN],
        [9, Number.NaN],
      ],
      10,
      10,
      note,
    );
    expect(spans).toEqual([]);
  });
});

describe('polygonArea', () => {
  it('is positive clockwise on screen', () => {
    expect(
      polygonArea([
        [0, 0],
        [4, 0],
        [4, 3],
        [0, 3],
      ]),
    ).toBe(12);
    expect(
      polygonArea([
        [0, 3],
        [4, 3],
        [4, 0],
        [0, 0],
      ]),
    ).toBe(-12);
  });
});
