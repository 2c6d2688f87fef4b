/**
 * Numbers for the points of a permutohedral lattice. It lies in the plane of d + 1 coordinates whose sum is 0, and all
 * coordinates of one lattice point leave the same remainder by d + 1. A point's key is that remainder plus the quotients
 * of its first d coordinates in a mixed radix: one number, and walking round a simplex or to a neighbour is a sum.
 */
import { PocketlensError } from '../../base/errors.js';

/** A point's coordinates and those of its simplex's corners differ by less than 1, those of the corners' neighbours by less than 2. */
const MARGIN = 2;

export class LatticeKeys {
  readonly dimensions: number;
  /** What each feature is multiplied by before it is lifted to the plane, so that the blur has unit standard deviation. */
  readonly scales: Float64Array;
  /** What a step of 1 in the quotient of a coordinate adds to the key; 0 for the last, which follows from the others. */
  readonly strides: Float64Array;
  /** The key of the point whose coordinates are all 0. */
  readonly origin: number;
  readonly #allStrides: number;

  /** @throws limit_exceeded where a key would not be an exact number */
  constructor(features: Float32Array, dimensions: number) {
    const d = dimensions;
    this.dimensions = d;
    this.scales = Float64Array.from({ length: d }, (_, j) => Math.sqrt(2 / 3 / ((j + 1) * (j + 2))));
    this.strides = new Float64Array(d + 1);
    const { least, most } = spans(features, this.scales);
    let stride = d + 1;
    let origin = 0;
    for (let j = 0; j < d; j++) {
      // The coordinate is the sum of the features from j on, less j times the one before.
      let low = j > 0 ? -j * most[j - 1]! : 0;
      let high = j > 0 ? -j * least[j - 1]! : 0;
      for (let i = j; i < d; i++) {
        low += least[i]!;
        high += most[i]!;
      }
      const first = Math.floor(low) - MARGIN;
      this.strides[j] = stride;
      origin -= first * stride;
      stride *= Math.ceil(high) + MARGIN - first;
    }
    if (!(stride < Number.MAX_SAFE_INTEGER)) {
      throw new PocketlensError(
        'limit_exceeded',
        `Expected features that span fewer standard deviations in ${d} dimensions.`,
        { remedy: 'Use larger standard deviations, or fewer dimensions.' },
      );
    }
    this.origin = origin;
    this.#allStrides = this.strides.reduce((sum, value) => sum + value, 0);
  }

  /** The remainder that all coordinates of a point leave, 0 to d. */
  remainder(key: number): number {
    const n = this.dimensions + 1;
    return key - n * Math.floor(key / n); // what % gives, in a fraction of its time
  }

  /** The key of the neighbour along an axis, 0 to d: all coordinates 1 more, but that of the axis d less. */
  neighbour(key: number, remainder: number, axis: number): number {
    const carried = remainder === this.dimensions;
    return key + (carried ? this.#allStrides - remainder : 1) - this.strides[axis]!;
  }
}

function spans(features: Float32Array, scales: Float64Array): { least: Float64Array; most: Float64Array } {
  const d = scales.length;
  const least = new Float64Array(d).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(d).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < features.length; i += d) {
    for (let j = 0; j < d; j++) {
      const feature = features[i + j]! * scales[j]!;
      least[j] = Math.min(least[j]!, feature);
      most[j] = Math.max(most[j]!, feature);
    }
  }
  return { least, most };
}
