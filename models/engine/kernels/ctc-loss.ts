/** Connectionist temporal classification (Graves et al. 2006): TensorFlow's kernel, or typed arrays where it is not. */
import * as tf from '@tensorflow/tfjs-core';
import { expected } from '../../base/errors.js';
import { attribute, execute, isNative, toInt64 } from '../native.js';
import { ctcForwardBackward } from './ctc-forward-backward.js';

/** True when `label` can be written in that many frames: one frame a symbol, and a blank between equal neighbours. */
export function ctcFeasible(label: readonly number[], frames: number): boolean {
  let needed = label.length;
  for (let i = 1; i < label.length; i++) if (label[i] === label[i - 1]) needed++;
  return needed <= frames;
}

/**
 * Negative log-likelihood of each label, in nats. The blank is the last class. A label that needs more frames than its
 * line has (see `ctcFeasible`) gets loss 0 and gradient 0.
 * @param logits [batch, time, classes], raw: the softmax is inside.
 * @param labels one list of class indices a line, without blanks.
 * @param logitLengths how many frames of each line count; the others get gradient 0.
 * @returns [batch]
 * @throws invalid_argument when lengths or class indices do not fit the logits.
 */
export function ctcLoss(
  logits: tf.Tensor3D,
  labels: readonly (readonly number[])[],
  logitLengths: readonly number[],
): tf.Tensor1D {
  check(logits.shape, labels, logitLengths);
  const feasible = labels.map(
    (label, line) => logitLengths[line]! > 0 && ctcFeasible(label, logitLengths[line]!),
  );
  const compute = isNative() ? native : portable;
  const op = tf.customGrad((x, save) => {
    const { loss, gradient } = compute(x as tf.Tensor3D, labels, logitLengths, feasible);
    (save as tf.GradSaveFunc)([gradient]);
    return {
      value: loss,
      gradFunc: (dy: tf.Tensor1D, saved: tf.Tensor[]) => tf.mul(saved[0]!, tf.reshape(dy, [-1, 1, 1])),
    };
  });
  return op(logits) as tf.Tensor1D;
}

interface LossAndGradient {
  readonly loss: tf.Tensor1D;
  /** [batch, time, classes] */
  readonly gradient: tf.Tensor3D;
}

function native(
  logits: tf.Tensor3D,
  labels: readonly (readonly number[])[],
  logitLengths: readonly number[],
  feasible: readonly boolean[],
): LossAndGradient {
  const indices: number[] = [];
  const values: number[] = [];
  labels.forEach((label, line) => {
    // The kernel takes no empty label; whatever it says about the stand-in is masked below.
    const written = feasible[line] && label.length > 0 ? label : [0];
    written.forEach((symbol, place) => {
      values.push(symbol);
      indices.push(line, place);
    });
  });
  const attributes = [
    attribute.type('T', 'float32'),
    attribute.bool('preprocess_collapse_repeated', false),
    attribute.bool('ctc_merge_repeated', true),
    attribute.bool('ignore_longer_outputs_than_inputs', true),
  ];
  const inputs = [
    tf.transpose(logits, [1, 0, 2]),
    toInt64(tf.tensor2d(indices, [values.length, 2], 'int32')),
    tf.tensor1d(values, 'int32'),
    // At least one frame, for the stand-ins.
    tf.tensor1d(
      logitLengths.map((length) => Math.max(1, length)),
      'int32',
    ),
  ];
  const [loss, timeMajor] = execute('CTCLoss', attributes, inputs, 2) as [tf.Tensor1D, tf.Tensor3D];
  let result: LossAndGradient = { loss, gradient: tf.transpose(timeMajor, [1, 0, 2]) };
  const empty = labels.map((label, line) => label.length === 0 && feasible[line]!);
  if (empty.some((yes) => yes)) result = select(empty, onlyBlanks(logits, logitLengths), result);
  if (feasible.every((yes) => yes)) return result;
  return select(feasible, result, { loss: tf.zerosLike(loss), gradient: tf.zerosLike(logits) });
}

/** Line by line, `yes` where the condition holds, else `no`. Not a product: what is left out may hold infinities. */
function select(condition: readonly boolean[], yes: LossAndGradient, no: LossAndGradient): LossAndGradient {
  const mask = tf.tensor1d(condition.map(Number), 'bool');
  const wide = tf.broadcastTo(tf.reshape(mask, [-1, 1, 1]), yes.gradient.shape);
  return { loss: tf.where(mask, yes.loss, no.loss), gradient: tf.where(wide, yes.gradient, no.gradient) };
}

/** The loss of empty labels: every frame must be blank. */
function onlyBlanks(logits: tf.Tensor3D, logitLengths: readonly number[]): LossAndGradient {
  const [, time, classes] = logits.shape;
  const lengths = tf.tensor2d([...logitLengths], [logitLengths.length, 1], 'int32');
  const counts = tf.cast(tf.less(tf.range(0, time, 1, 'int32'), lengths), 'float32');
  const logProbs = tf.logSoftmax(logits);
  const blank = tf.oneHot(tf.fill([time], classes - 1, 'int32'), classes);
  const loss = tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(logProbs, blank), 2), counts), 1)) as tf.Tensor1D;
  const gradient = tf.mul(tf.sub(tf.exp(logProbs), blank), tf.expandDims(counts, 2)) as tf.Tensor3D;
  return { loss, gradient };
}

function portable(
  logits: tf.Tensor3D,
  labels: readonly (readonly number[])[],
  logitLengths: readonly number[],
  feasible: readonly boolean[],
): LossAndGradient {
  const [batch, time, classes] = logits.shape;
  const data = logits.dataSync() as Float32Array;
  const losses = new Float32Array(batch);
  const gradient = new Float32Array(data.length);
  for (let line = 0; line < batch; line++) {
    if (!feasible[line]) continue;
    const start = line * time * classes;
    const frames = logitLengths[line]!;
    const end = start + frames * classes;
    const target = gradient.subarray(start, end);
    losses[line] = ctcForwardBackward(data.subarray(start, end), frames, classes, labels[line]!, target);
  }
  return { loss: tf.tensor1d(losses), gradient: tf.tensor3d(gradient, logits.shape) };
}

function check(
  [batch, time, classes]: [number, number, number],
  labels: readonly (readonly number[])[],
  logitLengths: readonly number[],
): void {
  if (labels.length !== batch) throw expected('invalid_argument', `${batch} lists`, 'labels', labels.length);
  if (logitLengths.length !== batch) {
    throw expected('invalid_argument', `${batch} numbers`, 'logitLengths', logitLengths.length);
  }
  for (const length of logitLengths) {
    if (!Number.isInteger(length) || length < 0 || length > time) {
      throw expected('invalid_argument', `integers from 0 to ${time}`, 'logitLengths', length);
    }
  }
  for (const label of labels) {
    for (const symbol of label) {
      if (!Number.isInteger(symbol) || symbol < 0 || symbol >= classes - 1) {
        throw expected('invalid_argument', `class indices from 0 to ${classes - 2}`, 'labels', symbol);
      }
    }
  }
}
