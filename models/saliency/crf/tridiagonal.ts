/** All eigenvalues and eigenvectors of a symmetric tridiagonal matrix: the implicit QL method with Wilkinson's shift. */
import { PocketlensError } from '../../base/errors.js';

const MOST_SWEEPS = 60;

export interface TridiagonalEigen {
  /** In no order. */
  readonly values: Float64Array;
  /** Of unit length, in the order of the values. */
  readonly vectors: readonly Float64Array[];
}

/** @param offDiagonal one element fewer than the diagonal. @throws internal where it does not converge */
export function tridiagonalEigen(
  diagonal: readonly number[],
  offDiagonal: readonly number[],
): TridiagonalEigen {
  const n = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = Float64Array.from({ length: n }, (_, i) => offDiagonal[i] ?? 0);
  const vectors = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    return unit;
  });
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; ; sweep++) {
      const last = endOfBlock(d, e, first);
      if (last === first) break;
      if (sweep === MOST_SWEEPS)
        throw new PocketlensError('internal', 'Expected the eigenvalues to converge but they do not.');
      qlSweep(d, e, vectors, first, last);
    }
  }
  return { values: d, vectors };
}

/** The first row from `first` on whose element beside the diagonal is negligible. */
function endOfBlock(d: Float64Array, e: Float64Array, first: number): number {
  let last = first;
  for (; last < d.length - 1; last++) {
    const near = Math.abs(d[last]!) + Math.abs(d[last + 1]!);
    if (Math.abs(e[last]!) <= Number.EPSILON * near) break;
  }
  return last;
}

/** One shifted QL step on rows `first` to `last`: plane rotations chase the bulge from the last row to the first. */
function qlSweep(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array[],
  first: number,
  last: number,
): void {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!);
  const root = Math.hypot(half, 1);
  let rest = d[last]! - d[first]! + e[first]! / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = last - 1; i >= first; i--) {
    const bulge = sine * e[i]!;
    const beside = cosine * e[i]!;
    const length = Math.hypot(bulge, rest);
    e[i + 1] = length;
    if (length === 0) {
      // The block fell apart by itself.
      d[i + 1]! -= shift;
      e[last] = 0;
      return;
    }
    sine = bulge / length;
    cosine = rest / length;
    const moved = d[i + 1]! - shift;
    const turn = (d[i]! - moved) * sine + 2 * cosine * beside;
    shift = sine * turn;
    d[i + 1] = moved + shift;
    rest = cosine * turn - beside;
    const a = vectors[i]!;
    const b = vectors[i + 1]!;
    for (let k = 0; k < a.length; k++) {
      const upper = b[k]!;
      b[k] = sine * a[k]! + cosine * upper;
      a[k] = cosine * a[k]! - sine * upper;
    }
  }
  d[first]! -= shift;
  e[first] = rest;
  e[last] = 0;
}
