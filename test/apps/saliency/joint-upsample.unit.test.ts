import { describe, expect, it } from 'vitest';
import { boxMean } from '../../../apps/saliency/box-mean.js';
import { jointUpsample } from '../../../apps/saliency/joint-upsample.js';
import { resizeMap } from '../../../apps/saliency/resize-map.js';
import { floatMap, scene } from './scenes.js';

const N = 16;
const FACTOR = 8;
/** The edge lies within the small picture's pixel 7, not at its rim. */
const box = { x: 60, y: 0, width: 68, height: N * FACTOR };
const full = scene(N * FACTOR, N * FACTOR, box);
const small = scene(N, N);
for (let y = 0; y < N; y++)
  for (let x = 0; x < N; x++) {
    const share = x < 7 ? 0 : x === 7 ? 0.5 : 1;
    small.data.set([128 + 92 * share, 128 - 98 * share, 128 - 98 * share], 3 * (y * N + x));
  }
const map = floatMap(
  N,
  N,
  Array.from({ length: N * N }, (_, i) => Math.min(1, Math.max(0, (i % N) - 6.5))),
);

const error = (result: Uint8Array) => {
  let sum = 0;
  for (let y = 0; y < full.height; y++)
    for (let x = 0; x < full.width; x++) sum += Math.abs(result[y * full.width + x]! - (x >= 60 ? 255 : 0));
  return sum / result.length;
};

describe('jointUpsample', () => {
  it('puts the edge where the full picture has it', () => {
    const joint = error(jointUpsample(map, small, full));
    expect(joint).toBeLessThan(0.4 * error(resizeMap(map, full.width, full.height)));
  });

  it('resizes plainly where the picture has no edges', () => {
    const flat = scene(40, 30);
    const map = floatMap(
      10,
      10,
      Array.from({ length: 100 }, (_, i) => i / 100),
    );
    const plain = resizeMap(map, 40, 30);
    jointUpsample(map, scene(10, 10), flat).forEach((value, i) => {
      expect(Math.abs(value - plain[i]!)).toBeLessThanOrEqual(1);
    });
  });

  it('keeps a map of certain ground and one of certain subject', () => {
    for (const value of [0, 1]) {
      const certain = floatMap(N, N, new Array(N * N).fill(value));
      expect(new Set(jointUpsample(certain, small, full))).toEqual(new Set([255 * value]));
    }
  });
});

describe('boxMean', () => {
  it.each([
    [1, 5, 4],
    [2, 3, 7],
    [4, 2, 3],
    [3, 1, 1],
  ])('radius %i over %i x %i is the plain mean of what lies within', (radius, width, height) => {
    const map = floatMap(
      width,
      height,
      Array.from({ length: width * height }, (_, i) => ((i * 7919) % 13) / 13),
    );
    const mean = boxMean(map, radius);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let [sum, count] = [0, 0];
        for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++)
          for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
            sum += map.data[v * width + u]!;
            count++;
          }
        expect(mean.data[y * width + x]).toBeCloseTo(sum / count, 5);
      }
  });
});
