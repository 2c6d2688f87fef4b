/**
 * Gaussian filtering of values at scattered points of a feature space on the permutohedral lattice (Adams, Baek and
 * Davis 2010, "Fast High-Dimensional Filtering Using the Permutohedral Lattice"): every point spreads its value over the
 * corners of the simplex it lies in, the corners are blurred along the lattice's axes, every point reads back. The
 * simplices depend on the features alone and are found once.
 */
import { expected } from '../../base/errors.js';
import { KeyTable } from './key-table.js';
import { LatticeKeys } from './lattice-keys.js';
import { findSimplices, MOST_DIMENSIONS, type Simplices } from './simplices.js';
import { gather, spread } from './spread.js';

export class PermutohedralLattice {
  /** Number of points that are filtered. */
  readonly points: number;
  /** Number of lattice points in use. */
  readonly size: number;
  readonly #axes: number;
  readonly #simplices: Simplices;
  /** For each axis, for each lattice point from 1: both neighbours; 0, whose value stays 0, where there is none. */
  readonly #neighbours: Int32Array;
  #values: Float32Array;
  #blurred: Float32Array;

  /**
   * @param features [points, dimensions], finite, each already divided by the standard deviation of the Gaussian in it
   * @throws limit_exceeded where the features span so many standard deviations that lattice points cannot be numbered
   */
  constructor(features: Float32Array, dimensions: number) {
    if (!(dimensions >= 1 && dimensions <= MOST_DIMENSIONS))
      throw expected('invalid_argument', `1 to ${MOST_DIMENSIONS}`, 'dimensions', dimensions);
    this.points = features.length / dimensions;
    this.#axes = dimensions + 1;
    const keys = new LatticeKeys(features, dimensions);
    const table = new KeyTable();
    this.#simplices = findSimplices(features, keys, table);
    this.size = table.count;
    this.#neighbours = findNeighbours(keys, table);
    this.#values = new Float32Array(this.size + 1);
    this.#blurred = new Float32Array(this.size + 1);
  }

  /**
   * Every point's sum over all points of their values, weighted by about exp(-|f - g|² / 2) times a constant factor.
   * @param values one number a point
   * @param out receives one number a point; may be `values`
   */
  filter(values: Float32Array, out: Float32Array): void {
    this.#values.fill(0);
    spread(values, this.#simplices, this.#values);
    this.#blur();
    gather(this.#values, this.#simplices, out);
  }

  /**
   * Normalises symmetrically: from now on `filter` gives D^-½ K D^-½ times the values, K what it gave so far and D the
   * diagonal of K times ones.
   */
  normalise(): void {
    const { weights } = this.#simplices;
    const ones = new Float32Array(this.points).fill(1);
    const sums = new Float32Array(this.points);
    this.filter(ones, sums);
    for (let point = 0, i = 0; point < this.points; point++) {
      const norm = 1 / Math.sqrt(sums[point]!);
      for (const end = i + this.#axes; i < end; i++) weights[i]! *= norm;
    }
  }

  #blur(): void {
    const neighbours = this.#neighbours;
    const size = this.size;
    for (let axis = 0, n = 0; axis < this.#axes; axis++) {
      const from = this.#values;
      const to = this.#blurred;
      for (let i = 1; i <= size; i++, n += 2)
        to[i] = 0.5 * from[i]! + 0.25 * (from[neighbours[n]!]! + from[neighbours[n + 1]!]!);
      this.#values = to;
      this.#blurred = from;
    }
  }
}

function findNeighbours(keys: LatticeKeys, table: KeyTable): Int32Array {
  const size = table.count;
  const axes = keys.dimensions + 1;
  const neighbours = new Int32Array(2 * size * axes);
  for (let i = 1; i <= size; i++) {
    const key = table.keys[i]!;
    const remainder = keys.remainder(key);
    for (let axis = 0; axis < axes; axis++) {
      const above = table.find(keys.neighbour(key, remainder, axis));
      if (above === 0) continue;
      neighbours[2 * (axis * size + i - 1)] = above;
      neighbours[2 * (axis * size + above - 1) + 1] = i;
    }
  }
  return neighbours;
}
