/**
 * Faster gradients for operations of TensorFlow.js on the native backend, registered in place of its own: those fill
 * tensors of ones in JavaScript (sum, mean) or compose what is one kernel (relu, sigmoid, ...). Other backends, and what
 * these kernels do not cover, keep the original.
 */
import * as tf from '@tensorflow/tfjs-core';
import { attribute, execute, isNative } from './native.js';

let registered = false;

/** Registers them all, once. Call it after the backend's package is loaded. */
export function registerFastGradients(): void {
  if (registered) return;
  registered = true;
  replace(tf.Sum, ([x], dy, attrs) => spread(dy, x!, attrs as unknown as Axes));
  replace(tf.Mean, ([x], dy, attrs) => {
    const factor = dy.size / x!.size;
    return spread(tf.mul(dy, factor), x!, attrs as unknown as Axes);
  });
  // What these save: the input for relu and relu6, the output for the others. The kernels want the same.
  replace(tf.Relu, ([x], dy) => pointwise('ReluGrad', dy, x!));
  replace(tf.Relu6, ([x], dy) => pointwise('Relu6Grad', dy, x!));
  replace(tf.Sigmoid, ([y], dy) => pointwise('SigmoidGrad', y!, dy));
  replace(tf.Tanh, ([y], dy) => pointwise('TanhGrad', y!, dy));
}

interface Axes {
  readonly axis: number | number[];
}

type FastGradient = (saved: tf.Tensor[], dy: tf.Tensor, attrs: tf.NamedAttrMap) => tf.Tensor;

/** Keeps the registered configuration (what is saved) and swaps the function where the backend is native. */
function replace(kernelName: string, fast: FastGradient): void {
  const original = tf.getGradient(kernelName);
  if (!original) return;
  tf.registerGradient({
    ...original,
    gradFunc: (dy, saved, attrs) =>
      isNative() ? { x: () => fast(saved, dy as tf.Tensor, attrs) } : original.gradFunc(dy, saved, attrs),
  });
}

function pointwise(kernel: string, first: tf.Tensor, second: tf.Tensor): tf.Tensor {
  return execute(kernel, [attribute.type('T', 'float32')], [first, second])[0]!;
}

/** A reduction's gradient: `dy` repeated along the reduced axes. */
function spread(dy: tf.Tensor, x: tf.Tensor, { axis }: Axes): tf.Tensor {
  const shape = x.shape.slice();
  for (const reduced of tf.util.parseAxisParam(axis, x.shape)) shape[reduced] = 1;
  const attributes = [attribute.type('T', 'float32'), attribute.type('Tidx', 'int32')];
  const target = tf.tensor1d(x.shape, 'int32');
  return execute('BroadcastTo', attributes, [tf.reshape(dy, shape), target])[0]!;
}
