import * as tf from '@tensorflow/tfjs-core';
import { poolOperator } from '../pool.js';
import { padExplicitly, padsAlong, type Window, windowsAlong } from '../window.js';

/** The mean of each window, by channel; padding is not counted. */
export const averagePool = poolOperator('AveragePool', (image, attrs) => {
  // Padded by ourselves where anything is: tfjs's JavaScript kernel gets the gradient at the borders wrong.
  const x = padExplicitly(image, attrs);
  const mean = tf.avgPool(x, [...attrs.kernel], [...attrs.strides], 'valid');
  return x === image ? mean : tf.mul(mean, countCorrection(image.shape, attrs));
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
