import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelledLine } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { findLines } from '../../../models/detector/boxes.js';
import { DEFAULT_DETECTOR_CONFIG } from '../../../models/detector/config.js';
import type { DetectionMaps } from '../../../models/detector/maps.js';
import { quadIou } from '../../../models/detector/quad-overlap.js';
import { makeTargets } from '../../../models/detector/targets.js';
import { paragraph, scatter } from './layouts.js';

/** Heights that the round trip may use: no line is left to another scale. */
const options = {
  ...DEFAULT_DETECTOR_CONFIG,
  heights: { absentBelow: 0, least: 1, most: 900, absentAbove: 1000 },
};

function perfectMaps(lines: readonly LabelledLine[], size: number): DetectionMaps {
  const targets = makeTargets(lines, size, size, options);
  return { ...targets, core: targets.core.map((v) => (v ? 5 : -5)) };
}

/** Every line is found by one box of its own, and there is no further box. */
function expectRoundTrip(lines: readonly LabelledLine[], size: number, least = 0.8) {
  const found = findLines(perfectMaps(lines, size));
  for (const { quad } of lines) {
    const best = Math.max(0, ...found.map((line) => quadIou(line.quad, quad)));
    expect(best, `line ${JSON.stringify(quad)}`).toBeGreaterThan(least);
  }
  expect(found).toHaveLength(lines.length);
}

describe('findLines', () => {
  it('recovers scattered lines of any angle and height from their own targets', () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = new Random('scatter', seed);
      expectRoundTrip(scatter(random, 640, 30, 8, 60, 6), 640);
    }
  });

  it('recovers large lines', () => {
    for (let seed = 0; seed < 10; seed++)
      expectRoundTrip(scatter(new Random('large', seed), 1024, 5, 60, 200, 6), 1024);
  });

  it('keeps dense lines with gaps of two pixels apart, at any angle', () => {
    for (const height of [8, 9, 11, 14, 20]) {
      for (let degrees = -90; degrees <= 90; degrees += 15) {
        expectRoundTrip(paragraph(480, height, 2, (degrees * Math.PI) / 180), 480, 0.78);
      }
    }
  });

  it('separates two lines whose cores are joined by a bridge', () => {
    const lines: LabelledLine[] = [
      {
        text: 'a',
        quad: [
          [20, 40],
          [300, 40],
          [300, 60],
          [20, 60],
        ],
      },
      {
        text: 'b',
        quad: [
          [30, 64],
          [310, 64],
          [310, 84],
          [30, 84],
        ],
      },
    ];
    const maps = perfectMaps(lines, 352);
    for (let y = 25; y < 37; y++) for (let x = 60; x < 64; x++) maps.core[y * maps.coreWidth + x] = 5;
    const found = findLines(maps);
    expect(found).toHaveLength(2);
    for (const { quad } of lines)
      expect(Math.max(...found.map((f) => quadIou(f.quad, quad)))).toBeGreaterThan(0.8);
  });

  it('gives each corner its place: top left first, clockwise', () => {
    const [line] = findLines(
      perfectMaps(
        [
          {
            text: 'a',
            quad: [
              [40, 40],
              [200, 60],
              [196, 92],
              [36, 72],
            ],
          },
        ],
        256,
      ),
    );
    const [a, b, c, d] = line!.quad;
    for (const [p, x, y] of [
      [a, 40, 40],
      [b, 200, 60],
      [c, 196, 92],
      [d, 36, 72],
    ] as const) {
      expect(Math.hypot(p[0] - x, p[1] - y)).toBeLessThan(2.5);
    }
  });

  it('finds nothing in empty maps', () => {
    expect(findLines(perfectMaps([], 64))).toEqual([]);
  });

  it('never throws and never gives a quad that is not finite, whatever the maps hold', () => {
    const value = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e30, -1e30, 0, 3));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(value, { minLength: 40, maxLength: 200 }),
        (w, h, pool) => {
          const at = (n: number) =>
            Float32Array.from({ length: n }, (_, i) => pool[(i * 7919) % pool.length]!);
          const maps: DetectionMaps = {
            coreWidth: 2 * w,
            coreHeight: 2 * h,
            core: at(4 * w * h),
            geometryWidth: w,
            geometryHeight: h,
            geometry: at(4 * w * h),
          };
          for (const { quad, confidence } of findLines(maps, { minConfidence: 0 })) {
            expect(quad.flat().every(Number.isFinite)).toBe(true);
            expect(confidence).toBeGreaterThanOrEqual(0);
            expect(confidence).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes random noise without complaint', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random('noise', seed);
      const maps: DetectionMaps = {
        coreWidth: 160,
        coreHeight: 160,
        core: Float32Array.from({ length: 25600 }, () => random.normal(-1, 2)),
        geometryWidth: 80,
        geometryHeight: 80,
        geometry: Float32Array.from({ length: 25600 }, () => random.normal(0.5, 1)),
      };
      for (const { quad } of findLines(maps)) expect(quad.flat().every(Number.isFinite)).toBe(true);
    }
  });
});
