/** Linear equations with a symmetric positive definite matrix (Cholesky). */
import type { Matrix } from './matrix.js';

/**
 * X with X · a = b.
 * @param ridge added to the diagonal as a share of its mean, so that a singular matrix gives the smallest solution.
 */
export function solveRight(b: Matrix, a: Matrix, ridge = 1e-10): Matrix {
  const n = a.rows;
  const factor = cholesky(a, ridge);
  const data = b.data.slice();
  for (let row = 0; row < b.rows; row++) {
    const x = data.subarray(row * n, (row + 1) * n);
    for (let i = 0; i < n; i++) {
      let sum = x[i]!;
      for (let k = 0; k < i; k++) sum -= factor[i * n + k]! * x[k]!;
      x[i] = sum / factor[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i]!;
      for (let k = i + 1; k < n; k++) sum -= factor[k * n + i]! * x[k]!;
      x[i] = sum / factor[i * n + i]!;
    }
  }
  return { rows: b.rows, columns: n, data };
}

/** Lower triangular L with L · Lᵀ = a + ridge. */
function cholesky({ rows: n, data }: Matrix, ridge: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += data[i * n + i]!;
  const add = (ridge * trace) / n || Number.MIN_VALUE ** 0.5;
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = data[i * n + j]! + (i === j ? add : 0);
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? Math.sqrt(Math.max(sum, add)) : sum / l[j * n + j]!;
    }
  }
  return l;
}
