import { describe, expect, test } from 'vitest';
import { Random } from '../../../../models/base/random.js';
import { meanField } from '../../../../models/saliency/crf/mean-field.js';
import { PermutohedralLattice } from '../../../../models/saliency/crf/permutohedral-lattice.js';
import { SmoothnessKernel } from '../../../../models/saliency/crf/smoothness-kernel.js';
import { bruteForceMeanField, denseKernel, multiply, positions } from './brute-force.js';

const WIDTH = 21;
const HEIGHT = 18;
const PIXELS = WIDTH * HEIGHT;

const random = new Random(3, 'mean field');
/** A bright blob on a dark ground, with noise; a map that is roughly right. */
const inside = Uint8Array.from({ length: PIXELS }, (_, i) => {
  return Math.hypot((i % WIDTH) - 9, Math.floor(i / WIDTH) - 8) < 6 ? 1 : 0;
});
const features = Float32Array.from({ length: 5 * PIXELS }, (_, i) => {
  const pixel = Math.floor(i / 5);
  if (i % 5 === 0) return (pixel % WIDTH) / 8;
  if (i % 5 === 1) return Math.floor(pixel / WIDTH) / 8;
  return inside[pixel]! * 3 + random.normal(0, 0.4);
});
const logits = Float32Array.from({ length: PIXELS }, (_, i) => inside[i]! * 2 - 1 + random.normal(0, 1.5));
const unary = [
  Float64Array.from(logits, (logit) => Math.log1p(Math.exp(logit))),
  Float64Array.from(logits, (logit) => Math.log1p(Math.exp(-logit))),
] as const;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

test.each([
  [21, 18, 3],
  [21, 18, 0.7],
  [7, 5, 20],
  [1, 9, 2],
  [9, 1, 2],
  [1, 1, 3],
])(
  'the smoothness kernel of %i x %i pixels and deviation %f is the dense one',
  (width, height, deviation) => {
    const values = Float32Array.from({ length: width * height }, () => random.range(-1, 1));
    const exact = multiply(denseKernel(positions(width, height, deviation), 2), values);
    const out = new Float32Array(width * height);
    new SmoothnessKernel(width, height, deviation).filter(values, out);
    expect(largestDifference(out, exact)).toBeLessThan(3e-4);
  },
);

describe('mean field of one channel against both labels by brute force', () => {
  const bilateral = denseKernel(features, 5);
  const smooth = denseKernel(positions(WIDTH, HEIGHT, 2), 2);

  test.each([1, 2, 5, 10])('differs by at most 1e-3 with exact kernels after %i iterations', (iterations) => {
    const exact = bruteForceMeanField(
      unary,
      [
        { weight: 3, kernel: bilateral },
        { weight: 2, kernel: smooth },
      ],
      iterations,
    );
    const dense = { filter: (v: Float32Array, out: Float32Array) => out.set(multiply(bilateral, v)) };
    const q = meanField(
      logits,
      [
        { weight: 3, kernel: dense },
        { weight: 2, kernel: new SmoothnessKernel(WIDTH, HEIGHT, 2) },
      ],
      iterations,
    );
    expect(largestDifference(q, exact)).toBeLessThanOrEqual(1e-3);
    // The pairwise terms do something: the unary alone is far off.
    expect(largestDifference(meanField(logits, [], 0), exact)).toBeGreaterThan(0.3);
  });

  test('on the lattice differs by at most 0.1, by 0.01 on average', () => {
    const exact = bruteForceMeanField(unary, [{ weight: 3, kernel: bilateral }], 5);
    const lattice = new PermutohedralLattice(features, 5);
    lattice.normalise();
    const q = meanField(logits, [{ weight: 3, kernel: lattice }], 5);
    expect(largestDifference(q, exact)).toBeLessThan(0.1);
    const mean = q.reduce((sum, value, i) => sum + Math.abs(value - exact[i]!), 0) / PIXELS;
    expect(mean).toBeLessThan(0.01);
  });
});
