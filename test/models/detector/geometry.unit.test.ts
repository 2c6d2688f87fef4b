import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quad } from '../../../models/base/image.js';
import { DEFAULT_CORE } from '../../../models/detector/config.js';
import { frameToQuad, lineFrame, readingAngle } from '../../../models/detector/line-frame.js';
import { decodeDistance, encodeDistance } from '../../../models/detector/maps.js';
import { intersectionArea, quadArea, quadIou } from '../../../models/detector/quad-overlap.js';
import { coreExtent, LEAST_CORE, lengthFromCore } from '../../../models/detector/targets.js';

const frame = fc.record({
  centre: fc.tuple(
    fc.double({ min: -50, max: 50, noNaN: true }),
    fc.double({ min: -50, max: 50, noNaN: true }),
  ),
  angle: fc.double({ min: -3.1, max: 3.1, noNaN: true }),
  length: fc.double({ min: 0.5, max: 90, noNaN: true }),
  height: fc.double({ min: 0.5, max: 40, noNaN: true }),
});
const box = (x: number, y: number, w: number, h: number): Quad => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
];

describe('lineFrame', () => {
  it('is the inverse of frameToQuad', () => {
    fc.assert(
      fc.property(frame, (wanted) => {
        const found = lineFrame(frameToQuad(wanted));
        expect(found.centre[0]).toBeCloseTo(wanted.centre[0], 6);
        expect(found.centre[1]).toBeCloseTo(wanted.centre[1], 6);
        expect(found.length).toBeCloseTo(wanted.length, 6);
        expect(found.height).toBeCloseTo(wanted.height, 6);
        expect(Math.cos(found.angle - wanted.angle)).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('readingAngle', () => {
  it('gives one of the two directions, left to right, and top to bottom for upright lines', () => {
    for (let degrees = -360; degrees <= 360; degrees += 7) {
      const angle = readingAngle((degrees * Math.PI) / 180);
      expect(Math.abs(Math.sin(angle - (degrees * Math.PI) / 180))).toBeLessThan(1e-9);
      expect(angle).toBeGreaterThan((-80 * Math.PI) / 180 - 1e-9);
      expect(angle).toBeLessThanOrEqual((100 * Math.PI) / 180 + 1e-9);
    }
    expect(readingAngle((-89 * Math.PI) / 180)).toBeCloseTo((91 * Math.PI) / 180, 9);
  });
});

describe('quad overlap', () => {
  it('measures what two boxes share', () => {
    expect(intersectionArea(box(0, 0, 10, 10), box(5, 5, 10, 10))).toBeCloseTo(25, 9);
    expect(intersectionArea(box(0, 0, 10, 10), box(10, 0, 5, 5))).toBe(0);
    expect(quadIou(box(0, 0, 10, 10), box(0, 0, 10, 5))).toBeCloseTo(0.5, 9);
    // A square and the same square on its point: a regular octagon.
    const side = Math.SQRT2 * 5;
    const diamond: Quad = [
      [0, -side],
      [side, 0],
      [0, side],
      [-side, 0],
    ];
    expect(intersectionArea(box(-5, -5, 10, 10), diamond)).toBeCloseTo(200 * (Math.SQRT2 - 1), 6);
  });

  it('is symmetric, at most either area, and 1 with itself, for corners of either turn', () => {
    fc.assert(
      fc.property(frame, frame, fc.boolean(), (f, g, reversed) => {
        const a = frameToQuad(f);
        const b = frameToQuad(g);
        const c: Quad = reversed ? [b[3], b[2], b[1], b[0]] : b;
        const shared = intersectionArea(a, c);
        expect(shared).toBeCloseTo(intersectionArea(c, a), 4);
        expect(shared).toBeLessThanOrEqual(Math.min(quadArea(a), quadArea(c)) + 1e-6);
        expect(quadIou(a, a)).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe('cores and distances', () => {
  it('give the length of a line back from its core', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 4, max: 300, noNaN: true }),
        fc.double({ min: 2, max: 3000, noNaN: true }),
        (height, length) => {
          const { thickness, cut } = coreExtent(height, length, DEFAULT_CORE);
          expect(thickness).toBeLessThanOrEqual(0.7 * height + 1e-9);
          const back = lengthFromCore(length - 2 * cut, height, DEFAULT_CORE);
          // Of signs of a few pixels less was cut: they come back up to twice as long.
          const isSmall = length < 2 * LEAST_CORE;
          if (isSmall) expect(back / length).toBeGreaterThanOrEqual(1 - 1e-9);
          if (isSmall) expect(back / length).toBeLessThanOrEqual(2 + 1e-9);
          else expect(back).toBeCloseTo(length, 6);
        },
      ),
    );
  });

  it('survive their encoding', () => {
    for (const pixels of [0, 0.5, 4, 33, 900])
      expect(decodeDistance(encodeDistance(pixels))).toBeCloseTo(pixels, 6);
    expect(decodeDistance(-3)).toBe(0);
  });
});
