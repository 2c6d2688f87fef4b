import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineOperator } from '../operator.js';
import { requireDimension, requireRank, sizeOf } from '../shapes.js';

const attributes = z.strictObject({ epsilon: z.number().positive() });

/** Normalises the last axis of every position by its own mean and variance (Ba, Kiros and Hinton 2016). */
export const layerNormalization = defineOperator<z.infer<typeof attributes>>({
  name: 'LayerNormalization',
  arity: [1, 1],
  attributes,
  params: { scale: { axes: ['c'] }, bias: { axes: ['c'] } },
  inferShapes({ inputs, params }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 1, 2, 3, 4, 5);
    for (const role of ['scale', 'bias']) {
      requireDimension(params[role]![0]!, x[x.length - 1]!, `the length of the ${role}`);
    }
    return [x];
  },
  execute({ attrs, inputs, params }) {
    const centred = tf.sub(inputs[0]!, tf.mean(inputs[0]!, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, attrs.epsilon)));
    return [tf.add(tf.mul(normal, params.scale!), params.bias!)];
  },
  cost: ({ outputs }) => ({ macs: 0, operations: 7 * sizeOf(outputs[0]!) }),
  // Removing a channel changes the statistics of the rest, as removing any unit changes what follows; the axes still
  // go together.
  ties({ inputs, params }) {
    const axis = inputs[0]!.length - 1;
    return [
      {
        size: params.scale![0]!,
        axes: [
          { of: { input: 0 }, axis },
          { of: { output: 0 }, axis },
          { of: { param: 'scale' }, axis: 0 },
          { of: { param: 'bias' }, axis: 0 },
        ],
      },
    ];
  },
});
