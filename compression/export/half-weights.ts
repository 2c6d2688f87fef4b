/** The largest finite float16. */
const LARGEST_HALF = 65504;

/**
 * Whether a constant of a float16 file is stored as float16: weights are; biases, statistics and scalars stay float32,
 * because they take hardly any room, and so does a weight that float16 cannot hold.
 */
export function isHalf(shape: readonly number[], data: Float32Array): boolean {
  return shape.length >= 2 && data.every((value) => Math.abs(value) <= LARGEST_HALF);
}
