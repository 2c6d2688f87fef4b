/** Householder QR with column pivoting (Businger and Golub 1965). */

export interface PivotedQr {
  /** Orthonormal columns, as many as there are columns in the matrix. */
  readonly q: Float64Array[];
  /** Upper triangular, row by row. */
  readonly r: Float64Array[];
  /** Column j of Q·R is column `pivots[j]` of the matrix. */
  readonly pivots: number[];
}

/** @param given columns, no more than their length; they are not changed. */
export function pivotedQr(given: readonly Float64Array[]): PivotedQr {
  const columns = given.map((column) => column.slice());
  const n = columns.length;
  const m = columns[0]?.length ?? 0;
  const pivots = columns.map((_, j) => j);
  const r = columns.map(() => new Float64Array(n));
  const reflectors: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    let greatest = -1;
    let at = k;
    for (let j = k; j < n; j++) {
      const norm = tailSquared(columns[j]!, k);
      if (norm > greatest) {
        greatest = norm;
        at = j;
      }
    }
    [columns[k], columns[at]] = [columns[at]!, columns[k]!];
    [pivots[k], pivots[at]] = [pivots[at]!, pivots[k]!];
    for (let i = 0; i < k; i++) [r[i]![k], r[i]![at]] = [r[i]![at]!, r[i]![k]!];
    const column = columns[k]!;
    const norm = Math.sqrt(greatest);
    const head = column[k]!;
    const diagonal = head > 0 ? -norm : norm;
    const v = column.slice(k);
    v[0]! -= diagonal;
    const length = Math.sqrt(tailSquared(v, 0));
    for (let i = 0; i < v.length; i++) v[i] = length === 0 ? 0 : v[i]! / length;
    reflectors.push(v);
    r[k]![k] = diagonal;
    for (let j = k + 1; j < n; j++) {
      reflect(columns[j]!, v, k);
      r[k]![j] = columns[j]![k]!;
    }
  }
  const q = Array.from({ length: n }, (_, j) => {
    const unit = new Float64Array(m);
    unit[j] = 1;
    for (let k = n - 1; k >= 0; k--) reflect(unit, reflectors[k]!, k);
    return unit;
  });
  return { q, r, pivots };
}

/** x − 2 v (v · x), v lying from `from` on. */
function reflect(x: Float64Array, v: Float64Array, from: number): void {
  let dot = 0;
  for (let i = 0; i < v.length; i++) dot += v[i]! * x[from + i]!;
  if (dot === 0) return;
  for (let i = 0; i < v.length; i++) x[from + i]! -= 2 * dot * v[i]!;
}

function tailSquared(x: Float64Array, from: number): number {
  let sum = 0;
  for (let i = from; i < x.length; i++) sum += x[i]! * x[i]!;
  return sum;
}
