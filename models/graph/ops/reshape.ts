import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Shape } from '../ir.js';
import { defineOperator } from '../operator.js';
import { reshapedShape, reshapeTies } from '../reshaping.js';

const attributes = z.strictObject({
  shape: z
    .array(z.int().min(-1))
    .readonly()
    .refine((shape) => shape.filter((d) => d === -1).length <= 1, 'at most one size may be -1'),
});

/** Row-major reshape; 0 copies the size of the same axis of the input, one −1 takes what is left. */
export const reshape = defineOperator<z.infer<typeof attributes>>({
  name: 'Reshape',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes: ({ attrs, inputs }) => [reshapedShape(inputs[0]!, attrs.shape)],
  execute({ attrs, inputs }) {
    const x = inputs[0]!;
    return [tf.reshape(x, reshapedShape(x.shape, attrs.shape) as number[])];
  },
  cost: () => ({ macs: 0, operations: 0 }),
  ties: ({ attrs, inputs, outputs }) =>
    reshapeTies(inputs[0]!, outputs[0]!, (from, to) => from === to && attrs.shape[to] === 0),
  adaptAttributes({ attrs, outputs }) {
    const output: Shape = outputs[0]!;
    return { shape: attrs.shape.map((d, axis) => (d > 0 ? (output[axis] as number) : d)) };
  },
});
