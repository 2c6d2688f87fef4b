import * as tf from '@tensorflow/tfjs-core';
import { noAttributes, unaryOperator } from '../elementwise.js';

/** The hyperbolic tangent. */
export const tanh = unaryOperator({
  name: 'Tanh',
  attributes: noAttributes,
  operations: 5,
  execute: (x) => tf.tanh(x),
});
