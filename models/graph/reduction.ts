/** What ReduceMean and ReduceMax have in common. */
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Shape } from './ir.js';
import { defineOperator, type Operator, type Tie } from './operator.js';
import { normalizeAxes, sizeOf } from './shapes.js';

const attributes = z.strictObject({ axes: z.array(z.int()).min(1).readonly(), keepdims: z.boolean() });
type ReductionAttributes = z.infer<typeof attributes>;

export function reduction(
  name: string,
  reduce: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor,
): Operator {
  return defineOperator<ReductionAttributes>({
    name,
    arity: [1, 1],
    attributes,
    params: {},
    inferShapes({ attrs, inputs }) {
      const axes = normalizeAxes(attrs.axes, inputs[0]!.length);
      const output: Shape = attrs.keepdims
        ? inputs[0]!.map((d, axis) => (axes.includes(axis) ? 1 : d))
        : inputs[0]!.filter((_, axis) => !axes.includes(axis));
      return [output];
    },
    execute: ({ attrs, inputs }) => [
      reduce(inputs[0]!, normalizeAxes(attrs.axes, inputs[0]!.rank), attrs.keepdims),
    ],
    cost: ({ inputs }) => ({ macs: 0, operations: sizeOf(inputs[0]!) }),
    ties({ attrs, inputs }) {
      const axes = normalizeAxes(attrs.axes, inputs[0]!.length);
      return inputs[0]!.flatMap((size, axis): Tie[] => {
        if (size === null || axes.includes(axis)) return [];
        const output = attrs.keepdims ? axis : axis - axes.filter((a) => a < axis).length;
        return [
          {
            size,
            axes: [
              { of: { input: 0 }, axis },
              { of: { output: 0 }, axis: output },
            ],
          },
        ];
      });
    },
  });
}
