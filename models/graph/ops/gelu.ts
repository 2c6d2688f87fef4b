import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { unaryOperator } from '../elementwise.js';

/**
 * x · Φ(x), Φ being the normal distribution (Hendrycks and Gimpel 2016): ½ · x · (1 + erf(x / √2)), or with "tanh"
 * ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), which differs by up to 5e-4.
 */
export const gelu = unaryOperator({
  name: 'Gelu',
  attributes: z.strictObject({ approximate: z.enum(['none', 'tanh']) }),
  operations: 14,
  execute: (x, { approximate }) => {
    const inner =
      approximate === 'tanh'
        ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
        : tf.erf(tf.mul(x, Math.SQRT1_2));
    return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
  },
});
