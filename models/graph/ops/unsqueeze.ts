import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Shape } from '../ir.js';
import { defineOperator } from '../operator.js';
import { reshapeTies } from '../reshaping.js';
import { normalizeAxes } from '../shapes.js';

const attributes = z.strictObject({ axes: z.array(z.int()).min(1).readonly() });

function unsqueezed(input: Shape, axes: readonly number[]): Shape {
  const rank = input.length + axes.length;
  const added = normalizeAxes(axes, rank);
  let next = 0;
  return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : input[next++]!));
}

/** Adds axes of size 1 where the output is to have them. */
export const unsqueeze = defineOperator<z.infer<typeof attributes>>({
  name: 'Unsqueeze',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes: ({ attrs, inputs }) => [unsqueezed(inputs[0]!, attrs.axes)],
  execute: ({ attrs, inputs }) => [
    tf.reshape(inputs[0]!, unsqueezed(inputs[0]!.shape, attrs.axes) as number[]),
  ],
  cost: () => ({ macs: 0, operations: 0 }),
  ties: ({ inputs, outputs }) => reshapeTies(inputs[0]!, outputs[0]!, () => true),
});
