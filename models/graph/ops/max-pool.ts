import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { identityTies } from '../elementwise.js';
import { defineOperator } from '../operator.js';
import { requireRank, sizeOf } from '../shapes.js';
import { applyPads, padsSchema, pairSchema, windowsAlong } from '../window.js';

const attributes = z.strictObject({ kernel: pairSchema, strides: pairSchema, pads: padsSchema });

/** The greatest of each window, by channel; padding never wins. */
export const maxPool = defineOperator<z.infer<typeof attributes>>({
  name: 'MaxPool',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 4);
    return [[x[0]!, windowsAlong(attrs, 0, x[1]!), windowsAlong(attrs, 1, x[2]!), x[3]!]];
  },
  execute({ attrs, inputs }) {
    const { x, pad } = applyPads(inputs[0] as tf.Tensor4D, attrs, Number.NEGATIVE_INFINITY);
    return [tf.maxPool(x, [...attrs.kernel], [...attrs.strides], pad)];
  },
  cost({ attrs, outputs }) {
    return { macs: 0, operations: sizeOf(outputs[0]!) * attrs.kernel[0] * attrs.kernel[1] };
  },
  ties: ({ inputs }) => identityTies(inputs[0]!, [1, 2]),
});
