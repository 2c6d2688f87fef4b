import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineOperator } from '../operator.js';
import { reshapeTies } from '../reshaping.js';
import { normalizeAxes, requireDimension } from '../shapes.js';

const attributes = z.strictObject({ axes: z.array(z.int()).min(1).readonly() });

/** Removes axes of size 1. */
export const squeeze = defineOperator<z.infer<typeof attributes>>({
  name: 'Squeeze',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    const x = inputs[0]!;
    const axes = normalizeAxes(attrs.axes, x.length);
    for (const axis of axes) requireDimension(x[axis]!, 1, `axis ${axis} of the input`);
    return [x.filter((_, axis) => !axes.includes(axis))];
  },
  execute: ({ attrs, inputs }) => [tf.squeeze(inputs[0]!, normalizeAxes(attrs.axes, inputs[0]!.rank))],
  cost: () => ({ macs: 0, operations: 0 }),
  ties: ({ inputs, outputs }) => reshapeTies(inputs[0]!, outputs[0]!, () => true),
});
