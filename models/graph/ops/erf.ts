import * as tf from '@tensorflow/tfjs-core';
import { noAttributes, unaryOperator } from '../elementwise.js';

/** The error function, 2/√π · ∫₀ˣ exp(−t²) dt. */
export const erf = unaryOperator({
  name: 'Erf',
  attributes: noAttributes,
  operations: 10,
  execute: (x) => tf.erf(x),
});
