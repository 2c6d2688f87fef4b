/**
 * Distillation of models trained by CTC (Graves et al. 2006), by frames and by sequences (Takashima et al. 2018, "An
 * investigation of a knowledge distillation method for CTC acoustic models"; sequences after Kim and Rush 2016). The
 * blank is the last class.
 */
import * as tf from '@tensorflow/tfjs-core';
import { ctcFeasible, ctcLoss } from '../../models/engine/kernels/ctc-loss.js';

/**
 * What each frame counts: CTC's posteriors are blank nearly everywhere, so that a plain mean over the frames would teach
 * little but blanks. Frames in which the teacher is surer than `threshold` of the blank count `blankWeight`, padding 0.
 * @param probabilities the teacher's, not softened, [batch, time, classes]. @returns [batch, time]
 */
export function frameWeights(
  probabilities: tf.Tensor3D,
  lengths: readonly number[] | undefined,
  { blankWeight, threshold }: { readonly blankWeight: number; readonly threshold: number },
): tf.Tensor2D {
  const [batch, time, classes] = probabilities.shape;
  return tf.tidy(() => {
    const blank = tf.reshape(tf.slice(probabilities, [0, 0, classes - 1], [-1, -1, 1]), [batch, time]);
    const weights = tf.where(
      tf.greater(blank, threshold),
      tf.fill([batch, time], blankWeight),
      tf.ones([batch, time]),
    );
    if (!lengths) return weights as tf.Tensor2D;
    const inside = tf.less(tf.range(0, time, 1, 'int32'), tf.tensor2d([...lengths], [batch, 1], 'int32'));
    return tf.mul(weights, tf.cast(inside, 'float32')) as tf.Tensor2D;
  });
}

/** Mean over what counts. */
export function weightedMean(values: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.maximum(tf.sum(weights), 1e-6));
}

/** The best class of every frame, repeats merged, blanks dropped. @param probabilities or logits, [batch, time, classes] */
export function decodeBest(probabilities: tf.Tensor3D, lengths: readonly number[] | undefined): number[][] {
  const [batch, time, classes] = probabilities.shape;
  const classOf = tf.argMax(probabilities, -1);
  const best = classOf.dataSync();
  classOf.dispose();
  return Array.from({ length: batch }, (_, line) => {
    const frames = best.subarray(line * time, line * time + (lengths?.[line] ?? time));
    return [...frames.filter((value, t) => value !== classes - 1 && value !== frames[t - 1])];
  });
}

/** Mean CTC loss of the lines by what the teacher reads in them, a character (as many as there are, and two). */
export function sequenceLoss(
  logits: tf.Tensor3D,
  readings: readonly (readonly number[])[],
  lengths: readonly number[] | undefined,
): tf.Scalar {
  const frames = lengths ?? readings.map(() => logits.shape[1]);
  const possible = readings.map((reading, i) => (ctcFeasible(reading, frames[i]!) ? reading : []));
  const sizes = tf.tensor1d(possible.map(({ length }) => length + 2));
  return tf.mean(tf.div(ctcLoss(logits, possible, frames), sizes));
}
