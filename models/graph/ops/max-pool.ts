import * as tf from '@tensorflow/tfjs-core';
import { poolOperator } from '../pool.js';
import { applyPads } from '../window.js';

/** The greatest of each window, by channel; padding never wins. */
export const maxPool = poolOperator('MaxPool', (image, attrs) => {
  const { x, pad } = applyPads(image, attrs, Number.NEGATIVE_INFINITY);
  return tf.maxPool(x, [...attrs.kernel], [...attrs.strides], pad);
});
