/** Gradient clipping by the norm over all variables (Pascanu et al. 2013), without waiting for any value. */
import * as tf from '@tensorflow/tfjs-core';
import { attribute, execute, isNative } from '../../engine/native.js';

export interface ClippedGradients {
  readonly grads: Map<string, tf.Tensor>;
  /** The norm before clipping. */
  readonly norm: tf.Scalar;
}

/**
 * Scales all gradients by one factor so that their common norm is at most `maxNorm`. When that norm is not finite, all
 * come out zero, so that one bad batch cannot spoil the weights: look at `norm` to notice it.
 */
export function clipByGlobalNorm(grads: ReadonlyMap<string, tf.Tensor>, maxNorm: number): ClippedGradients {
  const names = [...grads.keys()];
  const [norm, ...clipped] = tf.tidy(() => {
    const tensors = [...grads.values()];
    const sum = tensors.length > 0 ? tf.addN(tensors.map(squaredNorm)) : tf.scalar(0);
    const total = tf.sqrt(sum);
    const factor = tf.minimum(1, tf.div(maxNorm, tf.maximum(total, 1e-12)));
    const safe = tf.where(tf.isFinite(total), factor, tf.scalar(0));
    return [total, ...tensors.map((tensor) => scale(tensor, safe))];
  });
  return { grads: new Map(names.map((name, i) => [name, clipped[i]!])), norm: norm as tf.Scalar };
}

function squaredNorm(x: tf.Tensor): tf.Tensor {
  if (!isNative()) return tf.sum(tf.square(x));
  return tf.mul(execute('L2Loss', [attribute.type('T', 'float32')], [x])[0]!, 2);
}

/** x · factor, and 0 where the factor is 0 whatever x is. */
function scale(x: tf.Tensor, factor: tf.Tensor): tf.Tensor {
  if (isNative()) return execute('MulNoNan', [attribute.type('T', 'float32')], [x, factor])[0]!;
  return tf.where(tf.notEqual(factor, 0), tf.mul(x, factor), tf.zerosLike(x));
}
