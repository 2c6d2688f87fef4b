/** Dense matrices of doubles, row by row. */

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly data: Float64Array;
}

export function matrix(rows: number, columns: number, data?: ArrayLike<number>): Matrix {
  const own = data ? Float64Array.from(data) : new Float64Array(rows * columns);
  if (own.length !== rows * columns)
    throw new Error(`Expected ${rows * columns} elements, not ${own.length}.`);
  return { rows, columns, data: own };
}

export function transpose({ rows, columns, data }: Matrix): Matrix {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return { rows: columns, columns: rows, data: out };
}

/** a · b */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) throw new Error(`Expected ${a.columns} rows, not ${b.rows}.`);
  const out = new Float64Array(a.rows * b.columns);
  const n = b.columns;
  for (let i = 0; i < a.rows; i++) {
    const row = out.subarray(i * n, (i + 1) * n);
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k]!;
      if (factor === 0) continue;
      const offset = k * n;
      for (let j = 0; j < n; j++) row[j]! += factor * b.data[offset + j]!;
    }
  }
  return { rows: a.rows, columns: n, data: out };
}

/** a · aᵀ */
export function gram(a: Matrix): Matrix {
  const { rows, columns, data } = a;
  const out = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = i; j < rows; j++) {
      let sum = 0;
      for (let k = 0, p = i * columns, q = j * columns; k < columns; k++) sum += data[p + k]! * data[q + k]!;
      out[i * rows + j] = sum;
      out[j * rows + i] = sum;
    }
  }
  return { rows, columns: rows, data: out };
}

export function firstColumns({ rows, columns, data }: Matrix, count: number): Matrix {
  const out = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) out.set(data.subarray(i * columns, i * columns + count), i * count);
  return { rows, columns: count, data: out };
}

export function squaredNorm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return sum;
}
