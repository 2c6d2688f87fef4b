import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '../../compression/linear-algebra/eigen.js';
import { gram, type Matrix, matrix, multiply, transpose } from '../../compression/linear-algebra/matrix.js';
import { solveRight } from '../../compression/linear-algebra/solve.js';
import { rankAtEnergy, svd } from '../../compression/linear-algebra/svd.js';
import { Random } from '../../models/base/random.js';

const filled = (rows: number, columns: number, of: (i: number, j: number) => number): Matrix =>
  matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, (_, k) => of(Math.floor(k / columns), k % columns)),
  );

/** Numbers that another program makes exactly alike. */
const mixed = (rows: number, columns: number) =>
  filled(rows, columns, (i, j) => ((i * 7919 + j * 104729 + i * j * 31 + i * i * 53) % 1000) / 500 - 1);
const gaussian = (rows: number, columns: number, seed = 1) => {
  const random = new Random(seed, 'matrix');
  return filled(rows, columns, () => random.normal());
};
const deficient = multiply(
  filled(9, 3, (i, k) => ((i * 3 + k * 5) % 7) - 3),
  filled(3, 6, (k, j) => ((k * 2 + j * 5) % 9) - 4),
);
const hilbert = filled(8, 8, (i, j) => 1 / (i + j + 1));

const difference = (a: Matrix, b: Matrix) =>
  a.data.reduce(
    (most, x, i) => Math.max(most, Math.abs(x - b.data[i]!)),
    a.data.length === b.data.length ? 0 : Infinity,
  );
const identity = (n: number) => filled(n, n, (i, j) => Number(i === j));
const scaleColumns = ({ rows, columns, data }: Matrix, by: Float64Array) =>
  matrix(
    rows,
    columns,
    data.map((x, i) => x * by[i % columns]!),
  );

describe('singular value decomposition', () => {
  it.each<[string, Matrix]>([
    ['tall', mixed(12, 7)],
    ['wide', mixed(7, 12)],
    ['square', mixed(40, 40)],
    ['of rank 3', deficient],
    ['nearly singular', hilbert],
    ['of zeros', matrix(5, 3)],
    ['with a column of zeros', filled(6, 4, (i, j) => (j === 1 ? 0 : i + j * j))],
    ['of one element', filled(1, 1, () => -3)],
    ['of one row', mixed(1, 9)],
    ['with equal columns', filled(20, 10, (i) => i - 4)],
    ['with scales far apart', filled(9, 9, (i, j) => (i + 1 === j ? 1 : Number(i === j)) * 10 ** -i)],
    ['large', gaussian(150, 90)],
  ])('of a matrix %s is orthogonal, ordered and gives it back', (_, a) => {
    const { u, values, v } = svd(a);
    const k = Math.min(a.rows, a.columns);
    expect([u.rows, u.columns, v.rows, v.columns, values.length]).toEqual([a.rows, k, a.columns, k, k]);
    expect(difference(multiply(transpose(u), u), identity(k))).toBeLessThan(1e-12);
    expect(difference(multiply(transpose(v), v), identity(k))).toBeLessThan(1e-12);
    expect([...values].every((x, i) => x >= 0 && (i === 0 || x <= values[i - 1]!))).toBe(true);
    expect(difference(multiply(scaleColumns(u, values), transpose(v)), a)).toBeLessThan(
      1e-12 * (1 + values[0]!),
    );
  });

  // Made by numpy 2.4.6, np.linalg.svd.
  it.each<[string, Matrix, number[]]>([
    [
      'tall',
      mixed(12, 7),
      [
        2.6865331795768617, 2.4714254724231646, 2.1006919170499097, 1.9252741295002196, 1.5170396097273502,
        1.0276128938137163, 0.5057303314959495,
      ],
    ],
    [
      'wide',
      mixed(7, 12),
      [
        2.6137984356484676, 2.6019668135597014, 2.391523950598111, 2.1281913235555217, 1.8445080569332428,
        1.3841212413641817, 0.6668911006356528,
      ],
    ],
    [
      'square',
      mixed(40, 40),
      [
        6.426702236041338, 6.259370248025123, 5.975506999557069, 5.89216046818581, 5.483139635179559,
        5.411862189532371,
      ],
    ],
    ['of rank 3', deficient, [59.00958263896347, 41.250840649049955, 12.13413789776717, 0, 0, 0]],
    [
      'nearly singular',
      hilbert,
      [
        1.6959389969219496, 0.2981252113169307, 0.026212843578119035, 0.0014676881177418427,
        5.436943369749979e-5, 1.2943320918688685e-6, 1.798873745949071e-8, 1.1115389812040764e-10,
      ],
    ],
  ])('agrees with numpy on a matrix %s', (_, a, expected) => {
    const { values } = svd(a);
    expected.forEach((value, i) => {
      expect(Math.abs(values[i]! - value)).toBeLessThan(1e-13 * (1 + expected[0]!));
    });
  });

  it('gives the same bits again', () => {
    expect(svd(gaussian(40, 30))).toEqual(svd(gaussian(40, 30)));
  });

  it('takes a matrix of hundreds of rows in seconds', () => {
    const started = performance.now();
    svd(gaussian(192, 192));
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe('eigenvectors', () => {
  const a = mixed(10, 10);
  const symmetric = filled(10, 10, (i, j) => a.data[i * 10 + j]! + a.data[j * 10 + i]!);

  it.each<[string, Matrix]>([
    ['of one element', matrix(1, 1, [-2])],
    ['of two', matrix(2, 2, [0, 3, 3, 0])],
    ['of zeros', matrix(4, 4)],
    ['that is diagonal', filled(6, 6, (i, j) => (i === j ? (i * 5) % 7 : 0))],
    ['of rank 1', filled(12, 12, (i, j) => (i + 1) * (j + 1))],
    ['of rank 20 in 60', gram(gaussian(60, 20))],
    ['of repeated values', filled(9, 9, (i, j) => Number(i === j) - 2 / 9)],
    ['that is tridiagonal', filled(50, 50, (i, j) => (Math.abs(i - j) === 1 ? 1 : 0))],
    ['with scales far apart', filled(9, 9, (i, j) => 10 ** -(i + j) * (1 + Number(i === j)))],
    ['of 120 rows', gram(gaussian(120, 150))],
  ])('diagonalise a matrix %s', (_, m) => {
    const { values, vectors } = symmetricEigen(m);
    const size = 1 + m.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0) * m.rows;
    expect([...values]).toEqual([...values].sort((x, y) => y - x));
    expect(difference(multiply(transpose(vectors), vectors), identity(m.rows))).toBeLessThan(1e-12);
    expect(difference(multiply(scaleColumns(vectors, values), transpose(vectors)), m)).toBeLessThan(
      1e-13 * size,
    );
  });

  it('diagonalise a symmetric matrix', () => {
    const { values, vectors } = symmetricEigen(symmetric);
    expect(difference(multiply(transpose(vectors), vectors), identity(10))).toBeLessThan(1e-13);
    expect(difference(multiply(scaleColumns(vectors, values), transpose(vectors)), symmetric)).toBeLessThan(
      1e-12,
    );
  });

  // Made by numpy 2.4.6, np.linalg.eigvalsh.
  it('have the values that numpy finds', () => {
    const expected = [
      4.539758675349015, 3.596351290057952, 2.7962571316547833, 2.128443942879636, 1.168297137828473,
      0.45073843105338024, -1.135884168253771, -2.0567286518390997, -2.9270981642166887, -4.160135624513672,
    ];
    const { values } = symmetricEigen(symmetric);
    expected.forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 12);
    });
  });
});

it('equations are solved', () => {
  const a = multiply(transpose(gaussian(20, 6)), gaussian(20, 6));
  const x = gaussian(3, 6, 2);
  expect(difference(solveRight(multiply(x, a), a, 0), x)).toBeLessThan(1e-11);
  // Two equal unknowns: any split will do, a finite one is wanted.
  const ones = filled(2, 2, () => 1);
  const halves = solveRight(
    filled(1, 2, () => 2),
    ones,
  );
  expect(halves.data[0]! + halves.data[1]!).toBeCloseTo(2, 6);
});

it('the rank for an energy is the least that keeps it', () => {
  expect(rankAtEnergy([3, 2, 1], 9 / 14)).toBe(1);
  expect(rankAtEnergy([3, 2, 1], 0.65)).toBe(2);
  expect(rankAtEnergy([3, 2, 1], 1)).toBe(3);
  expect(rankAtEnergy([3, 2, 0, 0], 1)).toBe(2);
  expect(rankAtEnergy([0, 0], 0.5)).toBe(1);
});
