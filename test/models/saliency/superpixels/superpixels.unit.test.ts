import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColourImage } from '../../../../models/base/image.js';
import { boundaryRecall, undersegmentationError } from '../../../../models/saliency/superpixels/quality.js';
import { superpixels } from '../../../../models/saliency/superpixels/superpixels.js';
import { countParts, disc, flat, inDisc, noise, picture, sizes } from './pictures.js';

const PICTURES: Record<string, { image: ColourImage; count: number; fewest: number }> = {
  'a disc': { image: disc(), count: 200, fewest: 190 },
  'a disc, coarsely': { image: disc(), count: 12, fewest: 10 },
  'one colour': { image: flat(320, 320), count: 200, fewest: 200 },
  'one colour, oblong': { image: flat(301, 97), count: 50, fewest: 48 },
  noise: { image: noise(160, 120), count: 100, fewest: 80 },
  'a line of pixels': { image: noise(1000, 1), count: 20, fewest: 14 },
  'a column of pixels': { image: noise(1, 1000), count: 20, fewest: 14 },
  'a ribbon': { image: flat(2000, 3), count: 64, fewest: 64 },
  'one pixel': { image: flat(1, 1), count: 200, fewest: 1 },
  'fewer pixels than segments': { image: noise(5, 3), count: 50, fewest: 15 },
  'stripes a pixel wide': {
    image: picture(128, 128, (x) => (x & 1 ? [255, 255, 255] : [0, 0, 0])),
    count: 64,
    fewest: 40,
  },
};

describe('superpixels', () => {
  for (const [name, { image, count, fewest }] of Object.entries(PICTURES)) {
    it(`of ${name} are connected, large enough, and about as many as asked for`, () => {
      const found = superpixels(image, count);
      const pixels = image.width * image.height;
      expect([found.width, found.height, found.labels.length]).toEqual([image.width, image.height, pixels]);
      expect(found.count).toBeLessThanOrEqual(count);
      expect(found.count).toBeGreaterThanOrEqual(fewest);
      expect(countParts(found)).toBe(found.count);
      const least = Math.max(1, Math.floor((0.25 * pixels) / Math.min(count, pixels)));
      expect(Math.min(...sizes(found))).toBeGreaterThanOrEqual(least);
    });
  }

  it('hold for any size, count and option', () => {
    const sizeOf = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(
        sizeOf,
        sizeOf,
        fc.integer({ min: 1, max: 300 }),
        fc.double({ min: 0.5, max: 60, noNaN: true }),
        fc.integer({ min: 0, max: 5 }),
        (width, height, count, compactness, blocks) => {
          const pixels = noise(width, height);
          const image =
            blocks === 0
              ? pixels
              : picture(width, height, (x, y) => {
                  const i = 3 * ((y >> blocks) * width + (x >> blocks));
                  return [pixels.data[i]!, pixels.data[i + 1]!, pixels.data[i + 2]!];
                });
          const found = superpixels(image, count, { compactness });
          expect(found.count).toBeLessThanOrEqual(count);
          expect(sizes(found)).not.toContain(0);
          expect(countParts(found)).toBe(found.count);
        },
      ),
      { numRuns: 150, seed: 4 },
    );
  });

  it('come out the same again', () => {
    const image = noise(200, 150);
    expect(superpixels(image, 90)).toEqual(superpixels(image, 90));
  });

  it('are numbered as they are met row by row', () => {
    const { labels, count } = superpixels(disc(), 120);
    let next = 0;
    for (const k of labels) {
      if (k > next) throw new Error(`segment ${k} is met before ${next}`);
      if (k === next) next++;
    }
    expect(next).toBe(count);
  });

  it('keep to the edge of a disc, also a few large ones', () => {
    const mask = Uint8Array.from({ length: 320 * 320 }, (_, i) =>
      inDisc(i % 320, Math.floor(i / 320)) ? 1 : 0,
    );
    for (const [count, error] of [
      [250, 0.003],
      [120, 0.003],
      [50, 0.005],
    ] as const) {
      const found = superpixels(disc(), count);
      expect(undersegmentationError(found, mask)).toBeLessThan(error);
      expect(boundaryRecall(found, mask)).toBeGreaterThan(0.99);
    }
  });

  it('keep to edges of lightness, of red against green, and of yellow against blue', () => {
    const pairs = [
      [
        [100, 100, 100],
        [150, 150, 150],
      ],
      [
        [181, 133, 145],
        [104, 155, 146],
      ],
      [
        [157, 143, 109],
        [131, 146, 181],
      ],
    ] as const;
    const inside = (x: number, y: number) => x + y / 3 < 90;
    const mask = Uint8Array.from({ length: 160 * 160 }, (_, i) =>
      inside(i % 160, Math.floor(i / 160)) ? 1 : 0,
    );
    for (const [one, other] of pairs) {
      const found = superpixels(
        picture(160, 160, (x, y) => (inside(x, y) ? one : other)),
        60,
      );
      expect(undersegmentationError(found, mask)).toBeLessThan(0.002);
    }
  });

  it('are rounder the more place counts', () => {
    const border = (compactness: number) => {
      const { labels } = superpixels(noise(160, 160), 64, { compactness });
      return labels.reduce((sum, k, i) => sum + (i % 160 < 159 && k !== labels[i + 1] ? 1 : 0), 0);
    };
    expect(border(400)).toBeLessThan(border(8) / 2);
  });

  it('refuse what makes no sense, in words', () => {
    const image = flat(4, 4);
    for (const count of [0, -3, 1.5, Number.NaN])
      expect(() => superpixels(image, count)).toThrow(/positive integer/);
    expect(() => superpixels({ ...image, width: 5 }, 4)).toThrow(/60 bytes.*48/);
    expect(() => superpixels({ width: 0, height: 4, data: new Uint8Array() }, 4)).toThrow(/1 or more/);
    expect(() => superpixels(image, 4, { compactness: 0 })).toThrow(/compactness/);
    expect(() => superpixels(image, 4, { leastShare: 2 })).toThrow(/leastShare/);
    expect(() => superpixels(image, 4, { rounds: 0 })).toThrow(/rounds/);
  });
});

describe('the measures of segments', () => {
  const halves = (at: number) => ({
    width: 8,
    height: 4,
    count: 2,
    labels: Int32Array.from({ length: 32 }, (_, i) => (i % 8 < at ? 0 : 1)),
  });
  const mask = Uint8Array.from({ length: 32 }, (_, i) => (i % 8 < 4 ? 1 : 0));

  it('are perfect for the mask itself', () => {
    expect(undersegmentationError(halves(4), mask)).toBe(0);
    expect(boundaryRecall(halves(4), mask, 0)).toBe(1);
  });

  it('count what is on the wrong side, twice, and borders that are too far away', () => {
    expect(undersegmentationError(halves(5), mask)).toBe((2 * 4) / 32);
    expect(boundaryRecall(halves(5), mask, 0)).toBe(0);
    expect(boundaryRecall(halves(5), mask, 1)).toBe(1);
    expect(boundaryRecall(halves(7), mask, 2)).toBe(0);
  });
});
