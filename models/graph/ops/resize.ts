import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { identityTies } from '../elementwise.js';
import type { Dimension } from '../ir.js';
import { defineOperator } from '../operator.js';
import { resizeLinear, resizeNearest } from '../resampling.js';
import { requireRank, sizeOf } from '../shapes.js';

const scale = z.number().positive();
const attributes = z.strictObject({
  mode: z.enum(['nearest', 'linear']),
  scales: z.tuple([scale, scale]).readonly(),
});

const scaled = (size: Dimension, factor: number): Dimension =>
  size === null ? null : Math.max(1, Math.floor(size * factor));

/**
 * Scales height and width. 'linear' maps pixel centres onto each other (half-pixel); 'nearest' takes pixel
 * floor(i / scale) (asymmetric, floor).
 */
export const resize = defineOperator<z.infer<typeof attributes>>({
  name: 'Resize',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 4);
    return [[x[0]!, scaled(x[1]!, attrs.scales[0]), scaled(x[2]!, attrs.scales[1]), x[3]!]];
  },
  execute({ attrs, inputs }) {
    const x = inputs[0] as tf.Tensor4D;
    const size: [number, number] = [
      scaled(x.shape[1], attrs.scales[0]) as number,
      scaled(x.shape[2], attrs.scales[1]) as number,
    ];
    return [attrs.mode === 'linear' ? resizeLinear(x, size) : resizeNearest(x, size)];
  },
  cost({ attrs, outputs }) {
    return { macs: 0, operations: (attrs.mode === 'linear' ? 8 : 0) * sizeOf(outputs[0]!) };
  },
  ties: ({ inputs }) => identityTies(inputs[0]!, [1, 2]),
});
