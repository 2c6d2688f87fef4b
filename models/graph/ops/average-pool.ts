import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { identityTies } from '../elementwise.js';
import { defineOperator } from '../operator.js';
import { requireRank, sizeOf } from '../shapes.js';
import { padExplicitly, padsAlong, padsSchema, pairSchema, type Window, windowsAlong } from '../window.js';

const attributes = z.strictObject({ kernel: pairSchema, strides: pairSchema, pads: padsSchema });

/** The mean of each window, by channel; padding is not counted. */
export const averagePool = defineOperator<z.infer<typeof attributes>>({
  name: 'AveragePool',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 4);
    return [[x[0]!, windowsAlong(attrs, 0, x[1]!), windowsAlong(attrs, 1, x[2]!), x[3]!]];
  },
  execute({ attrs, inputs }) {
    const image = inputs[0] as tf.Tensor4D;
    // Padded by ourselves where anything is: tfjs's JavaScript kernel gets the gradient at the borders wrong.
    const x = padExplicitly(image, attrs);
    const mean = tf.avgPool(x, [...attrs.kernel], [...attrs.strides], 'valid');
    return [x === image ? mean : tf.mul(mean, countCorrection(image.shape, attrs))];
  },
  cost({ attrs, outputs }) {
    return { macs: 0, operations: sizeOf(outputs[0]!) * attrs.kernel[0] * attrs.kernel[1] };
  },
  ties: ({ inputs }) => identityTies(inputs[0]!, [1, 2]),
});

/** Pixels of a whole window over pixels of the image in it, for every window: [1, h', w', 1]. */
function countCorrection([, height, width]: readonly number[], window: Window): tf.Tensor4D {
  const counts = ([0, 1] as const).map((axis) => {
    const size = axis === 0 ? height! : width!;
    const [before] = padsAlong(window, axis, size);
    return Array.from({ length: windowsAlong(window, axis, size) as number }, (_, i) => {
      const start = i * window.strides[axis] - before;
      const inside = Math.min(start + window.kernel[axis], size) - Math.max(start, 0);
      return window.kernel[axis] / Math.max(inside, 1);
    });
  });
  const [rows, columns] = counts as [number[], number[]];
  return tf.mul(tf.tensor4d(rows, [1, rows.length, 1, 1]), tf.tensor4d(columns, [1, 1, columns.length, 1]));
}
