/**
 * A k×k convolution as k×1 to r channels, then 1×k to all (Jaderberg et al. 2014, "Speeding up convolutional neural networks with
 * low rank expansions", scheme 2), by the SVD of the weight as a matrix (row and input channel) × (column and output channel).
 */
import { matrix } from '../../linear-algebra/matrix.js';
import { energies, rankAtEnergy, svd } from '../../linear-algebra/svd.js';
import { type Decomposition, type Kernel, lost } from './decomposition.js';

export function spatialDecomposition({ shape, data }: Kernel): Decomposition {
  const [kh, kw, cin, cout] = shape;
  const folded = new Float64Array(data.length);
  const columns = kw * cout;
  for (let a = 0, at = 0; a < kh; a++)
    for (let b = 0; b < kw; b++)
      for (let i = 0; i < cin; i++)
        for (let o = 0; o < cout; o++, at++) folded[(a * cin + i) * columns + b * cout + o] = data[at]!;
  const { u, values, v } = svd(matrix(kh * cin, columns, folded));
  const shares = energies(values);
  return {
    fullRanks: [values.length],
    ranksAtEnergy: (energy) => [rankAtEnergy(values, energy)],
    outline: ([r = 1]) => [
      { name: 'vertical', shape: [kh, 1, cin, r], groups: 1, moves: 'vertical' },
      { name: 'horizontal', shape: [1, kw, r, cout], groups: 1, moves: 'horizontal' },
    ],
    factorize([r = 1]) {
      const first = new Float32Array(kh * cin * r);
      const second = new Float32Array(kw * r * cout);
      for (let k = 0; k < r; k++) {
        const root = Math.sqrt(values[k]!);
        for (let i = 0; i < kh * cin; i++) first[i * r + k] = root * u.data[i * u.columns + k]!;
        for (let b = 0; b < kw; b++)
          for (let o = 0; o < cout; o++)
            second[(b * r + k) * cout + o] = root * v.data[(b * cout + o) * v.columns + k]!;
      }
      const [vertical, horizontal] = this.outline([r]);
      const layers = [
        { ...vertical!, data: first },
        { ...horizontal!, data: second },
      ];
      return { ranks: [r], layers, error: lost(shares[r]!) };
    },
  };
}
