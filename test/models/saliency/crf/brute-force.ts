/** The definitions, written down plainly: every pixel against every other, in double precision. */

/** Symmetrically normalised Gaussian kernel of scaled features as a dense matrix. @param features [points, dimensions] */
export function denseKernel(features: ArrayLike<number>, dimensions: number): Float64Array {
  const n = features.length / dimensions;
  const kernel = new Float64Array(n * n);
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let square = 0;
      for (let k = 0; k < dimensions; k++)
        square += (features[i * dimensions + k]! - features[j * dimensions + k]!) ** 2;
      kernel[i * n + j] = Math.exp(-0.5 * square);
      sums[i]! += kernel[i * n + j]!;
    }
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) kernel[i * n + j]! /= Math.sqrt(sums[i]! * sums[j]!);
  return kernel;
}

export function multiply(matrix: Float64Array, vector: ArrayLike<number>): Float64Array {
  const n = vector.length;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
    return sum;
  });
}

export interface DenseTerm {
  readonly weight: number;
  readonly kernel: Float64Array;
}

/** Mean field of two labels as the paper states it: both labels kept, Potts compatibility, energies and their softmax. */
export function bruteForceMeanField(
  unary: readonly [Float64Array, Float64Array],
  terms: readonly DenseTerm[],
  iterations: number,
): Float64Array {
  const n = unary[0].length;
  let q = softmax(unary[0], unary[1]);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const energies = [Float64Array.from(unary[0]), Float64Array.from(unary[1])] as const;
    for (const { weight, kernel } of terms) {
      for (const label of [0, 1] as const) {
        const other = multiply(kernel, q[1 - label]!);
        for (let i = 0; i < n; i++) energies[label][i]! += weight * other[i]!;
      }
    }
    q = softmax(energies[0], energies[1]);
  }
  return q[1];
}

function softmax(a: Float64Array, b: Float64Array): readonly [Float64Array, Float64Array] {
  const first = a.map((energy, i) => 1 / (1 + Math.exp(energy - b[i]!)));
  return [first, first.map((p) => 1 - p)];
}

/** [height * width, 2]: x, y over a standard deviation in pixels. */
export function positions(width: number, height: number, deviation: number): Float32Array {
  return Float32Array.from({ length: 2 * width * height }, (_, i) => {
    const pixel = i >> 1;
    return (i % 2 === 0 ? pixel % width : Math.floor(pixel / width)) / deviation;
  });
}
