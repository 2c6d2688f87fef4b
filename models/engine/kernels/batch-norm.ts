/** Batch normalisation in training (Ioffe, Szegedy 2015): one fused kernel forward, one backward. */
import * as tf from '@tensorflow/tfjs-core';
import { attribute, execute, isNative } from '../native.js';

export interface BatchNormResult {
  readonly y: tf.Tensor4D;
  /** Of the batch, per channel; not differentiated. */
  readonly mean: tf.Tensor1D;
  /** Population variance of the batch (divided by the number of values), per channel; not differentiated. */
  readonly variance: tf.Tensor1D;
}

/**
 * Normalises every channel by its mean and variance over the batch: `(x - mean) / sqrt(variance + epsilon) * scale + offset`.
 * @param x NHWC.
 * @param scale [channels].
 * @param offset [channels].
 */
export function batchNormTrain(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): BatchNormResult {
  const normalise = isNative() ? native : portable;
  let statistics: tf.Tensor[] = [];
  const op = tf.customGrad((...args) => {
    const [input, gamma, beta, save] = args as unknown as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    const { y, mean, variance, saved, gradient } = normalise(input, gamma, beta, epsilon);
    statistics = [tf.keep(mean), tf.keep(variance)];
    save([input, gamma, ...saved]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor4D, [x0, gamma0, ...rest]: tf.Tensor[]) =>
        gradient(dy, x0 as tf.Tensor4D, gamma0 as tf.Tensor1D, rest, epsilon),
    };
  });
  const y = op(x, scale, offset) as tf.Tensor4D;
  // `customGrad` tidies all but its one value: the statistics were kept, and now go over to the caller's scope.
  const [mean, variance] = statistics.map((kept) => {
    const owned = kept.clone();
    kept.dispose();
    return owned;
  });
  return { y, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

interface Forward {
  readonly y: tf.Tensor4D;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
  readonly saved: tf.Tensor[];
  readonly gradient: (
    dy: tf.Tensor4D,
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    saved: tf.Tensor[],
    epsilon: number,
  ) => tf.Tensor[];
}

function native(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D, epsilon: number): Forward {
  const none = tf.tensor1d([], 'float32');
  const outputs = execute('FusedBatchNormV3', attributes(epsilon), [x, scale, offset, none, none], 6);
  const [y, mean, sample, ...saved] = outputs;
  const count = x.size / x.shape[3];
  // The kernel gives the sample variance (divided by count - 1), though it normalises by the population's.
  const variance = count > 1 ? tf.mul(sample!, (count - 1) / count) : sample!;
  return {
    y: y as tf.Tensor4D,
    mean: mean as tf.Tensor1D,
    variance: variance as tf.Tensor1D,
    saved,
    gradient: nativeGradient,
  };
}

const nativeGradient: Forward['gradient'] = (dy, x, scale, saved, epsilon) =>
  execute('FusedBatchNormGradV3', attributes(epsilon), [dy, x, scale, ...saved], 5).slice(0, 3);

function attributes(epsilon: number) {
  return [
    attribute.type('T', 'float32'),
    attribute.type('U', 'float32'),
    attribute.float('epsilon', epsilon),
    attribute.string('data_format', 'NHWC'),
    attribute.bool('is_training', true),
  ];
}

function portable(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D, epsilon: number): Forward {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const deviation = tf.rsqrt(tf.add(variance, epsilon));
  const y = tf.add(tf.mul(tf.sub(x, mean), tf.mul(deviation, scale)), offset) as tf.Tensor4D;
  return {
    y,
    mean: mean as tf.Tensor1D,
    variance: variance as tf.Tensor1D,
    saved: [mean, deviation],
    gradient: portableGradient,
  };
}

const portableGradient: Forward['gradient'] = (dy, x, scale, [mean, deviation]) => {
  const axes = [0, 1, 2];
  const centred = tf.mul(tf.sub(x, mean!), deviation!);
  const scaleGradient = tf.sum(tf.mul(dy, centred), axes);
  const offsetGradient = tf.sum(dy, axes);
  const count = x.size / x.shape[3];
  const inner = tf.sub(dy, tf.div(tf.add(tf.mul(centred, scaleGradient), offsetGradient), count));
  return [tf.mul(inner, tf.mul(scale, deviation!)), scaleGradient, offsetGradient];
};
