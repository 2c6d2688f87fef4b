/**
 * Between points and the lattice: weighted sums over the corners of each point's simplex. The first six corners, those of
 * position and colour, are written out, which takes half the time of a loop.
 */
import type { Simplices } from './simplices.js';

const WRITTEN_OUT = 6;

/** Adds each point's value to the corners of its simplex. @param lattice by number of lattice point */
export function spread(values: Float32Array, { corners, weights }: Simplices, lattice: Float32Array): void {
  const perPoint = corners.length / values.length;
  const writtenOut = perPoint >= WRITTEN_OUT;
  for (let point = 0, i = 0; point < values.length; point++) {
    const value = values[point]!;
    const end = i + perPoint;
    if (writtenOut) {
      lattice[corners[i]!]! += weights[i]! * value;
      lattice[corners[i + 1]!]! += weights[i + 1]! * value;
      lattice[corners[i + 2]!]! += weights[i + 2]! * value;
      lattice[corners[i + 3]!]! += weights[i + 3]! * value;
      lattice[corners[i + 4]!]! += weights[i + 4]! * value;
      lattice[corners[i + 5]!]! += weights[i + 5]! * value;
      i += WRITTEN_OUT;
    }
    for (; i < end; i++) lattice[corners[i]!]! += weights[i]! * value;
  }
}

/** Reads each point's value from the corners of its simplex. @param lattice by number of lattice point */
export function gather(lattice: Float32Array, { corners, weights }: Simplices, out: Float32Array): void {
  const perPoint = corners.length / out.length;
  const writtenOut = perPoint >= WRITTEN_OUT;
  for (let point = 0, i = 0; point < out.length; point++) {
    let sum = 0;
    const end = i + perPoint;
    if (writtenOut) {
      sum =
        weights[i]! * lattice[corners[i]!]! +
        weights[i + 1]! * lattice[corners[i + 1]!]! +
        weights[i + 2]! * lattice[corners[i + 2]!]! +
        weights[i + 3]! * lattice[corners[i + 3]!]! +
        weights[i + 4]! * lattice[corners[i + 4]!]! +
        weights[i + 5]! * lattice[corners[i + 5]!]!;
      i += WRITTEN_OUT;
    }
    for (; i < end; i++) sum += weights[i]! * lattice[corners[i]!]!;
    out[point] = sum;
  }
}
