/** How far a student's outputs are from what its teachers say. All are differentiable in the student alone. */
import * as tf from '@tensorflow/tfjs-core';

const TINY = 1e-8;

/**
 * x, through which no gradient flows: what is made from it may use operations that have none. A function of no arguments
 * leaves no path on the tape from x.
 */
export function stopGradient(x: tf.Tensor): tf.Tensor {
  return tf.customGrad(() => ({ value: x.clone(), gradFunc: () => [] }))();
}

/** softmax(logits / temperature) along the last axis. */
export function softened(logits: tf.Tensor, temperature: number): tf.Tensor {
  return tf.softmax(tf.div(logits, temperature), -1);
}

/**
 * Kullback-Leibler divergence, in nats, of the student's softened distribution from the teachers' at every position, times
 * temperature², which keeps the gradient's size whatever the temperature (Hinton et al. 2015).
 * @param logits [..., classes]. @param teacher probabilities [..., classes], softened alike. @returns [...]
 */
export function softmaxDivergence(logits: tf.Tensor, teacher: tf.Tensor, temperature: number): tf.Tensor {
  const student = tf.logSoftmax(tf.div(logits, temperature), -1);
  const wanted = tf.log(tf.maximum(teacher, TINY));
  return tf.mul(tf.sum(tf.mul(teacher, tf.sub(wanted, student)), -1), temperature ** 2);
}

/**
 * The same for independent yes-or-no outputs. @param teacher probabilities, softened alike. @returns of the logits' shape
 */
export function sigmoidDivergence(logits: tf.Tensor, teacher: tf.Tensor, temperature: number): tf.Tensor {
  const scaled = tf.div(logits, temperature);
  const not = tf.sub(1, teacher);
  const entropy = tf.add(
    tf.mul(teacher, tf.log(tf.maximum(teacher, TINY))),
    tf.mul(not, tf.log(tf.maximum(not, TINY))),
  );
  // p · log σ(x) + (1 − p) · log σ(−x); tfjs's own logSigmoid has a gradient that reads a freed tensor.
  const cross = tf.sub(tf.mul(teacher, scaled), tf.softplus(scaled));
  return tf.mul(tf.sub(entropy, cross), temperature ** 2);
}

/** Squared difference over the teacher's mean square: 1 is what a student of zeros would get. */
export function relativeSquaredError(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  const scale = tf.add(tf.mean(tf.square(teacher)), TINY);
  return tf.div(tf.mean(tf.square(tf.sub(student, teacher))), scale);
}
