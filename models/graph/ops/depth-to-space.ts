import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Dimension } from '../ir.js';
import { defineOperator } from '../operator.js';
import { requireRank, shapeError } from '../shapes.js';

const attributes = z.strictObject({ blocksize: z.int().min(1) });
const times = (size: Dimension, factor: number): Dimension => (size === null ? null : size * factor);

/** [n, h, w, b·b·c] → [n, h·b, w·b, c]; channel (y·b + x)·c + k goes to pixel (y, x) of its block (ONNX's DCR). */
export const depthToSpace = defineOperator<z.infer<typeof attributes>>({
  name: 'DepthToSpace',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs: { blocksize: b }, inputs }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 4);
    const channels = x[3]!;
    if (channels !== null && channels % (b * b) !== 0)
      throw shapeError(`a multiple of ${b * b} channels`, 'the input', x);
    return [[x[0]!, times(x[1]!, b), times(x[2]!, b), channels === null ? null : channels / (b * b)]];
  },
  execute({ attrs: { blocksize: b }, inputs }) {
    const [n, h, w, channels] = inputs[0]!.shape as [number, number, number, number];
    const c = channels / (b * b);
    // tfjs has no gradient of its DepthToSpace kernel.
    const blocks = tf.transpose(tf.reshape(inputs[0]!, [n * h, w, b, b * c]), [0, 2, 1, 3]);
    return [tf.reshape(blocks, [n, h * b, w * b, c])];
  },
  cost: () => ({ macs: 0, operations: 0 }),
  ties({ attrs: { blocksize: b }, outputs }) {
    const size = outputs[0]![3]!;
    if (size === null) return [];
    return [
      {
        size,
        axes: [
          { of: { input: 0 }, axis: 3, copies: b * b, stride: size },
          { of: { output: 0 }, axis: 3 },
        ],
      },
    ];
  },
});
