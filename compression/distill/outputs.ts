/** What of a model's outputs is taught, and by which measure. */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { expected } from '../../models/base/errors.js';
import type { Shape } from '../../models/graph/ir.js';
import { decodeBest, frameWeights, sequenceLoss, weightedMean } from './ctc.js';
import { relativeSquaredError, sigmoidDivergence, softened, softmaxDivergence } from './divergences.js';

const weight = z.number().min(0).default(1);
const temperature = z.number().min(0.1).max(100);
const output = z.int().min(0).default(0);
const share = z.number().min(0).max(1);

export const taughtOutputSchema = z.discriminatedUnion('kind', [
  /** Classes along the last axis. */
  z.strictObject({ kind: z.literal('softmax'), output, weight, temperature: temperature.default(4) }),
  /** Yes or no at every position. */
  z.strictObject({ kind: z.literal('sigmoid'), output, weight, temperature: temperature.default(2) }),
  /** Numbers. */
  z.strictObject({ kind: z.literal('regression'), output, weight }),
  /**
   * Frames for CTC, blank last. `blankWeight`: what a frame counts where the teacher is surer of the blank than
   * `blankThreshold`. `sequence`: weight of the loss by the teacher's reading; `weight` is that of the frames.
   */
  z.strictObject({
    kind: z.literal('ctc'),
    output,
    weight,
    temperature: temperature.default(2),
    blankWeight: share.default(0.1),
    blankThreshold: share.default(0.9),
    sequence: z.number().min(0).default(0),
  }),
]);
export type TaughtOutput = z.output<typeof taughtOutputSchema>;

/** Output 0: CTC where it is a sequence, yes or no at every pixel where it is a map, else classes. */
export function defaultOutputs(shape: Shape): TaughtOutput[] {
  const kind = shape.length === 3 ? 'ctc' : shape.length === 4 ? 'sigmoid' : 'softmax';
  return [taughtOutputSchema.parse({ kind })];
}

/** What the teachers say of one batch at one output. */
export interface Lesson {
  /** Mean of the teachers, softened; numbers of a regression as they are. */
  readonly target: tf.Tensor;
  /** CTC: what each frame counts, and what the teachers read. */
  readonly frames?: tf.Tensor2D;
  readonly readings?: readonly (readonly number[])[];
}

/**
 * @param teachers the same output of each teacher, raw, of one shape.
 * @returns tensors of the present tidy.
 */
export function lessonOf(
  taught: TaughtOutput,
  teachers: readonly tf.Tensor[],
  lengths: readonly number[] | undefined,
): Lesson {
  const mean = (f: (x: tf.Tensor) => tf.Tensor) =>
    tf.tidy(() => tf.div(tf.addN(teachers.map(f)), teachers.length));
  switch (taught.kind) {
    case 'regression':
      return { target: mean((x) => x.clone()) };
    case 'sigmoid':
      return { target: mean((x) => tf.sigmoid(tf.div(x, taught.temperature))) };
    case 'softmax':
      return { target: mean((x) => softened(x, taught.temperature)) };
    case 'ctc': {
      const plain = mean((x) => tf.softmax(x, -1)) as tf.Tensor3D;
      const { blankWeight, blankThreshold: threshold } = taught;
      const readings = taught.sequence > 0 ? decodeBest(plain, lengths) : undefined;
      return {
        target: taught.temperature === 1 ? plain : mean((x) => softened(x, taught.temperature)),
        frames: frameWeights(plain, lengths, { blankWeight, threshold }),
        ...(readings && { readings }),
      };
    }
  }
}

/** The student's loss by a lesson, weighted. */
export function lessonLoss(
  taught: TaughtOutput,
  student: tf.Tensor,
  { target, frames, readings }: Lesson,
  lengths: readonly number[] | undefined,
): tf.Scalar {
  requireSameShape(taught.output, student.shape, target.shape);
  switch (taught.kind) {
    case 'regression':
      return tf.mul(relativeSquaredError(student, target), taught.weight);
    case 'sigmoid':
      return tf.mul(tf.mean(sigmoidDivergence(student, target, taught.temperature)), taught.weight);
    case 'softmax':
      return tf.mul(tf.mean(softmaxDivergence(student, target, taught.temperature)), taught.weight);
    case 'ctc': {
      const byFrame = softmaxDivergence(student, target, taught.temperature);
      const loss = tf.mul(weightedMean(byFrame, frames!), taught.weight) as tf.Scalar;
      if (!readings) return loss;
      return tf.add(loss, tf.mul(sequenceLoss(student as tf.Tensor3D, readings, lengths), taught.sequence));
    }
  }
}

function requireSameShape(output: number, student: readonly number[], teacher: readonly number[]): void {
  if (student.join() === teacher.join()) return;
  throw expected(
    'invalid_config',
    `the student's shape [${student.join(', ')}]`,
    `output ${output} of a teacher`,
    [...teacher],
  );
}
