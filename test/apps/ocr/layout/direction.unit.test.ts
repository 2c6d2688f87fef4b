import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  liesOnItsSide,
  measureSkew,
  orient,
  readingDirections,
  unturn,
} from '../../../../apps/ocr/layout/direction.js';
import { mapQuad, quadAngle, rotation, turnQuad } from '../../../../apps/ocr/layout/geometry.js';
import type { Point, Quad } from '../../../../models/base/image.js';
import { rotate90 } from '../../../../models/runtime/resample.js';

const box = (width: number, height: number): Quad => [
  [0, 0],
  [width, 0],
  [width, height],
  [0, height],
];
const tilted = (quad: Quad, degrees: number) => mapQuad(quad, rotation((degrees * Math.PI) / 180));
const degrees = (quad: Quad) => Math.round((quadAngle(quad) * 180) / Math.PI);

describe('direction of a quad', () => {
  it('turns a quad to the nearest of its directions', () => {
    for (const turns of [0, 1, 2, 3]) expect(orient(turnQuad(box(100, 20), turns), 0)).toEqual(box(100, 20));
    expect(degrees(orient(box(20, 100), -Math.PI / 2))).toBe(-90);
  });

  it('reads a long box along its length', () => {
    expect(readingDirections(box(100, 20), 20)).toEqual([box(100, 20)]);
    expect(readingDirections(tilted(box(100, 20), 40), 20).map(degrees)).toEqual([40]);
    expect(readingDirections(turnQuad(box(100, 20), 2), 20)).toEqual([box(100, 20)]);
    // A detector may call the short side of steep text its top.
    expect(readingDirections(turnQuad(tilted(box(100, 20), 50), 3), 20).map(degrees)).toEqual([50]);
  });

  it('reads a standing box both ways, a short one upright too, a character only so', () => {
    expect(readingDirections(box(20, 100), 20).map(degrees).map(Math.abs)).toEqual([90, 90]);
    expect(readingDirections(box(20, 60), 20).map(degrees).map(Math.abs)).toEqual([0, 90, 90]);
    expect(readingDirections(box(8, 24), 20).map(degrees)).toEqual([0]);
  });
});

describe('direction of a page', () => {
  it('lets long lines vote', () => {
    expect(liesOnItsSide([box(300, 20), box(200, 20), box(20, 90)])).toBe(false);
    expect(liesOnItsSide([box(20, 300), box(20, 200), box(90, 20)])).toBe(true);
    expect(liesOnItsSide([tilted(box(300, 20), 88), tilted(box(300, 20), -91)])).toBe(true);
    expect(liesOnItsSide([])).toBe(false);
  });

  it('measures skew by the median', () => {
    const lines = [
      ...Array(9).fill(tilted(box(300, 20), 2)),
      tilted(box(200, 20), 30),
      box(20, 300),
      box(20, 22),
    ];
    expect((measureSkew(lines) * 180) / Math.PI).toBeCloseTo(2, 6);
    expect(measureSkew([])).toBe(0);
  });

  it('undoes what rotate90 does', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 3),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (turns, width, height, at) => {
          const data = new Uint8Array(width * height);
          data[at % data.length] = 255;
          const turned = rotate90({ width, height, data }, turns);
          const found = turned.data.indexOf(255);
          const centre: Point = [(found % turned.width) + 0.5, Math.floor(found / turned.width) + 0.5];
          const [x, y] = unturn(turns as 0, width, height)(centre);
          expect(Math.floor(y) * width + Math.floor(x)).toBe(at % data.length);
        },
      ),
    );
  });
});
