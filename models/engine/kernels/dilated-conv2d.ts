/** Convolution with holes (Yu, Koltun 2016) with gradients, which TensorFlow.js refuses to compute. */
import * as tf from '@tensorflow/tfjs-core';
import { attribute, execute, isNative } from '../native.js';

type Pair = readonly [height: number, width: number];

/** Set once a native library has turned out not to have the backward kernels (they need oneDNN on a CPU). */
let nativeLacksGradients = false;

/**
 * Convolution of stride 1 whose filter taps lie `dilation` pixels apart.
 * @param x NHWC.
 * @param filter [height, width, in, out].
 * @param dilation one number or [vertical, horizontal].
 */
export function dilatedConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  dilation: number | Pair,
  pad: 'same' | 'valid',
): tf.Tensor4D {
  const steps: Pair = typeof dilation === 'number' ? [dilation, dilation] : dilation;
  if (steps[0] === 1 && steps[1] === 1) return tf.conv2d(x, filter, 1, pad);
  return isNative() && !nativeLacksGradients
    ? native(x, filter, steps, pad)
    : bySpaceToBatch(x, filter, steps, pad);
}

function native(x: tf.Tensor4D, filter: tf.Tensor4D, dilation: Pair, pad: 'same' | 'valid'): tf.Tensor4D {
  const op = tf.customGrad<tf.Tensor>((...args) => {
    const [input, weights, save] = args as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([input, weights]);
    const backward = (dy: tf.Tensor, [x0, w0]: tf.Tensor[]): tf.Tensor[] => {
      try {
        return nativeGradients(dy, x0 as tf.Tensor4D, w0 as tf.Tensor4D, dilation, pad);
      } catch {
        nativeLacksGradients = true;
        const compose = (a: tf.Tensor, b: tf.Tensor) =>
          bySpaceToBatch(a as tf.Tensor4D, b as tf.Tensor4D, dilation, pad) as tf.Tensor;
        return tf.grads(compose)([x0!, w0!], dy);
      }
    };
    return { value: tf.conv2d(input, weights, 1, pad, 'NHWC', [...dilation]), gradFunc: backward };
  });
  return op(x, filter) as tf.Tensor4D;
}

function nativeGradients(
  dy: tf.Tensor,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  dilation: Pair,
  pad: 'same' | 'valid',
): tf.Tensor[] {
  const attributes = [
    attribute.type('T', 'float32'),
    attribute.int('strides', [1, 1, 1, 1]),
    attribute.string('padding', pad.toUpperCase()),
    attribute.string('data_format', 'NHWC'),
    attribute.bool('use_cudnn_on_gpu', true),
    attribute.int('dilations', [1, ...dilation, 1]),
  ];
  const shape = (tensor: tf.Tensor) => tf.tensor1d(tensor.shape, 'int32');
  return [
    execute('Conv2DBackpropInput', attributes, [shape(x), filter, dy])[0]!,
    execute('Conv2DBackpropFilter', attributes, [x, shape(filter), dy])[0]!,
  ];
}

/** The same as a dense convolution over interleaved sub-images, with the gradients of its parts. */
function bySpaceToBatch(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  dilation: Pair,
  pad: 'same' | 'valid',
): tf.Tensor4D {
  const pads: [number, number][] = [];
  const crops: [number, number][] = [];
  for (const axis of [0, 1] as const) {
    const step = dilation[axis];
    const reach = (filter.shape[axis] - 1) * step;
    const before = pad === 'same' ? Math.floor(reach / 2) : 0;
    const after = pad === 'same' ? reach - before : 0;
    const extra = (step - ((x.shape[axis + 1]! + before + after) % step)) % step;
    pads.push([before, after + extra]);
    crops.push([0, extra]);
  }
  const batched = tf.spaceToBatchND(x, [...dilation], pads);
  return tf.batchToSpaceND(tf.conv2d(batched, filter, 1, 'valid'), [...dilation], crops);
}
