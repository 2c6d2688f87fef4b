import * as tf from '@tensorflow/tfjs-core';
import { binaryOperator } from '../elementwise.js';

/** a / b, with broadcasting. */
export const div = binaryOperator('Div', (a, b) => tf.div(a, b));
