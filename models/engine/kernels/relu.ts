/** Rectifiers whose gradient is one kernel. TensorFlow.js composes it of a step, a cast and a product. */
import * as tf from '@tensorflow/tfjs-core';
import { attribute, execute, isNative } from '../native.js';

/** max(x, 0), any shape. */
export function relu<T extends tf.Tensor>(x: T): T {
  return isNative() ? rectify(x, 'ReluGrad', tf.relu) : tf.relu(x);
}

/** min(max(x, 0), 6), any shape. */
export function relu6<T extends tf.Tensor>(x: T): T {
  return isNative() ? rectify(x, 'Relu6Grad', tf.relu6) : tf.relu6(x);
}

function rectify<T extends tf.Tensor>(x: T, gradient: string, forward: (x: T) => T): T {
  const op = tf.customGrad((input, save) => {
    const value = forward(input as T);
    // The gradient kernels give the same answer for the output as for the input; saving the output frees the input.
    (save as tf.GradSaveFunc)([value]);
    return {
      value,
      gradFunc: (dy: T, saved: tf.Tensor[]) =>
        execute(gradient, [attribute.type('T', 'float32')], [dy, saved[0]!])[0]!,
    };
  });
  return op(x) as T;
}
