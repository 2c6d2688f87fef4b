/**
 * A k×k convolution as 1×1 to r₁ channels, k×k to r₂, 1×1 to all: Tucker-2 over the input and output channels, by higher-order
 * SVD and orthogonal iteration (Kim et al. 2016, "Compression of deep convolutional neural networks for fast and low
 * power mobile applications").
 */
import { symmetricEigen } from '../../linear-algebra/eigen.js';
import {
  firstColumns,
  gram,
  type Matrix,
  matrix,
  multiply,
  squaredNorm,
  transpose,
} from '../../linear-algebra/matrix.js';
import { rankAtEnergy } from '../../linear-algebra/svd.js';
import { type Decomposition, type Kernel, lost } from './decomposition.js';

const MOST_ITERATIONS = 12;
/** Share of the squared norm; what a further iteration must bring. */
const LEAST_GAIN = 1e-6;

export function tuckerDecomposition({ shape, data }: Kernel): Decomposition {
  const [kh, kw, cin, cout] = shape;
  const taps = kh * kw;
  const total = squaredNorm(data);
  // One matrix [cin, cout] a tap.
  const slices = Array.from({ length: taps }, (_, t) =>
    matrix(cin, cout, data.subarray(t * cin * cout, (t + 1) * cin * cout)),
  );
  const inputs = symmetricEigen(sumOf(slices.map(gram)));
  const outputs = symmetricEigen(sumOf(slices.map((slice) => gram(transpose(slice)))));
  const spectrum = (eigenvalues: Float64Array) => eigenvalues.map((x) => Math.sqrt(Math.max(0, x)));
  return {
    fullRanks: [Math.min(cin, taps * cout), Math.min(cout, taps * cin)],
    ranksAtEnergy: (energy) => [
      rankAtEnergy(spectrum(inputs.values), energy),
      rankAtEnergy(spectrum(outputs.values), energy),
    ],
    outline: ([r1 = 1, r2 = 1]) => [
      { name: 'reduce', shape: [1, 1, cin, r1], groups: 1, moves: 'none' },
      { name: 'core', shape: [kh, kw, r1, r2], groups: 1, moves: 'both' },
      { name: 'expand', shape: [1, 1, r2, cout], groups: 1, moves: 'none' },
    ],
    factorize([r1 = 1, r2 = 1]) {
      let right = firstColumns(outputs.vectors, r2);
      let left = firstColumns(inputs.vectors, r1);
      let core = slices;
      let kept = 0;
      for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
        // Each side anew, the best for what the other one keeps.
        if (r2 < cout)
          left = leading(
            slices.map((slice) => multiply(slice, right)),
            r1,
          );
        const projected = slices.map((slice) => multiply(transpose(left), slice));
        if (r1 < cin) right = leading(projected.map(transpose), r2);
        core = projected.map((slice) => multiply(slice, right));
        const now = core.reduce((sum, slice) => sum + squaredNorm(slice.data), 0);
        const gain = now - kept;
        kept = now;
        if (gain <= LEAST_GAIN * total) break;
      }
      const [reduce, middle, expand] = this.outline([r1, r2]);
      const joined = new Float32Array(taps * r1 * r2);
      core.forEach((slice, t) => {
        joined.set(slice.data, t * r1 * r2);
      });
      const layers = [
        { ...reduce!, data: Float32Array.from(left.data) },
        { ...middle!, data: joined },
        { ...expand!, data: Float32Array.from(transpose(right).data) },
      ];
      return { ranks: [r1, r2], layers, error: lost(total > 0 ? kept / total : 1) };
    },
  };
}

/** The first eigenvectors of the sum of m · mᵀ: the leading left singular vectors of all side by side. */
function leading(matrices: readonly Matrix[], count: number): Matrix {
  return firstColumns(symmetricEigen(sumOf(matrices.map(gram))).vectors, count);
}

function sumOf(matrices: readonly Matrix[]): Matrix {
  const { rows, columns, data } = matrices[0]!;
  const sum = data.slice();
  for (const { data: other } of matrices.slice(1)) for (let i = 0; i < sum.length; i++) sum[i]! += other[i]!;
  return { rows, columns, data: sum };
}
