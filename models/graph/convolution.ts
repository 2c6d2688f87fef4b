/** Convolution in the general case (any strides, dilations, pads, groups), put together from the tfjs kernels. */
import * as tf from '@tensorflow/tfjs-core';
import { dilatedConv2d } from '../engine/kernels/dilated-conv2d.js';
import { applyPads, type Pair, padExplicitly, type Window } from './window.js';

export interface ConvolutionOptions {
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Window['pads'];
  readonly groups: number;
}

/** @param x [n, h, w, cin] @param weight [kh, kw, cin / groups, cout] @returns [n, h', w', cout] */
export function convolve(x: tf.Tensor4D, weight: tf.Tensor4D, options: ConvolutionOptions): tf.Tensor4D {
  const { strides, dilations, groups } = options;
  const window: Window = { ...options, kernel: [weight.shape[0], weight.shape[1]] };
  const dilated = dilations[0] > 1 || dilations[1] > 1;
  const cin = x.shape[3];
  if (groups === 1) {
    const { x: padded, pad } = applyPads(x, window);
    if (!dilated) return tf.conv2d<tf.Tensor4D>(padded, weight, [strides[0], strides[1]], pad);
    if (strides[0] === 1 && strides[1] === 1) return dilatedConv2d(padded, weight, dilations, pad);
    return tf.conv2d<tf.Tensor4D>(padded, stretchKernel(weight, dilations), [strides[0], strides[1]], pad);
  }
  const kernel = stretchKernel(weight, dilations);
  if (groups === cin) return depthwise(x, kernel, { ...window, kernel: [kernel.shape[0], kernel.shape[1]] });
  const { x: padded, pad } = applyPads(x, window);
  const parts = tf.split<tf.Tensor4D>(padded, groups, 3);
  const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
  return tf.concat(
    parts.map((part, g) => tf.conv2d<tf.Tensor4D>(part, kernels[g]!, [strides[0], strides[1]], pad)),
    3,
  );
}

/** A dilated kernel as the plain one it is equal to: zeros between its taps. Differentiable, on every backend. */
export function stretchKernel(weight: tf.Tensor4D, dilations: Pair): tf.Tensor4D {
  const [dh, dw] = dilations;
  if (dh === 1 && dw === 1) return weight;
  const [kh, kw, cin, cout] = weight.shape;
  const spread = tf.pad(tf.reshape(weight, [kh, 1, kw, 1, cin * cout]), [
    [0, 0],
    [0, dh - 1],
    [0, 0],
    [0, dw - 1],
    [0, 0],
  ]);
  const taps = tf.reshape(spread, [kh * dh, kw * dw, cin, cout]) as tf.Tensor4D;
  return tf.slice4d(taps, [0, 0, 0, 0], [(kh - 1) * dh + 1, (kw - 1) * dw + 1, cin, cout]);
}

function depthwise(x: tf.Tensor4D, weight: tf.Tensor4D, plain: Window): tf.Tensor4D {
  const [kh, kw, , cout] = weight.shape;
  const cin = x.shape[3];
  const filter = tf.reshape(weight, [kh, kw, cin, cout / cin]) as tf.Tensor4D;
  const [sh, sw] = plain.strides;
  const window: Window = { ...plain, dilations: [1, 1] };
  if (sh === sw) {
    const { x: padded, pad } = applyPads(x, window);
    return tf.depthwiseConv2d(padded, filter, [sh, sw], pad);
  }
  // TensorFlow's depthwise kernel knows only equal strides: run the lesser one and keep every so-manieth row or column.
  const common = Math.min(sh, sw);
  const step: Pair = sh % common === 0 && sw % common === 0 ? [common, common] : [1, 1];
  const dense = tf.depthwiseConv2d(padExplicitly(x, window), filter, [step[0], step[1]], 'valid');
  return everyNth(dense, [sh / step[0], sw / step[1]]);
}

/** Rows 0, n, 2n, ... and columns 0, m, 2m, ...: by reshape, because tfjs has no gradient of StridedSlice. */
function everyNth(x: tf.Tensor4D, [n, m]: Pair): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = Math.ceil(height / n);
  const columns = Math.ceil(width / m);
  const padded = tf.pad(x, [
    [0, 0],
    [0, rows * n - height],
    [0, columns * m - width],
    [0, 0],
  ]);
  const blocks = tf.reshape(padded, [batch * rows, n, columns, m * channels]);
  return tf.reshape(tf.slice(blocks, [0, 0, 0, 0], [batch * rows, 1, columns, channels]), [
    batch,
    rows,
    columns,
    channels,
  ]);
}
