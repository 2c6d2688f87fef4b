import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { unaryOperator } from '../elementwise.js';
import { alongLastAxis } from '../layout.js';
import { normalizeAxis } from '../shapes.js';

const attributes = z.strictObject({ axis: z.int() });

/** exp(x) / Σ exp(x) along one axis. */
export const softmax = unaryOperator<z.infer<typeof attributes>>({
  name: 'Softmax',
  attributes,
  operations: 4,
  check: ({ axis }, input) => normalizeAxis(axis, input.length),
  coupled: ({ axis }, rank) => [normalizeAxis(axis, rank)],
  execute: (x, { axis }) => alongLastAxis(x, normalizeAxis(axis, x.rank), (y) => tf.softmax(y)),
});
