import * as tf from '@tensorflow/tfjs-core';
import { binaryOperator } from '../elementwise.js';

/** a − b, with broadcasting. */
export const sub = binaryOperator('Sub', (a, b) => tf.sub(a, b));
