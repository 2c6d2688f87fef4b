/**
 * Two layers from a matrix: k×k to r channels, then 1×1 to all (Zhang et al. 2015, "Accelerating very deep convolutional
 * networks for classification and detection", without its data term, which `response-svd.ts` has); for a dense or 1×1 layer
 * the plain truncated SVD, which is the nearest of its rank (Eckart and Young 1936).
 */
import { matrix } from '../../linear-algebra/matrix.js';
import { energies, rankAtEnergy, svd } from '../../linear-algebra/svd.js';
import { type Decomposition, type Kernel, type LayerOutline, lost } from './decomposition.js';

export function svdDecomposition({ shape, data }: Kernel): Decomposition {
  const [kh, kw, cin, cout] = shape;
  const rows = kh * kw * cin;
  const { u, values, v } = svd(matrix(rows, cout, data));
  const shares = energies(values);
  return {
    fullRanks: [values.length],
    ranksAtEnergy: (energy) => [rankAtEnergy(values, energy)],
    outline: ([r = 1]) => svdOutline(shape, r),
    factorize([r = 1]) {
      const first = new Float32Array(rows * r);
      const second = new Float32Array(r * cout);
      for (let k = 0; k < r; k++) {
        // The scale goes to both in equal parts: alike ranges suit fine-tuning and quantization.
        const root = Math.sqrt(values[k]!);
        for (let i = 0; i < rows; i++) first[i * r + k] = root * u.data[i * u.columns + k]!;
        for (let j = 0; j < cout; j++) second[k * cout + j] = root * v.data[j * v.columns + k]!;
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

export function svdOutline([kh, kw, cin, cout]: Kernel['shape'], r: number): [LayerOutline, LayerOutline] {
  return [
    { name: 'reduce', shape: [kh, kw, cin, r], groups: 1, moves: 'both' },
    { name: 'expand', shape: [1, 1, r, cout], groups: 1, moves: 'none' },
  ];
}
