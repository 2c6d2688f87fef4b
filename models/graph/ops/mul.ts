import * as tf from '@tensorflow/tfjs-core';
import { binaryOperator } from '../elementwise.js';

/** a · b, with broadcasting. */
export const mul = binaryOperator('Mul', (a, b) => tf.mul(a, b));
