import * as tf from '@tensorflow/tfjs-core';
import { identityTies, noAttributes } from '../elementwise.js';
import { defineOperator } from '../operator.js';
import { sizeOf } from '../shapes.js';

const MOST = 255;

/**
 * An activation rounded to unsigned 8-bit codes and back, the range being that of its own values and 0, as ONNX's
 * DynamicQuantizeLinear has it. Nothing is clipped, so its gradient counts as the identity (straight-through estimator).
 */
export const dynamicQuantizeDequantize = defineOperator<Record<string, never>>({
  name: 'DynamicQuantizeDequantize',
  arity: [1, 1],
  attributes: noAttributes,
  params: {},
  inferShapes: ({ inputs }) => [inputs[0]!],
  execute: ({ inputs }) => [straightThrough(inputs[0]!)],
  // Two comparisons, then division, rounding, clipping, multiplication.
  cost: ({ outputs }) => ({ macs: 0, operations: 6 * sizeOf(outputs[0]!) }),
  ties: ({ inputs }) => identityTies(inputs[0]!),
});

function straightThrough(x: tf.Tensor): tf.Tensor {
  const run = tf.customGrad((input) => ({
    value: rounded(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.clone(dy),
  }));
  return run(x);
}

function rounded(x: tf.Tensor): tf.Tensor {
  const low = tf.minimum(tf.min(x), 0);
  const range = tf.sub(tf.maximum(tf.max(x), 0), low);
  const scale = tf.where(tf.greater(range, 0), tf.div(range, MOST), tf.onesLike(range));
  const zeroPoint = tf.clipByValue(tf.round(tf.div(tf.neg(low), scale)), 0, MOST);
  const codes = tf.clipByValue(tf.add(tf.round(tf.div(x, scale)), zeroPoint), 0, MOST);
  return tf.mul(tf.sub(codes, zeroPoint), scale);
}
