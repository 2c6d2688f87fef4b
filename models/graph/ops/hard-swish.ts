import * as tf from '@tensorflow/tfjs-core';
import { noAttributes, unaryOperator } from '../elementwise.js';

/** x · min(max(x / 6 + 1/2, 0), 1) (Howard et al. 2019, MobileNetV3). */
export const hardSwish = unaryOperator({
  name: 'HardSwish',
  attributes: noAttributes,
  operations: 5,
  execute: (x) => tf.mul(x, tf.clipByValue(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1)),
});
