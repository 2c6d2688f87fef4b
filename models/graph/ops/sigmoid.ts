import * as tf from '@tensorflow/tfjs-core';
import { noAttributes, unaryOperator } from '../elementwise.js';

/** 1 / (1 + exp(−x)) */
export const sigmoid = unaryOperator({
  name: 'Sigmoid',
  attributes: noAttributes,
  operations: 4,
  execute: (x) => tf.sigmoid(x),
});
