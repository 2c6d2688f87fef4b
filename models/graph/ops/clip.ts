import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { relu6 } from '../../engine/kernels/relu.js';
import { unaryOperator } from '../elementwise.js';

const attributes = z
  .strictObject({ min: z.number(), max: z.number() })
  .refine(({ min, max }) => min < max, 'min must be below max');

/** min(max(x, min), max) */
export const clip = unaryOperator<z.infer<typeof attributes>>({
  name: 'Clip',
  attributes,
  operations: 2,
  execute: (x, { min, max }) => (min === 0 && max === 6 ? relu6(x) : tf.clipByValue(x, min, max)),
});
