/** Moving data about without arithmetic: axes to the end, gathering along an axis. */
import * as tf from '@tensorflow/tfjs-core';

/** Applies `f`, which works along the last axis and keeps the shape, along `axis`. */
export function alongLastAxis(x: tf.Tensor, axis: number, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const last = x.rank - 1;
  if (axis === last) return f(x);
  const swap = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return tf.transpose(f(tf.transpose(x, swap)), swap);
}

/** The given positions along an axis, in that order; positions may repeat. */
export function takeAlong(x: tf.Tensor, axis: number, positions: readonly number[]): tf.Tensor {
  return tf.gather(x, tf.tensor1d(positions as number[], 'int32'), axis);
}
