import * as tf from '@tensorflow/tfjs-core';
import { identityTies, noAttributes } from '../elementwise.js';
import { defineOperator } from '../operator.js';
import { requireRank, sizeOf } from '../shapes.js';

/** The mean over height and width: [n, h, w, c] → [n, 1, 1, c]. */
export const globalAveragePool = defineOperator<Record<string, never>>({
  name: 'GlobalAveragePool',
  arity: [1, 1],
  attributes: noAttributes,
  params: {},
  inferShapes({ inputs }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 4);
    return [[x[0]!, 1, 1, x[3]!]];
  },
  execute: ({ inputs }) => [tf.mean(inputs[0]!, [1, 2], true)],
  cost: ({ inputs }) => ({ macs: 0, operations: sizeOf(inputs[0]!) }),
  ties: ({ inputs }) => identityTies(inputs[0]!, [1, 2]),
});
