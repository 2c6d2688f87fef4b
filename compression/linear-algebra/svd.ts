/**
 * Singular value decomposition: one-sided Jacobi rotations (Hestenes 1958) on the triangular factor of a pivoted QR
 * decomposition, which they bring to convergence in few sweeps (Drmač and Veselić 2008). Small singular values come out as
 * exact as large ones, and the same input gives the same bits.
 */
import { type Matrix, matrix, transpose } from './matrix.js';
import { pivotedQr } from './qr.js';

export interface Svd {
  /** rows × k, k = min(rows, columns); orthonormal columns. */
  readonly u: Matrix;
  /** k values, descending. */
  readonly values: Float64Array;
  /** columns × k, orthonormal columns: the matrix is u · diag(values) · vᵀ. */
  readonly v: Matrix;
}

const MOST_SWEEPS = 40;
/** Columns whose cosine is below this count as orthogonal. */
const ORTHOGONAL = 1e-14;

export function svd(a: Matrix): Svd {
  if (a.rows < a.columns) {
    const { u, values, v } = svd(transpose(a));
    return { u: v, values, v: u };
  }
  const { q, r, pivots } = pivotedQr(columnsOf(a));
  // The columns of Rᵀ: rotations J make them orthogonal, Rᵀ · J = W · Σ, hence A · P = (Q · J) · Σ · Wᵀ.
  const rotations = orthogonalize(r);
  const norms = r.map((column) => Math.sqrt(dot(column, column)));
  const order = norms.map((_, j) => j).sort((i, j) => norms[j]! - norms[i]! || i - j);
  const values = Float64Array.from(order, (j) => norms[j]!);
  const w = completed(
    order.map((j) => r[j]!.map((x) => (norms[j]! > 0 ? x / norms[j]! : 0))),
    norms.filter((norm) => norm > 0).length,
  );
  const v = new Float64Array(a.columns * order.length);
  w.forEach((column, k) => {
    column.forEach((x, i) => {
      v[pivots[i]! * order.length + k] = x;
    });
  });
  const u = new Float64Array(a.rows * order.length);
  order.forEach((j, k) => {
    const left = new Float64Array(a.rows);
    rotations[j]!.forEach((factor, i) => {
      const column = q[i]!;
      for (let row = 0; row < left.length; row++) left[row]! += factor * column[row]!;
    });
    for (let row = 0; row < left.length; row++) u[row * order.length + k] = left[row]!;
  });
  const k = order.length;
  return { u: matrix(a.rows, k, u), values, v: matrix(a.columns, k, v) };
}

/** Share of the squared norm that the first r values carry, for r = 0 … k; all 1 for a matrix of zeros. */
export function energies(values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]! ** 2;
  const total = sums[values.length]!;
  return sums.map((sum) => (total > 0 ? sum / total : 1));
}

/** Least rank that keeps the share `energy` of the squared norm; at least 1. */
export function rankAtEnergy(values: ArrayLike<number>, energy: number): number {
  const shares = energies(values);
  const rank = shares.findIndex((share, r) => r > 0 && share >= energy);
  return rank < 0 ? values.length : rank;
}

function columnsOf({ rows, columns, data }: Matrix): Float64Array[] {
  return Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (__, i) => data[i * columns + j]!),
  );
}

/** Rotates the columns, in place, until they are orthogonal. @returns the columns of all rotations' product. */
function orthogonalize(columns: Float64Array[]): Float64Array[] {
  const n = columns.length;
  const product = columns.map((_, j) => Float64Array.from({ length: n }, (__, i) => (i === j ? 1 : 0)));
  const squares = new Float64Array(n);
  let tiny = 0;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    columns.forEach((column, j) => {
      squares[j] = dot(column, column);
    });
    // Columns that are rounding errors of the others would turn for ever.
    tiny = Math.max(...squares) * 1e-32;
    let rotated = 0;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const [pp, qq] = [squares[p]!, squares[q]!];
        if (pp <= tiny && qq <= tiny) continue;
        const pq = dot(columns[p]!, columns[q]!);
        if (Math.abs(pq) <= ORTHOGONAL * Math.sqrt(pp * qq) || pq === 0) continue;
        rotated += 1;
        const zeta = (qq - pp) / (2 * pq);
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        rotate(columns[p]!, columns[q]!, c, c * t);
        rotate(product[p]!, product[q]!, c, c * t);
        squares[p] = Math.max(0, pp - t * pq);
        squares[q] = qq + t * pq;
      }
    }
    if (rotated === 0) break;
  }
  for (const column of columns) if (dot(column, column) <= tiny) column.fill(0);
  return product;
}

function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const a = x[i]!;
    const b = y[i]!;
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

/** Unit columns after the first `count`, orthogonal to all before (Gram–Schmidt, twice). */
function completed(columns: Float64Array[], count: number): Float64Array[] {
  const out = columns.slice(0, count);
  const size = columns[0]?.length ?? 0;
  for (let e = 0; out.length < columns.length && e < size; e++) {
    const unit = new Float64Array(size);
    unit[e] = 1;
    for (let pass = 0; pass < 2; pass++) {
      for (const other of out) {
        const along = dot(other, unit);
        for (let i = 0; i < size; i++) unit[i]! -= along * other[i]!;
      }
    }
    const norm = Math.sqrt(dot(unit, unit));
    if (norm > 1e-3 / Math.sqrt(size)) out.push(unit.map((x) => x / norm));
  }
  return out;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}
