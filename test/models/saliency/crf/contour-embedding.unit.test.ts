import { describe, expect, test } from 'vitest';
import type { FloatMap } from '../../../../models/base/image.js';
import { Random } from '../../../../models/base/random.js';
import { ContourAffinity } from '../../../../models/saliency/crf/contour-affinity.js';
import { coarsen, contourEmbedding } from '../../../../models/saliency/crf/contour-embedding.js';
import { lanczos } from '../../../../models/saliency/crf/lanczos.js';
import { tridiagonalEigen } from '../../../../models/saliency/crf/tridiagonal.js';
import { jacobiEigen } from './jacobi.js';

/** A noisy contour along a wall with a gap, and a closed ring. */
function contourMap(width: number, height: number): FloatMap {
  const random = new Random(1, 'contour');
  const data = Float32Array.from({ length: width * height }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    const wall = x === Math.floor(width / 2) && y > 2 ? 0.5 : 0;
    const ring = Math.abs(Math.hypot(x - width / 4, y - height / 2) - height / 5) < 0.7 ? 0.8 : 0;
    return Math.max(wall, ring, random.range(0, 0.08));
  });
  return { width, height, data };
}

/** The affinity by its definition, cell by cell, as a dense matrix. */
function denseAffinity({ width, height, data }: FloatMap, radius: number, deviation: number): Float64Array {
  const n = width * height;
  const matrix = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < a; b++) {
      // From the upper cell to the lower one, as rounding on the way depends on the direction.
      const dx = (a % width) - (b % width);
      const dy = Math.floor(a / width) - Math.floor(b / width);
      if (dx * dx + dy * dy > radius * radius) continue;
      const steps = Math.max(Math.abs(dx), Math.abs(dy));
      let strongest = 0;
      for (let s = 0; s <= steps; s++) {
        const x = (b % width) + Math.round((dx * s) / steps);
        const y = Math.floor(b / width) + Math.round((dy * s) / steps);
        strongest = Math.max(strongest, data[y * width + x]!);
      }
      matrix[a * n + b] = matrix[b * n + a] = Math.exp(-strongest / deviation);
    }
  }
  return matrix;
}

function normalisedDense(affinity: Float64Array): { matrix: Float64Array; degrees: Float64Array } {
  const n = Math.sqrt(affinity.length);
  const degrees = Float64Array.from({ length: n }, (_, i) =>
    affinity.subarray(i * n, (i + 1) * n).reduce((sum, value) => sum + value, 0),
  );
  const matrix = affinity.map((value, k) => value / Math.sqrt(degrees[Math.floor(k / n)]! * degrees[k % n]!));
  return { matrix, degrees };
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('affinity', () => {
  test('is the strongest contour between two cells', () => {
    const contour = contourMap(12, 10);
    const { matrix, degrees } = normalisedDense(denseAffinity(contour, 3, 0.1));
    const affinity = new ContourAffinity(contour, { radius: 3, deviation: 0.1 });
    affinity.degrees.forEach((degree, i) => {
      expect(degree).toBeCloseTo(degrees[i]!, 9);
    });
    affinity.normalise();
    const unit = new Float64Array(120);
    const column = new Float64Array(120);
    for (const i of [0, 11, 55, 119]) {
      unit.fill(0)[i] = 1;
      affinity.multiply(unit, column);
      column.forEach((value, j) => {
        expect(value).toBeCloseTo(matrix[j * 120 + i]!, 9);
      });
    }
  });
});

describe('eigenvectors', () => {
  const contour = contourMap(16, 14);
  const size = 16 * 14;
  const affinity = new ContourAffinity(contour, { radius: 3, deviation: 0.1 });
  const total = affinity.degrees.reduce((sum, degree) => sum + degree, 0);
  const trivial = affinity.degrees.map((degree) => Math.sqrt(degree / total));
  const { matrix } = normalisedDense(denseAffinity(contour, 3, 0.1));
  affinity.normalise();
  const options = { count: 8, tolerance: 1e-9, mostSteps: 200, without: [trivial] };
  const pairs = lanczos(affinity.multiply, size, options);

  test('are those of a dense Jacobi solver', () => {
    const dense = jacobiEigen(matrix);
    expect(dense.values[0]).toBeCloseTo(1, 9);
    for (let k = 0; k < 8; k++) {
      expect(pairs.values[k]).toBeCloseTo(dense.values[k + 1]!, 9);
      expect(Math.abs(dot(pairs.vectors[k]!, dense.vectors[k + 1]!))).toBeCloseTo(1, 6);
    }
  });

  test('are orthonormal, and so to the trivial one', () => {
    pairs.vectors.forEach((a, i) => {
      expect(Math.abs(dot(a, trivial))).toBeLessThan(1e-9);
      pairs.vectors.forEach((b, j) => {
        expect(dot(a, b)).toBeCloseTo(i === j ? 1 : 0, 9);
      });
    });
  });

  test('have the residuals that are claimed', () => {
    const product = new Float64Array(size);
    pairs.vectors.forEach((vector, k) => {
      affinity.multiply(vector, product);
      const rest = product.map((value, i) => value - pairs.values[k]! * vector[i]!);
      expect(Math.sqrt(dot(rest, rest))).toBeLessThan(Math.max(1e-9, 2 * pairs.residual));
    });
    expect(pairs.residual).toBeLessThanOrEqual(1e-9);
  });

  test('come out the same again', () => {
    expect(lanczos(affinity.multiply, size, options)).toEqual(pairs);
  });

  test('a Krylov space that ends early goes on with another direction', () => {
    // A diagonal matrix of three different values: three steps from any start, then nothing new.
    const values = [3, 2, 2, 1, 1, 1];
    const found = lanczos((x, out) => out.set(x.map((value, i) => values[i]! * value)), 6, {
      count: 6,
      tolerance: 0,
      mostSteps: 20,
    });
    found.values.forEach((value, i) => {
      expect(value).toBeCloseTo(values[i]!, 9);
    });
  });
});

test('tridiagonal matrices: eigenvalues of the second difference', () => {
  const n = 30;
  const { values, vectors } = tridiagonalEigen(new Array(n).fill(2), new Array(n - 1).fill(-1));
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  order.forEach((i, k) => {
    expect(values[i]).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 9);
    expect(dot(vectors[i]!, vectors[i]!)).toBeCloseTo(1, 9);
  });
});

describe('embedding', () => {
  const options = { grid: 40, dimensions: 3, radius: 5, strength: 0.1 };
  const ring = (gap: number): FloatMap => {
    const data = Float32Array.from({ length: 100 * 80 }, (_, i) => {
      const x = (i % 100) - 60;
      const y = Math.floor(i / 100) - 40;
      return Math.abs(Math.hypot(x, y) - 20) < 1 && Math.abs(Math.atan2(y, x)) > gap ? 0.9 : 0;
    });
    return { width: 100, height: 80, data };
  };

  test.each([0, 0.1])('the first dimension parts what a ring with a gap of %f rad encloses', (gap) => {
    const [first] = contourEmbedding(ring(gap), options);
    const groups: [number[], number[]] = [[], []];
    first!.data.forEach((value, i) => {
      const distance = Math.hypot((i % 100) - 60, Math.floor(i / 100) - 40);
      if (distance < 15) groups[0].push(value);
      if (distance > 26) groups[1].push(value);
    });
    const range = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;
    const [a, b] = groups.map(range) as [readonly [number, number], readonly [number, number]];
    const between = Math.max(a[0] - b[1], b[0] - a[1]);
    expect(between).toBeGreaterThan(Math.max(a[1] - a[0], b[1] - b[0]));
  });

  test('later dimensions are not larger', () => {
    const maps = contourEmbedding(ring(0.1), options);
    const powers = maps.map(({ data }) => data.reduce((sum, value) => sum + value * value, 0) / data.length);
    expect(maps.length).toBe(3);
    expect(powers[0]).toBeGreaterThan(powers[1]!);
    expect(powers[1]).toBeGreaterThan(powers[2]!);
  });

  test('a thin contour survives the coarser grid', () => {
    const contour: FloatMap = { width: 50, height: 20, data: new Float32Array(1000) };
    contour.data[10 * 50 + 33] = 0.7;
    const coarse = coarsen(contour, 10);
    expect([coarse.width, coarse.height]).toEqual([10, 4]);
    expect(coarse.data[2 * 10 + 6]).toBeCloseTo(0.7, 6);
    expect(coarse.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0.7, 6);
  });

  test('one pixel has no embedding, two have one', () => {
    const flat = (width: number): FloatMap => ({ width, height: 1, data: new Float32Array(width) });
    expect(contourEmbedding(flat(1), options)).toEqual([]);
    const [only, ...others] = contourEmbedding(flat(2), options);
    expect(others).toEqual([]);
    expect(only!.data[0]).toBeCloseTo(-only!.data[1]!, 6);
  });
});
