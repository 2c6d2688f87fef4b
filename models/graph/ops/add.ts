import * as tf from '@tensorflow/tfjs-core';
import { binaryOperator } from '../elementwise.js';

/** a + b, with broadcasting. */
export const add = binaryOperator('Add', (a, b) => tf.add(a, b));
