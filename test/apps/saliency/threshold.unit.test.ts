import { describe, expect, it } from 'vitest';
import { chooseThreshold, levelOf, otsu, twiceMean } from '../../../apps/saliency/threshold.js';

function histogram(counts: Record<number, number>): Float64Array {
  const result = new Float64Array(256);
  for (const [value, count] of Object.entries(counts)) result[Number(value)] = count;
  return result;
}

describe('the automatic threshold', () => {
  it('lies between two groups of values, wherever they are', () => {
    for (const [low, high] of [
      [0, 255],
      [10, 200],
      [90, 130],
    ] as const) {
      const level = 255 * otsu(histogram({ [low]: 900, [high]: 100 }));
      expect(level).toBeCloseTo((low + 1 + high) / 2, 6);
    }
  });

  it('is not drawn into the noise of a map that is dark all over, nor into doubts about a bright one', () => {
    expect(chooseThreshold(histogram({ 2: 500, 5: 500 }))).toBe(0.3);
    expect(chooseThreshold(histogram({ 240: 500, 250: 500 }))).toBe(0.7);
    expect(chooseThreshold(histogram({ 0: 1000 }))).toBe(0.3);
    expect(chooseThreshold(histogram({ 10: 500, 150: 500 }))).toBeCloseTo(80.5 / 255, 6);
  });

  it('can be twice the mean', () => {
    expect(twiceMean(histogram({ 0: 3, 255: 1 }))).toBe(0.5);
    expect(twiceMean(histogram({ 255: 1 }))).toBe(1);
  });
});

describe('levelOf', () => {
  it('never takes a probability of 0 for subject', () => {
    expect([1e-6, 0.5, 1].map(levelOf)).toEqual([1, 128, 255]);
  });
});
