/** Which simplex of the permutohedral lattice each point lies in, and where in it (Adams, Baek and Davis 2010). */
import type { KeyTable } from './key-table.js';
import type { LatticeKeys } from './lattice-keys.js';

/**
 * Fractions are sorted as integers whose last digit tells the coordinate: sorting is then minima and maxima alone. They lie
 * in [-0.5, 0.5), rounded the other way in [-1.5, 1.5): 32 bits hold them, and integers need no branches, whose outcome no
 * processor can foresee.
 */
const FINENESS = 2 ** 26;
const DIGIT = 16;
const ONE = FINENESS * DIGIT;

/** As many dimensions as the last digit can tell apart. */
export const MOST_DIMENSIONS = DIGIT - 1;

export interface Simplices {
  /** [points, dimensions + 1] numbers of the corners, from 1, the corner of remainder r at r. */
  readonly corners: Int32Array;
  /** [points, dimensions + 1] barycentric coordinates: at least 0, their sum is 1. */
  readonly weights: Float32Array;
}

/** @param table receives the lattice points that occur. @param features [points, dimensions], in standard deviations */
export function findSimplices(
  features: Float32Array,
  { dimensions: d, scales, strides, origin }: LatticeKeys,
  table: KeyTable,
): Simplices {
  const length = (features.length / d) * (d + 1);
  const corners = new Int32Array(length);
  const weights = new Float32Array(length);
  const sorted = new Int32Array(d + 1);
  // Neighbouring pixels mostly share corners: those of the point before need no look-up.
  const lastKeys = new Float64Array(d + 1).fill(-1);
  const lastCorners = new Int32Array(d + 1);
  for (let f = 0, c = 0; c < length; f += d, c += d + 1) {
    // Lift to the plane, in units of d + 1; round each coordinate by itself; sort what is left of them, largest first.
    let key = origin;
    let sum = 0;
    let later = 0;
    for (let j = d; j >= 0; j--) {
      const feature = j > 0 ? features[f + j - 1]! * scales[j - 1]! : 0;
      const coordinate = later - j * feature;
      later += feature;
      const quotient = Math.floor(coordinate + 0.5);
      key += quotient * strides[j]!;
      sum += quotient;
      let rest = (Math.floor((coordinate - quotient) * FINENESS) * DIGIT + j) | 0;
      for (let place = 0; place < d - j; place++) {
        const gain = rest - sorted[place]!;
        const larger = gain & ~(gain >> 31); // 0 where it is negative
        sorted[place]! += larger;
        rest -= larger;
      }
      sorted[d - j] = rest;
    }
    // The sum must be 0: the coordinates rounded up the most (or down) are rounded the other way instead.
    for (; sum > 0; sum--) {
      const rest = sorted[d]!;
      for (let place = d; place > 0; place--) sorted[place] = sorted[place - 1]!;
      sorted[0] = rest + ONE;
      key -= strides[rest & (DIGIT - 1)]!;
    }
    for (; sum < 0; sum++) {
      const rest = sorted[0]!;
      for (let place = 0; place < d; place++) sorted[place] = sorted[place + 1]!;
      sorted[d] = rest - ONE;
      key += strides[rest & (DIGIT - 1)]!;
    }
    // From corner to corner all coordinates grow by 1; the one with the least rest gives way, down by d + 1.
    let before = sorted[0]! - ONE;
    for (let remainder = 0; remainder <= d; remainder++) {
      const rest = sorted[d - remainder]!;
      weights[c + remainder] = (rest - before) / ONE;
      before = rest;
      if (lastKeys[remainder] !== key) {
        lastKeys[remainder] = key;
        lastCorners[remainder] = table.add(key);
      }
      corners[c + remainder] = lastCorners[remainder]!;
      key += 1 - strides[rest & (DIGIT - 1)]!;
    }
  }
  return { corners, weights };
}
