/**
 * A k×k convolution as 1×1 to r channels, k×1 and 1×k of each channel by itself, 1×1 to all: the canonical polyadic decomposition
 * (Lebedev et al. 2015, "Speeding-up convolutional neural networks using fine-tuned CP-decomposition"), by alternating
 * least squares. It starts from the decomposition of the weight in the principal axes of its rows and columns, which is exact
 * at the full rank, so no seed is needed and no rank does worse than that start.
 */
import { symmetricEigen } from '../../linear-algebra/eigen.js';
import { gram, type Matrix, matrix, multiply, squaredNorm, transpose } from '../../linear-algebra/matrix.js';
import { solveRight } from '../../linear-algebra/solve.js';
import { svd } from '../../linear-algebra/svd.js';
import type { Decomposition, Kernel, LayerOutline } from './decomposition.js';

const MOST_ITERATIONS = 200;
/** Relative error; what a further iteration must bring. */
const LEAST_GAIN = 1e-5;
/** Relative error that float32 weights can't better. */
const EXACT = 1e-7;

/** Factors of the four modes, [size, r] each: W[a, b, i, o] = Σ_r rows[a, r] · columns[b, r] · inputs[i, r] · outputs[o, r]. */
interface Factors {
  readonly rows: Matrix;
  readonly columns: Matrix;
  readonly inputs: Matrix;
  readonly outputs: Matrix;
}

export function cpDecomposition({ shape, data }: Kernel): Decomposition {
  const [kh, kw, cin, cout] = shape;
  const weight = Float64Array.from(data);
  const full = kh * kw * Math.min(cin, cout);
  const terms = principalTerms(shape, weight);
  const done = new Map<number, { factors: Factors; error: number }>();
  const solve = (r: number) => {
    const found = done.get(r) ?? alternate(shape, weight, start(shape, terms, r));
    done.set(r, found);
    return found;
  };
  const outline = ([r = 1]: readonly number[]): LayerOutline[] => [
    { name: 'reduce', shape: [1, 1, cin, r], groups: 1, moves: 'none' },
    ...(kh > 1
      ? [{ name: 'vertical', shape: [kh, 1, 1, r], groups: r, moves: kw > 1 ? 'vertical' : 'both' } as const]
      : []),
    ...(kw > 1
      ? [
          {
            name: 'horizontal',
            shape: [1, kw, 1, r],
            groups: r,
            moves: kh > 1 ? 'horizontal' : 'both',
          } as const,
        ]
      : []),
    { name: 'expand', shape: [1, 1, r, cout], groups: 1, moves: 'none' },
  ];
  return {
    fullRanks: [full],
    ranksAtEnergy(energy) {
      // The error falls with the rank: bisection.
      let [low, high] = [1, full];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (1 - solve(middle).error ** 2 >= energy) high = middle;
        else low = middle + 1;
      }
      return [low];
    },
    outline,
    factorize([r = 1]) {
      const { factors, error } = solve(r);
      const { rows, columns, inputs, outputs } = balanced(factors, kh > 1, kw > 1);
      const values: Record<string, Matrix> = {
        reduce: inputs,
        vertical: rows,
        horizontal: columns,
        expand: transpose(outputs),
      };
      const layers = outline([r]).map((layer) => ({
        ...layer,
        data: Float32Array.from(values[layer.name]!.data),
      }));
      return { ranks: [r], layers, error };
    },
  };
}

interface Term {
  readonly row: Float64Array;
  readonly column: Float64Array;
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly value: number;
}

/** W as a sum of rank-one terms, the greatest first: an SVD for each pair of principal axes of rows and columns. */
function principalTerms([kh, kw, cin, cout]: Kernel['shape'], weight: Float64Array): Term[] {
  const size = cin * cout;
  const tap = (a: number, b: number) => weight.subarray((a * kw + b) * size, (a * kw + b + 1) * size);
  const axes = (count: number, other: number, at: (k: number, l: number) => Float64Array) => {
    const products = new Float64Array(count * count);
    for (let k = 0; k < count; k++)
      for (let l = 0; l < count; l++)
        for (let m = 0; m < other; m++) products[k * count + l]! += inner(at(k, m), at(l, m));
    return symmetricEigen(matrix(count, count, products)).vectors;
  };
  const vertical = axes(kh, kw, tap);
  const horizontal = axes(kw, kh, (k, m) => tap(m, k));
  const column = ({ rows, columns, data }: Matrix, k: number) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * columns + k]!);
  const terms: Term[] = [];
  for (let p = 0; p < kh; p++) {
    for (let q = 0; q < kw; q++) {
      const [row, col] = [column(vertical, p), column(horizontal, q)];
      const core = new Float64Array(size);
      for (let a = 0; a < kh; a++)
        for (let b = 0; b < kw; b++) {
          const factor = row[a]! * col[b]!;
          const values = tap(a, b);
          for (let i = 0; i < size; i++) core[i]! += factor * values[i]!;
        }
      const { u, values, v } = svd(matrix(cin, cout, core));
      values.forEach((value, k) => {
        terms.push({ row, column: col, input: column(u, k), output: column(v, k), value });
      });
    }
  }
  return terms.sort((x, y) => y.value - x.value);
}

function start([kh, kw, cin, cout]: Kernel['shape'], terms: readonly Term[], r: number): Factors {
  const factor = (size: number, of: (term: Term) => Float64Array, scaled = false) => {
    const data = new Float64Array(size * r);
    terms.slice(0, r).forEach((term, k) => {
      of(term).forEach((x, i) => {
        data[i * r + k] = scaled ? x * term.value : x;
      });
    });
    return matrix(size, r, data);
  };
  return {
    rows: factor(kh, (t) => t.row),
    columns: factor(kw, (t) => t.column),
    inputs: factor(cin, (t) => t.input),
    outputs: factor(cout, (t) => t.output, true),
  };
}

/** Least squares for one factor after the other; the best of all iterations is given back. */
function alternate(
  shape: Kernel['shape'],
  weight: Float64Array,
  first: Factors,
): { factors: Factors; error: number } {
  const total = squaredNorm(weight);
  if (total === 0) return { factors: first, error: 0 };
  const [kh, kw, cin, cout] = shape;
  let factors = first;
  let best = { factors, error: errorOf(shape, weight, factors, total) };
  for (let iteration = 0; iteration < MOST_ITERATIONS && best.error > EXACT; iteration++) {
    const r = factors.inputs.columns;
    // W · outputs, [kh · kw · cin, r]: what three of the four updates are made of.
    const byOutput = multiply(matrix(kh * kw * cin, cout, weight), factors.outputs);
    const contract = (target: 'rows' | 'columns' | 'inputs') => {
      const { rows, columns, inputs } = factors;
      const size = { rows: kh, columns: kw, inputs: cin }[target];
      const out = new Float64Array(size * r);
      for (let a = 0; a < kh; a++)
        for (let b = 0; b < kw; b++)
          for (let i = 0; i < cin; i++) {
            const from = ((a * kw + b) * cin + i) * r;
            const to = { rows: a, columns: b, inputs: i }[target] * r;
            for (let k = 0; k < r; k++) {
              const x = target === 'rows' ? 1 : rows.data[a * r + k]!;
              const y = target === 'columns' ? 1 : columns.data[b * r + k]!;
              const z = target === 'inputs' ? 1 : inputs.data[i * r + k]!;
              out[to + k]! += byOutput.data[from + k]! * x * y * z;
            }
          }
      return matrix(size, r, out);
    };
    for (const target of ['rows', 'columns', 'inputs'] as const)
      factors = { ...factors, [target]: solveRight(contract(target), others(factors, target)) };
    const weighted = khatriRao(factors, [kh, kw, cin]);
    const byInput = multiply(transpose(matrix(kh * kw * cin, cout, weight)), weighted);
    factors = { ...factors, outputs: solveRight(byInput, others(factors, 'outputs')) };
    const error = errorOf(shape, weight, factors, total);
    if (!Number.isFinite(error)) break;
    const gain = best.error - error;
    if (gain > 0) best = { factors, error };
    if (gain < LEAST_GAIN * best.error) break;
  }
  return best;
}

/** Element-wise product of the Gram matrices of all factors but one. */
function others(factors: Factors, but: keyof Factors): Matrix {
  const r = factors.inputs.columns;
  const product = new Float64Array(r * r).fill(1);
  for (const name of ['rows', 'columns', 'inputs', 'outputs'] as const) {
    if (name === but) continue;
    const { data } = gram(transpose(factors[name]));
    for (let i = 0; i < product.length; i++) product[i]! *= data[i]!;
  }
  return matrix(r, r, product);
}

/** [kh · kw · cin, r]: the products of the rows of three factors. */
function khatriRao(
  { rows, columns, inputs }: Factors,
  [kh, kw, cin]: readonly [number, number, number],
): Matrix {
  const r = inputs.columns;
  const out = new Float64Array(kh * kw * cin * r);
  for (let a = 0, at = 0; a < kh; a++)
    for (let b = 0; b < kw; b++)
      for (let i = 0; i < cin; i++)
        for (let k = 0; k < r; k++, at++)
          out[at] = rows.data[a * r + k]! * columns.data[b * r + k]! * inputs.data[i * r + k]!;
  return matrix(kh * kw * cin, r, out);
}

function errorOf(
  [kh, kw, cin]: Kernel['shape'],
  weight: Float64Array,
  factors: Factors,
  total: number,
): number {
  const approximation = multiply(khatriRao(factors, [kh, kw, cin]), transpose(factors.outputs)).data;
  let sum = 0;
  for (let i = 0; i < weight.length; i++) sum += (weight[i]! - approximation[i]!) ** 2;
  return Math.sqrt(sum / total);
}

/** The same product with columns of equal norm in every factor that becomes a layer; the others are folded into `inputs`. */
function balanced(factors: Factors, hasRows: boolean, hasColumns: boolean): Factors {
  const names = ['rows', 'columns', 'inputs', 'outputs'] as const;
  const isLayer = { rows: hasRows, columns: hasColumns, inputs: true, outputs: true };
  const r = factors.inputs.columns;
  const out = Object.fromEntries(
    names.map((name) => [name, { ...factors[name], data: factors[name].data.slice() }]),
  );
  const scale = (name: string, k: number, by: number) => {
    const { rows, data } = out[name]!;
    for (let i = 0; i < rows; i++) data[i * r + k]! *= by;
  };
  for (let k = 0; k < r; k++) {
    // A factor that is no layer has one row: a number, sign and all.
    for (const name of names) {
      if (isLayer[name]) continue;
      scale('inputs', k, out[name]!.data[k]!);
      out[name]!.data[k] = 1;
    }
    const layers = names.filter((name) => isLayer[name]);
    const norms = layers.map((name) => {
      let sum = 0;
      for (let i = 0; i < out[name]!.rows; i++) sum += out[name]!.data[i * r + k]! ** 2;
      return Math.sqrt(sum);
    });
    const mean = norms.reduce((product, norm) => product * norm, 1) ** (1 / layers.length);
    layers.forEach((name, j) => {
      if (norms[j]! > 0) scale(name, k, mean / norms[j]!);
    });
  }
  return out as unknown as Factors;
}

function inner(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}
