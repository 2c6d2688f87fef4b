/**
 * Eigenvectors of a symmetric matrix: Householder reflections to tridiagonal form, then implicit QR steps with Wilkinson's shift
 * (Golub and Van Loan, Matrix Computations, 8.3).
 */
import { type Matrix, matrix } from './matrix.js';

export interface Eigen {
  /** Descending. */
  readonly values: Float64Array;
  /** Column k belongs to value k; orthonormal. */
  readonly vectors: Matrix;
}

const EPSILON = 2 ** -52;
/** Steps an eigenvalue; two or three are usual. */
const MOST_STEPS = 60;

export function symmetricEigen(a: Matrix): Eigen {
  const n = a.rows;
  const { diagonal, beside, rows } = tridiagonal(a);
  diagonalize(diagonal, beside, rows);
  const order = rows.map((_, i) => i).sort((i, j) => diagonal[j]! - diagonal[i]! || i - j);
  const out = new Float64Array(n * n);
  order.forEach((i, k) => {
    rows[i]!.forEach((x, row) => {
      out[row * n + k] = x;
    });
  });
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors: matrix(n, n, out) };
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Element k stands between k and k + 1. */
  readonly beside: Float64Array;
  /** The columns of Q, where A = Q · T · Qᵀ. */
  readonly rows: Float64Array[];
}

function tridiagonal(a: Matrix): Tridiagonal {
  const n = a.rows;
  const m = Array.from({ length: n }, (_, i) => a.data.slice(i * n, (i + 1) * n));
  const beside = new Float64Array(Math.max(0, n - 1));
  const reflectors: Float64Array[] = [];
  for (let k = 0; k + 1 < n; k++) {
    const v = new Float64Array(n);
    let norm = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = m[i]![k]!;
      norm += v[i]! ** 2;
    }
    norm = Math.sqrt(norm);
    beside[k] = v[k + 1]! > 0 ? -norm : norm;
    v[k + 1]! -= beside[k]!;
    const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    if (length > 0) for (let i = k + 1; i < n; i++) v[i]! /= length;
    reflectors.push(v);
    if (length === 0) continue;
    // H · M · H = M − 2 v wᵀ − 2 w vᵀ with w = M v − (vᵀ M v) v.
    const w = new Float64Array(n);
    let both = 0;
    for (let i = k + 1; i < n; i++) {
      const row = m[i]!;
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += row[j]! * v[j]!;
      w[i] = sum;
      both += sum * v[i]!;
    }
    for (let i = k + 1; i < n; i++) w[i]! -= both * v[i]!;
    for (let i = k + 1; i < n; i++) {
      const row = m[i]!;
      const [x, y] = [2 * v[i]!, 2 * w[i]!];
      for (let j = k + 1; j < n; j++) row[j]! -= x * w[j]! + y * v[j]!;
    }
  }
  const rows = Array.from({ length: n }, (_, j) => {
    const unit = new Float64Array(n);
    unit[j] = 1;
    for (let k = n - 2; k >= 0; k--) {
      const v = reflectors[k]!;
      let dot = 0;
      for (let i = k + 1; i < n; i++) dot += v[i]! * unit[i]!;
      if (dot !== 0) for (let i = k + 1; i < n; i++) unit[i]! -= 2 * dot * v[i]!;
    }
    return unit;
  });
  return { diagonal: Float64Array.from(m, (row, i) => row[i]!), beside, rows };
}

/** Makes `beside` zero by rotations, which `rows` takes part in. */
function diagonalize(d: Float64Array, e: Float64Array, rows: Float64Array[]): void {
  const n = d.length;
  let scale = 0;
  for (const x of [...d, ...e]) scale = Math.max(scale, Math.abs(x));
  const settle = (k: number) => {
    if (Math.abs(e[k]!) <= EPSILON * (Math.abs(d[k]!) + Math.abs(d[k + 1]!)) + 1e-3 * EPSILON * scale)
      e[k] = 0;
    return e[k] === 0;
  };
  let high = n - 1;
  for (let steps = 0; high > 0 && steps < MOST_STEPS * n; steps++) {
    if (settle(high - 1)) {
      high -= 1;
      continue;
    }
    let low = high - 1;
    while (low > 0 && !settle(low - 1)) low -= 1;
    step(d, e, rows, low, high);
  }
}

/** One implicit QR step on the block from `low` to `high`. */
function step(d: Float64Array, e: Float64Array, rows: Float64Array[], low: number, high: number): void {
  const half = (d[high - 1]! - d[high]!) / 2;
  const last = e[high - 1]!;
  const shift = d[high]! - last ** 2 / (half + Math.sign(half || 1) * Math.sqrt(half ** 2 + last ** 2));
  let x = d[low]! - shift;
  let z = e[low]!;
  for (let k = low; k < high; k++) {
    const r = Math.sqrt(x * x + z * z);
    const [c, s] = r > 0 ? [x / r, -z / r] : [1, 0];
    if (k > low) e[k - 1] = r;
    const [a, b, g] = [d[k]!, e[k]!, d[k + 1]!];
    d[k] = c * c * a - 2 * c * s * b + s * s * g;
    d[k + 1] = s * s * a + 2 * c * s * b + c * c * g;
    e[k] = c * s * (a - g) + (c * c - s * s) * b;
    if (k + 1 < high) {
      x = e[k]!;
      z = -s * e[k + 1]!;
      e[k + 1]! *= c;
    }
    turn(rows[k]!, rows[k + 1]!, c, s);
  }
}

function turn(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let k = 0; k < x.length; k++) {
    const a = x[k]!;
    const b = y[k]!;
    x[k] = c * a - s * b;
    y[k] = s * a + c * b;
  }
}
