import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Dimension } from '../ir.js';
import { type AxisRef, defineOperator, type Tie } from '../operator.js';
import { normalizeAxis, requireRank, shapeError } from '../shapes.js';

const attributes = z.strictObject({ axis: z.int() });

/** Joins values along one axis; all others agree. */
export const concat = defineOperator<z.infer<typeof attributes>>({
  name: 'Concat',
  arity: [1, Number.POSITIVE_INFINITY],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    const rank = inputs[0]!.length;
    const along = normalizeAxis(attrs.axis, rank);
    for (const shape of inputs) requireRank(shape, 'every input', rank);
    return [
      inputs[0]!.map((_, axis): Dimension => {
        const sizes = inputs.map((shape) => shape[axis]!);
        if (axis === along)
          return sizes.reduce((sum: Dimension, d) => (sum === null || d === null ? null : sum + d), 0);
        const known = sizes.filter((d): d is number => d !== null);
        if (new Set(known).size > 1) throw shapeError('equal sizes', `axis ${axis} of the inputs`, sizes);
        return known[0] ?? null;
      }),
    ];
  },
  execute: ({ attrs, inputs }) => [
    inputs.length === 1
      ? inputs[0]!.clone()
      : tf.concat(inputs as tf.Tensor[], normalizeAxis(attrs.axis, inputs[0]!.rank)),
  ],
  cost: () => ({ macs: 0, operations: 0 }),
  ties({ attrs, inputs, outputs }) {
    const along = normalizeAxis(attrs.axis, inputs[0]!.length);
    return outputs[0]!.flatMap((size, axis): Tie[] => {
      if (size === null) return [];
      if (axis !== along) {
        const own: AxisRef[] = inputs.map((_, input) => ({ of: { input }, axis }));
        return [{ size, axes: [{ of: { output: 0 }, axis }, ...own] }];
      }
      let offset = 0;
      return inputs.map((shape, input) => {
        const segment = shape[axis] as number;
        const tie: Tie = {
          size: segment,
          axes: [
            { of: { input }, axis },
            { of: { output: 0 }, axis, offset },
          ],
        };
        offset += segment;
        return tie;
      });
    });
  },
});
