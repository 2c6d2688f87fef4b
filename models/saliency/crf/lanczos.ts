/**
 * The largest eigenvalues and their eigenvectors of a large symmetric matrix that is known by what it does to a vector:
 * Lanczos's method with full reorthogonalisation (Golub and Van Loan, "Matrix Computations", 4th edition, 10.3).
 */
import { Random } from '../../base/random.js';
import { tridiagonalEigen } from './tridiagonal.js';

export interface EigenPairs {
  /** Largest first. */
  readonly values: Float64Array;
  /** Of unit length and orthogonal, in the order of the values. */
  readonly vectors: readonly Float64Array[];
  /** The largest |A v - λ v| of them, by the estimate that the method gives for nothing. */
  readonly residual: number;
}

export interface LanczosOptions {
  /** How many pairs are wanted; fewer come where the matrix is smaller than that. */
  readonly count: number;
  /** Residual at which a pair is good, for eigenvalues of about 1. */
  readonly tolerance: number;
  /** Multiplications at most, whether the tolerance is reached or not. */
  readonly mostSteps: number;
  /** Known orthonormal eigenvectors to leave out. */
  readonly without?: readonly Float64Array[];
}

/** Multiplications between two looks at what has converged. */
const LOOK_EVERY = 10;
/** Below this the Krylov space is exhausted: go on with a new direction. */
const EXHAUSTED = 1e-10;

/** @param multiply writes A x to `out`, which holds anything before. @param size rows of the matrix */
export function lanczos(
  multiply: (x: Float64Array, out: Float64Array) => void,
  size: number,
  { count, tolerance, mostSteps, without = [] }: LanczosOptions,
): EigenPairs {
  const random = new Random(0, 'lanczos', size);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  const steps = Math.min(mostSteps, size - without.length);
  let next = newDirection(size, random, without, basis);
  for (let step = 0; ; step++) {
    if (step === steps || (step >= count && step % LOOK_EVERY === 0)) {
      const pairs = ritzPairs(diagonal, offDiagonal, Math.min(count, step));
      if (step === steps || pairs.residual <= tolerance)
        return { ...pairs, vectors: pairs.vectors.map((vector) => combine(basis, vector, size)) };
    }
    basis.push(next);
    const product = new Float64Array(size);
    multiply(next, product);
    const ratio = dot(next, product);
    diagonal.push(ratio);
    // The recurrence takes out all but rounding errors; these, left alone, would bring found vectors back.
    subtract(product, next, ratio);
    if (step > 0) subtract(product, basis[step - 1]!, offDiagonal[step - 1]!);
    orthogonalise(product, without);
    orthogonalise(product, basis);
    const length = Math.sqrt(dot(product, product));
    if (length > EXHAUSTED) {
      offDiagonal.push(length);
      next = scale(product, 1 / length);
    } else {
      offDiagonal.push(0);
      if (step + 1 < steps) next = newDirection(size, random, without, basis);
    }
  }
}

/** The largest eigenpairs of the projected matrix, and the residual that they have in the full one. */
function ritzPairs(diagonal: readonly number[], offDiagonal: readonly number[], count: number): EigenPairs {
  const n = diagonal.length;
  const { values, vectors } = tridiagonalEigen(diagonal, offDiagonal.slice(0, n - 1));
  const order = Array.from(values.keys())
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, count);
  const last = offDiagonal[n - 1] ?? 0;
  return {
    values: Float64Array.from(order, (i) => values[i]!),
    vectors: order.map((i) => vectors[i]!),
    residual: order.reduce((worst, i) => Math.max(worst, Math.abs(last * vectors[i]![n - 1]!)), 0),
  };
}

function newDirection(
  size: number,
  random: Random,
  without: readonly Float64Array[],
  basis: readonly Float64Array[],
): Float64Array {
  const vector = Float64Array.from({ length: size }, () => random.normal());
  // Twice is enough: what the first pass leaves by rounding, the second removes.
  for (let pass = 0; pass < 2; pass++) {
    orthogonalise(vector, without);
    orthogonalise(vector, basis);
  }
  return scale(vector, 1 / Math.sqrt(dot(vector, vector)));
}

function orthogonalise(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (const other of basis) subtract(vector, other, dot(other, vector));
}

function subtract(vector: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < vector.length; i++) vector[i]! -= factor * other[i]!;
}

function combine(basis: readonly Float64Array[], coefficients: Float64Array, size: number): Float64Array {
  const sum = new Float64Array(size);
  for (let k = 0; k < coefficients.length; k++) subtract(sum, basis[k]!, -coefficients[k]!);
  return sum;
}

function scale(vector: Float64Array, factor: number): Float64Array {
  for (let i = 0; i < vector.length; i++) vector[i]! *= factor;
  return vector;
}

/** Four sums side by side: each would wait for its own last addition. */
function dot(a: Float64Array, b: Float64Array): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    first += a[i]! * b[i]!;
    second += a[i + 1]! * b[i + 1]!;
    third += a[i + 2]! * b[i + 2]!;
    fourth += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) first += a[i]! * b[i]!;
  return first + second + (third + fourth);
}
