import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { unaryOperator } from '../elementwise.js';

const attributes = z.strictObject({ alpha: z.number(), beta: z.number() });

/** min(max(alpha · x + beta, 0), 1) */
export const hardSigmoid = unaryOperator<z.infer<typeof attributes>>({
  name: 'HardSigmoid',
  attributes,
  operations: 4,
  execute: (x, { alpha, beta }) => tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1),
});
