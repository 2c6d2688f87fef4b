import { describe, expect, it } from 'vitest';
import type { FactorLayer, Kernel, Method } from '../../../compression/factorize/decompose/decomposition.js';
import { decompose, METHODS, methodFor } from '../../../compression/factorize/decompose/methods.js';
import { responseDecomposition } from '../../../compression/factorize/decompose/response-svd.js';
import { gram, matrix, squaredNorm, transpose } from '../../../compression/linear-algebra/matrix.js';

/** Numbers that another program makes exactly alike. */
function mixedKernel(kh: number, kw: number, cin: number, cout: number): Kernel {
  const data = new Float32Array(kh * kw * cin * cout);
  let at = 0;
  for (let a = 0; a < kh; a++)
    for (let b = 0; b < kw; b++)
      for (let i = 0; i < cin; i++)
        for (let o = 0; o < cout; o++, at++)
          data[at] =
            ((a * 131 + b * 37 + i * 17 + o * 101 + a * i * 7 + b * o * 13 + i * o * 3 + a * b * i * o) %
              129) /
              64 -
            1;
  return { shape: [kh, kw, cin, cout], data };
}

/** The weight [kh, kw, cin, cout] of the one convolution that layers in a row are, by summing over all paths. */
function composed(layers: readonly FactorLayer[], cin: number): Float64Array & { shape?: number[] } {
  let current: { kh: number; kw: number; out: number; data: Float64Array } = {
    kh: 1,
    kw: 1,
    out: cin,
    data: Float64Array.from({ length: cin * cin }, (_, k) => Number(k % cin === Math.floor(k / cin))),
  };
  for (const { shape, data, groups } of layers) {
    const [kh, kw, perGroup, out] = shape;
    const next = { kh: current.kh + kh - 1, kw: current.kw + kw - 1, out, data: new Float64Array(0) };
    next.data = new Float64Array(next.kh * next.kw * cin * out);
    for (let a = 0; a < current.kh; a++)
      for (let b = 0; b < current.kw; b++)
        for (let p = 0; p < kh; p++)
          for (let q = 0; q < kw; q++)
            for (let i = 0; i < cin; i++)
              for (let o = 0; o < out; o++)
                for (let m = 0; m < perGroup; m++) {
                  const channel = Math.floor(o / (out / groups)) * perGroup + m;
                  next.data[(((a + p) * next.kw + b + q) * cin + i) * out + o]! +=
                    current.data[((a * current.kw + b) * cin + i) * current.out + channel]! *
                    data[((p * kw + q) * perGroup + m) * out + o]!;
                }
    current = next;
  }
  return current.data;
}

function measuredError({ shape, data }: Kernel, layers: readonly FactorLayer[]): number {
  const other = composed(layers, shape[2]);
  expect(other.length).toBe(data.length);
  return Math.sqrt(squaredNorm(other.map((x, i) => x - data[i]!)) / squaredNorm(data));
}

const shapes: [number, number, number, number][] = [
  [3, 3, 8, 10],
  [3, 3, 10, 4],
  [1, 5, 6, 6],
  [5, 1, 3, 7],
  [2, 3, 1, 5],
  [1, 1, 6, 9],
];
const cases = shapes.flatMap((shape) =>
  METHODS.filter((method) => methodFor(method, shape) === method).map((method) => [method, shape] as const),
);

describe.each(cases)('%s of %j', (method, shape) => {
  const kernel = mixedKernel(...shape);
  const decomposition = decompose(method, kernel);

  it('is exact at the full rank', () => {
    const { layers, error } = decomposition.factorize(decomposition.fullRanks);
    expect(error).toBeLessThan(1e-6);
    expect(measuredError(kernel, layers)).toBeLessThan(1e-6);
  });

  it('tells its true error, which falls with the rank', () => {
    let before = 1 + 1e-9;
    for (const share of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      const ranks = decomposition.fullRanks.map((full) => Math.max(1, Math.round(share * full)));
      const { layers, error } = decomposition.factorize(ranks);
      expect(layers.map(({ name, shape: of }) => [name, of])).toEqual(
        decomposition.outline(ranks).map(({ name, shape: of }) => [name, of]),
      );
      expect(Math.abs(measuredError(kernel, layers) - error)).toBeLessThan(1e-6);
      expect(error).toBeLessThanOrEqual(before + 1e-5);
      before = error;
    }
  });

  it('keeps the energy that is asked for', () => {
    for (const energy of [0.3, 0.6, 0.9]) {
      const { error } = decomposition.factorize(decomposition.ranksAtEnergy(energy));
      // Tucker keeps it in each of its two modes.
      const lost = method === 'tucker' ? 2 * (1 - energy) : 1 - energy;
      expect(error ** 2).toBeLessThanOrEqual(lost + 1e-9);
    }
  });
});

describe('a 3×3 kernel of 8 to 10 channels', () => {
  const kernel = mixedKernel(3, 3, 8, 10);
  const errorOf = (method: Method, ...ranks: number[]) => decompose(method, kernel).factorize(ranks).error;

  // Made by numpy 2.4.6, np.linalg.svd of the weight as a matrix.
  it.each([
    ['svd', 1, 0.8767110867447094],
    ['svd', 4, 0.5321338129653758],
    ['svd', 8, 0.22793328303680077],
    ['spatial', 1, 0.8867378022411703],
    ['spatial', 6, 0.5010667016897685],
    ['spatial', 18, 0.07378908014489395],
  ] as const)('%s to rank %d loses what numpy says', (method, rank, error) => {
    expect(errorOf(method, rank)).toBeCloseTo(error, 9);
  });

  // Made by tensorly 0.9, partial_tucker over the channels, 500 iterations.
  it.each([
    [2, 3, 0.8356876322015191],
    [4, 5, 0.6313037674206959],
    [6, 8, 0.3666429000256274],
  ])('tucker to ranks %d and %d is as near as tensorly brings it', (r1, r2, error) => {
    expect(errorOf('tucker', r1, r2)).toBeLessThan(error * 1.002);
  });

  // Made by tensorly 0.9, parafac, 500 iterations, the median of four starts: local optima differ by some percent.
  it.each([
    [2, 0.9114],
    [5, 0.7894],
    [10, 0.5844],
    [20, 0.2743],
  ])('cp to rank %d is as near as tensorly mostly brings it', (r, error) => {
    expect(errorOf('cp', r)).toBeLessThan(error * 1.05);
  });
});

it('a weight of zeros has factors of zeros', () => {
  for (const method of METHODS) {
    const kernel: Kernel = { shape: [3, 3, 2, 4], data: new Float32Array(72) };
    const { layers, error } = decompose(method, kernel).factorize([1, 1]);
    expect(error).toBe(0);
    expect(composed(layers, 2).every((x) => x === 0)).toBe(true);
  }
});

describe('fitted to answers', () => {
  const kernel = mixedKernel(3, 3, 8, 10);
  const weight = matrix(72, 10, kernel.data);

  it('is the truncated SVD where inputs are alike in all directions', () => {
    // E[x xᵀ] = 1: the answers' moments are Wᵀ W.
    const fitted = responseDecomposition(kernel, gram(transpose(weight)));
    for (const r of [1, 4, 8, 10]) {
      const { layers, error } = fitted.factorize([r]);
      expect(error).toBeCloseTo(decompose('svd', kernel).factorize([r]).error, 6);
      expect(measuredError(kernel, layers)).toBeCloseTo(error, 6);
      expect(layers.map(({ shape }) => shape)).toEqual(fitted.outline([r]).map(({ shape }) => shape));
    }
    expect(fitted.ranksAtEnergy(0.9)).toEqual(decompose('svd', kernel).ranksAtEnergy(0.9));
  });

  it('keeps what is answered, however small its weights are', () => {
    // Only output 7 ever differs from 0.
    const moments = matrix(10, 10);
    moments.data[77] = 3;
    const { layers, error } = responseDecomposition(kernel, moments).factorize([1]);
    expect(error).toBeLessThan(1e-7);
    const product = composed(layers, 8);
    kernel.data.forEach((value, i) => {
      expect(product[i]).toBeCloseTo(i % 10 === 7 ? value : 0, 6);
    });
  });
});
