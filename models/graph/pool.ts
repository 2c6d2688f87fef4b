/** What the pools share: windows that slide over an image [batch, height, width, channels], each channel by itself. */
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { identityTies } from './elementwise.js';
import { defineOperator } from './operator.js';
import { requireRank, sizeOf } from './shapes.js';
import { padsSchema, pairSchema, windowsAlong } from './window.js';

const attributes = z.strictObject({ kernel: pairSchema, strides: pairSchema, pads: padsSchema });

export type PoolAttributes = z.infer<typeof attributes>;

export function poolOperator(name: string, pool: (image: tf.Tensor4D, attrs: PoolAttributes) => tf.Tensor4D) {
  return defineOperator<PoolAttributes>({
    name,
    arity: [1, 1],
    attributes,
    params: {},
    inferShapes({ attrs, inputs }) {
      const x = inputs[0]!;
      requireRank(x, 'the input', 4);
      return [[x[0]!, windowsAlong(attrs, 0, x[1]!), windowsAlong(attrs, 1, x[2]!), x[3]!]];
    },
    execute: ({ attrs, inputs }) => [pool(inputs[0] as tf.Tensor4D, attrs)],
    cost({ attrs, outputs }) {
      return { macs: 0, operations: sizeOf(outputs[0]!) * attrs.kernel[0] * attrs.kernel[1] };
    },
    ties: ({ inputs }) => identityTies(inputs[0]!, [1, 2]),
  });
}
