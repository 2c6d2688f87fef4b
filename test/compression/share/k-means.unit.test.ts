import { describe, expect, it } from 'vitest';
import { clusteredParam, findClusters } from '../../../compression/share/codebook.js';
import { kMeans, nearest } from '../../../compression/share/k-means.js';
import { Random } from '../../../models/base/random.js';
import { codesOf } from '../../../models/graph/encoding.js';

/** Numbers that another program makes exactly alike. */
const mixed = (n: number) =>
  Float64Array.from({ length: n }, (_, i) => ((i * 7919 + i * i * 53 + (i % 7) * 911) % 1000) / 500 - 1);

const normal = (n: number) => {
  const random = new Random(3, 'values');
  return Float32Array.from({ length: n }, () => random.normal(0, 0.1));
};

function squaredError(values: ArrayLike<number>, centres: Float32Array): number {
  const codes = nearest(values, centres);
  return Array.from(values).reduce((sum, value, i) => sum + (value - centres[codes[i]!]!) ** 2, 0);
}

describe('k-means', () => {
  // The least that any cuts give, made with numpy by the plain dynamic program over all cuts.
  it.each([
    [60, 2, 4.295062717703347],
    [60, 5, 0.6267532424242461],
    [200, 16, 0.20672590746606628],
    [200, 31, 0.045796325685433736],
  ])('of %d values in %d clusters is the best there is', (n, k, least) => {
    expect(squaredError(mixed(n), kMeans(mixed(n), k))).toBeCloseTo(least, 6);
  });

  it('finds clusters that are plain to see', () => {
    expect([...kMeans([5, 1, 5.5, 1.5, -3, 4.5], 3)]).toEqual([-3, 1.25, 5]);
  });

  it('gives no more centres than there are values', () => {
    expect([...kMeans([2, 2, 2], 4)]).toEqual([2]);
    expect([...kMeans([-0, 0, 1], 4)]).toEqual([0, 1]);
    expect(kMeans(mixed(60), 256)).toHaveLength(57);
  });

  it('of many values is near what Lloyd and Max found for the normal distribution', () => {
    const values = normal(200_000);
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    // Max 1960, "Quantizing for minimum distortion", table I: mean squared error of the best quantizer of unit variance.
    for (const [k, distortion] of [
      [2, 0.3634],
      [4, 0.1175],
      [8, 0.03454],
      [16, 0.009497],
      [32, 0.002499],
    ] as const)
      expect(squaredError(values, kMeans(values, k)) / values.length / variance / distortion).toBeCloseTo(
        1,
        1,
      );
  });

  it('beats evenly spread values, and its centres are the means of what is nearest', () => {
    const values = normal(20_000);
    const centres = kMeans(values, 16);
    const greatest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const even = Float32Array.from({ length: 16 }, (_, i) => greatest * ((2 * i) / 15 - 1));
    expect(squaredError(values, centres)).toBeLessThan(0.6 * squaredError(values, even));
    const codes = nearest(values, centres);
    centres.forEach((centre, code) => {
      const own = values.filter((_, i) => codes[i] === code);
      expect(own.reduce((sum, v) => sum + v, 0) / own.length).toBeCloseTo(centre, 5);
    });
  });
});

describe('a clustered param', () => {
  const param = { shape: [20, 50], data: normal(1000), trainable: true };

  it('holds exactly what its codes stand for', () => {
    const clustered = clusteredParam(param, findClusters(param, 16));
    const values = clustered.encoding?.kind === 'codebook' ? clustered.encoding.values : undefined;
    expect(values).toHaveLength(16);
    expect([...values!]).toEqual([...values!].sort((a, b) => a - b));
    expect(codesOf(clustered).every((code, i) => values![code] === clustered.data[i])).toBe(true);
  });

  it('keeps pruned weights at zero', () => {
    const data = param.data.map((v, i) => (i % 3 === 0 ? 0 : v));
    const clustered = clusteredParam({ ...param, data }, findClusters({ ...param, data }, 8));
    expect(data.every((v, i) => v !== 0 || clustered.data[i] === 0)).toBe(true);
    expect(new Set(clustered.data).size).toBe(8);
    const none = { ...param, data: new Float32Array(1000) };
    expect(clusteredParam(none, findClusters(none, 8)).data).toEqual(none.data);
  });

  it('takes the means of its clusters when weights have moved, in whatever order', () => {
    const clusters = findClusters(param, 4);
    const moved = clusteredParam(
      {
        ...param,
        data: clusters.codes.reduce(
          (out, code, i) => out.fill([5, -1, 3, 3][code]!, i, i + 1),
          new Float32Array(1000),
        ),
      },
      clusters,
    );
    expect(moved.encoding).toEqual({ kind: 'codebook', values: Float32Array.from([-1, 3, 5]) });
  });
});
