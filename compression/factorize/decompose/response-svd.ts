/**
 * The two layers of `svd`, k×k to r channels and 1×1 to all, fitted to what the layer answers instead of to its weights
 * (Zhang et al. 2015, "Accelerating very deep convolutional networks for classification and detection", section 3.1, the
 * linear case): answers are projected on the r directions in which they are largest. Directions that no input ever takes
 * cost nothing, whatever their weights are.
 */
import { symmetricEigen } from '../../linear-algebra/eigen.js';
import { firstColumns, type Matrix, matrix, multiply } from '../../linear-algebra/matrix.js';
import { energies, rankAtEnergy } from '../../linear-algebra/svd.js';
import { type Decomposition, type Kernel, lost } from './decomposition.js';
import { svdOutline } from './svd.js';

/** @param moments E[z zᵀ] of the answers z, bias left out: [cout, cout]. Errors and energies are those of the answers. */
export function responseDecomposition({ shape, data }: Kernel, moments: Matrix): Decomposition {
  const [kh, kw, cin, cout] = shape;
  const rows = kh * kw * cin;
  const { values: squares, vectors } = symmetricEigen(moments);
  const values = squares.map((square) => Math.sqrt(Math.max(0, square)));
  const shares = energies(values);
  const weight = matrix(rows, cout, data);
  return {
    fullRanks: [Math.min(rows, cout)],
    ranksAtEnergy: (energy) => [Math.min(rows, rankAtEnergy(values, energy))],
    outline: ([r = 1]) => svdOutline(shape, r),
    factorize([r = 1]) {
      const directions = firstColumns(vectors, r);
      const reduced = multiply(weight, directions);
      const first = new Float32Array(rows * r);
      const second = new Float32Array(r * cout);
      for (let k = 0; k < r; k++) {
        // Both factors get the same norm: alike ranges suit fine-tuning and quantization.
        let square = 0;
        for (let i = 0; i < rows; i++) square += reduced.data[i * r + k]! ** 2;
        const root = square > 0 ? square ** 0.25 : 1;
        for (let i = 0; i < rows; i++) first[i * r + k] = reduced.data[i * r + k]! / root;
        for (let j = 0; j < cout; j++) second[k * cout + j] = root * directions.data[j * r + k]!;
      }
      const [reduce, expand] = svdOutline(shape, r);
      const layers = [
        { ...reduce, data: first },
        { ...expand, data: second },
      ];
      return { ranks: [r], layers, error: lost(shares[r]!) };
    },
  };
}
