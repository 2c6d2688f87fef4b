/**
 * Between points and the lattice: weighted sums over the corners of each point's simplex. Six corners, those of position
 * and colour, have loops of their own, which take half the time.
 */
import type { Simplices } from './simplices.js';

/** Adds each point's value to the corners of its simplex. @param lattice by number of lattice point */
export function spread(values: Float32Array, { corners, weights }: Simplices, lattice: Float32Array): void {
  const points = values.length;
  const perPoint = corners.length / points;
  if (perPoint !== 6) {
    for (let point = 0, i = 0; point < points; point++) {
      const value = values[point]!;
      for (const end = i + perPoint; i < end; i++) lattice[corners[i]!]! += weights[i]! * value;
    }
    return;
  }
  for (let point = 0, i = 0; point < points; point++, i += 6) {
    const value = values[point]!;
    lattice[corners[i]!]! += weights[i]! * value;
    lattice[corners[i + 1]!]! += weights[i + 1]! * value;
    lattice[corners[i + 2]!]! += weights[i + 2]! * value;
    lattice[corners[i + 3]!]! += weights[i + 3]! * value;
    lattice[corners[i + 4]!]! += weights[i + 4]! * value;
    lattice[corners[i + 5]!]! += weights[i + 5]! * value;
  }
}

/** Reads each point's value from the corners of its simplex. @param lattice by number of lattice point */
export function gather(lattice: Float32Array, { corners, weights }: Simplices, out: Float32Array): void {
  const points = out.length;
  const perPoint = corners.length / points;
  if (perPoint !== 6) {
    for (let point = 0, i = 0; point < points; point++) {
      let sum = 0;
      for (const end = i + perPoint; i < end; i++) sum += weights[i]! * lattice[corners[i]!]!;
      out[point] = sum;
    }
    return;
  }
  for (let point = 0, i = 0; point < points; point++, i += 6) {
    out[point] =
      weights[i]! * lattice[corners[i]!]! +
      weights[i + 1]! * lattice[corners[i + 1]!]! +
      weights[i + 2]! * lattice[corners[i + 2]!]! +
      weights[i + 3]! * lattice[corners[i + 3]!]! +
      weights[i + 4]! * lattice[corners[i + 4]!]! +
      weights[i + 5]! * lattice[corners[i + 5]!]!;
  }
}
