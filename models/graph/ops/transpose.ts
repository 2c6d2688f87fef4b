import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineOperator, type Tie } from '../operator.js';
import { requireRank } from '../shapes.js';

const attributes = z.strictObject({
  perm: z
    .array(z.int().min(0))
    .readonly()
    .refine((perm) => perm.every((_, axis) => perm.includes(axis)), 'must be a permutation of 0, 1, ...'),
});

/** Axis i of the output is axis perm[i] of the input. */
export const transpose = defineOperator<z.infer<typeof attributes>>({
  name: 'Transpose',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    requireRank(inputs[0]!, 'the input', attrs.perm.length);
    return [attrs.perm.map((axis) => inputs[0]![axis]!)];
  },
  execute: ({ attrs, inputs }) => [tf.transpose(inputs[0]!, [...attrs.perm])],
  cost: () => ({ macs: 0, operations: 0 }),
  ties({ attrs, inputs }) {
    return attrs.perm.flatMap((from, axis): Tie[] => {
      const size = inputs[0]![from]!;
      return size === null
        ? []
        : [
            {
              size,
              axes: [
                { of: { input: 0 }, axis: from },
                { of: { output: 0 }, axis },
              ],
            },
          ];
    });
  },
});
