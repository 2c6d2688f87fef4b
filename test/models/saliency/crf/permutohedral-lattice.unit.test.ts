import { describe, expect, test } from 'vitest';
import { PocketlensError } from '../../../../models/base/errors.js';
import { Random } from '../../../../models/base/random.js';
import { KeyTable } from '../../../../models/saliency/crf/key-table.js';
import { LatticeKeys } from '../../../../models/saliency/crf/lattice-keys.js';
import { PermutohedralLattice } from '../../../../models/saliency/crf/permutohedral-lattice.js';
import { findSimplices } from '../../../../models/saliency/crf/simplices.js';
import { denseKernel, multiply } from './brute-force.js';

function scattered(points: number, dimensions: number, span: number): Float32Array {
  const random = new Random(1, 'lattice', dimensions);
  return Float32Array.from({ length: points * dimensions }, () => random.range(-span, span));
}

function rms(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);
}

test('a key table numbers keys in their order and finds them again, however many come', () => {
  const table = new KeyTable(2);
  const keys = Array.from({ length: 5000 }, (_, i) => i * 7_000_000_007);
  keys.forEach((key, i) => {
    expect(table.add(key)).toBe(i + 1);
  });
  keys.forEach((key, i) => {
    expect([table.find(key), table.add(key), table.keys[i + 1]]).toEqual([i + 1, i + 1, key]);
  });
  expect(table.find(1)).toBe(0);
  expect(table.count).toBe(5000);
});

describe('simplices', () => {
  test.each([1, 2, 3, 5, 8])('the corners, weighted, give the points back in %i dimensions', (d) => {
    const features = scattered(200, d, 6);
    const keys = new LatticeKeys(features, d);
    const table = new KeyTable();
    const { corners, weights } = findSimplices(features, keys, table);
    for (let point = 0; point < 200; point++) {
      const lifted = new Float64Array(d);
      let total = 0;
      for (let r = 0; r <= d; r++) {
        const weight = weights[point * (d + 1) + r]!;
        const key = table.keys[corners[point * (d + 1) + r]!]!;
        expect(weight).toBeGreaterThanOrEqual(0);
        expect(keys.remainder(key)).toBe(r);
        total += weight;
        const quotients = quotientsOf(key, keys);
        for (let j = 0; j < d; j++) lifted[j]! += weight * (quotients[j]! + r / (d + 1));
      }
      expect(total).toBeCloseTo(1, 5);
      for (let j = 0; j < d; j++) {
        let coordinate = j > 0 ? -j * features[point * d + j - 1]! * keys.scales[j - 1]! : 0;
        for (let i = j; i < d; i++) coordinate += features[point * d + i]! * keys.scales[i]!;
        expect(lifted[j]).toBeCloseTo(coordinate, 4);
      }
    }
  });

  test('a step along every axis leads back to the start', () => {
    const keys = new LatticeKeys(scattered(50, 3, 3), 3);
    const start = keys.origin + 2;
    let key = start;
    for (const axis of [0, 1, 2, 3]) key = keys.neighbour(key, keys.remainder(key), axis);
    expect(key).toBe(start);
  });
});

/** The lattice point's quotients by d + 1, from the definition of its key. */
function quotientsOf(key: number, keys: LatticeKeys): number[] {
  let left = key - keys.origin - keys.remainder(key);
  const quotients: number[] = [];
  for (let j = keys.dimensions - 1; j >= 0; j--) {
    quotients[j] = Math.round(left / keys.strides[j]!);
    left -= quotients[j]! * keys.strides[j]!;
  }
  expect(left).toBe(0);
  return quotients;
}

describe('filter', () => {
  // The kernel is a spline near the Gaussian, and what would flow through lattice points that no point touches is lost:
  // the deviation grows with the dimensions. The reference implementation shows the same.
  test.each([
    [1, 0.1],
    [2, 0.11],
    [3, 0.12],
    [5, 0.14],
    [7, 0.17],
  ])('in %i dimensions is the Gaussian but for a relative rms error of %f', (d, tolerance) => {
    const points = 800;
    const features = scattered(points, d, 1.5);
    const values = Float32Array.from({ length: points }, (_, i) => Math.tanh(2 * features[i * d]!));
    const exact = multiply(denseKernel(features, d), values);
    const lattice = new PermutohedralLattice(features, d);
    lattice.normalise();
    const out = new Float32Array(points);
    lattice.filter(values, out);
    expect(rms(exact.map((value, i) => value - out[i]!)) / rms(exact)).toBeLessThan(tolerance);
  });

  test('an impulse spreads with unit variance', () => {
    const points = 2001;
    const features = Float32Array.from({ length: points }, (_, i) => (i - 1000) / 100);
    const impulse = new Float32Array(points);
    impulse[1000] = 1;
    new PermutohedralLattice(features, 1).filter(impulse, impulse);
    let mass = 0;
    let variance = 0;
    for (let i = 0; i < points; i++) {
      mass += impulse[i]!;
      variance += impulse[i]! * features[i]! ** 2;
    }
    // The spread depends a little on where in its cell the impulse lies.
    expect(variance / mass).toBeGreaterThan(0.85);
    expect(variance / mass).toBeLessThan(1.15);
  });

  test('six corners, which have loops of their own, filter like the others', () => {
    const points = 300;
    const five = scattered(points, 5, 2);
    // A sixth feature that is the same everywhere changes the sums by one factor at most, up to the lattice's error.
    const six = Float32Array.from({ length: 6 * points }, (_, i) =>
      i % 6 === 5 ? 0 : five[Math.floor(i / 6) * 5 + (i % 6)]!,
    );
    const values = Float32Array.from({ length: points }, (_, i) => Math.sign(five[5 * i]!));
    const outs = [new Float32Array(points), new Float32Array(points)] as const;
    for (const [k, features] of [five, six].entries()) {
      const lattice = new PermutohedralLattice(features, 5 + k);
      lattice.normalise();
      lattice.filter(values, outs[k]!);
    }
    expect(rms(outs[0].map((value, i) => value - outs[1][i]!)) / rms(outs[0])).toBeLessThan(0.1);
  });

  test('equal points are one', () => {
    const lattice = new PermutohedralLattice(new Float32Array(40).fill(0.3), 4);
    lattice.normalise();
    const out = new Float32Array(10);
    lattice.filter(
      Float32Array.from({ length: 10 }, (_, i) => i),
      out,
    );
    for (const value of out) expect(value).toBeCloseTo(4.5, 4);
    expect(lattice.size).toBeLessThanOrEqual(5);
  });

  test('a span that cannot be numbered is refused', () => {
    const features = Float32Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 1e6));
    let error: unknown;
    try {
      new PermutohedralLattice(features, 10);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(PocketlensError);
    expect((error as PocketlensError).code).toBe('limit_exceeded');
  });
});
