import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeBest, frameWeights, sequenceLoss, weightedMean } from '../../../compression/distill/ctc.js';
import { hintLoss } from '../../../compression/distill/distill-hook.js';
import {
  relativeSquaredError,
  sigmoidDivergence,
  softened,
  softmaxDivergence,
  stopGradient,
} from '../../../compression/distill/divergences.js';
import {
  defaultOutputs,
  lessonLoss,
  lessonOf,
  taughtOutputSchema,
} from '../../../compression/distill/outputs.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { checkKernel, normalArgument } from '../../models/engine/kernels/gradient-check.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const tensorOf = ({ shape, values }: { shape: readonly number[]; values: Float32Array }) =>
  tf.tensor(values, [...shape]);
const value = (f: () => tf.Tensor) => tf.tidy(() => f().dataSync()[0]!);

describe('gradients agree with finite differences', () => {
  const teacher = normalArgument('teacher', [2, 3, 4]);
  it('of the softmax divergence', () =>
    checkKernel(
      (x) => softmaxDivergence(x, softened(tensorOf(teacher), 3), 3),
      [normalArgument('x', [2, 3, 4])],
    ));
  it('of the sigmoid divergence', () =>
    checkKernel(
      (x) => sigmoidDivergence(x, tf.sigmoid(tensorOf(teacher)), 2),
      [normalArgument('x', [2, 3, 4])],
    ));
  it('of the relative squared error', () =>
    checkKernel((x) => relativeSquaredError(x, tensorOf(teacher)), [normalArgument('x', [2, 3, 4])]));
  it('of the hint, by features and by projection, at another size', () => {
    const wanted = normalArgument('wanted', [1, 4, 6, 3]);
    return checkKernel(
      (x, p) => hintLoss(x, p, tensorOf(wanted), 'x'),
      [normalArgument('x', [1, 2, 3, 2]), normalArgument('p', [2, 3])],
    );
  });
  it('of the frames of CTC, padding and blanks weighed', () => {
    const taught = taughtOutputSchema.parse({ kind: 'ctc', blankThreshold: 0.3, temperature: 1.5 });
    return checkKernel(
      (x) => lessonLoss(taught, x, lessonOf(taught, [tensorOf(teacher)], [3, 2]), [3, 2]),
      [normalArgument('x', [2, 3, 4])],
    );
  });
  it('of the sequences of CTC', () =>
    checkKernel(
      (x) => sequenceLoss(x as tf.Tensor3D, [[0, 1], [2]], [3, 2]),
      [normalArgument('x', [2, 3, 4])],
    ));
});

describe('divergences', () => {
  it('are 0 for the teacher itself and positive for others', () => {
    const x = tensorOf(normalArgument('x', [5, 7]));
    const y = tensorOf(normalArgument('y', [5, 7]));
    expect(value(() => tf.max(tf.abs(softmaxDivergence(x, softened(x, 4), 4))))).toBeLessThan(1e-4);
    expect(value(() => tf.min(softmaxDivergence(x, softened(y, 4), 4)))).toBeGreaterThan(0);
    expect(value(() => tf.max(tf.abs(sigmoidDivergence(x, tf.sigmoid(tf.div(x, 2)), 2))))).toBeLessThan(1e-5);
    expect(value(() => relativeSquaredError(tf.zerosLike(x), x))).toBeCloseTo(1, 5);
  });
  it('at a high temperature are near those of centred logits: temperature² keeps their size', () => {
    const x = tensorOf(normalArgument('x', [5, 7]));
    const y = tensorOf(normalArgument('y', [5, 7]));
    const centred = (z: tf.Tensor) => tf.sub(z, tf.mean(z, -1, true));
    const limit = value(() => tf.div(tf.sum(tf.square(tf.sub(centred(x), centred(y)))), 2 * 7 * 5));
    expect(value(() => tf.mean(softmaxDivergence(x, softened(y, 50), 50)))).toBeCloseTo(limit, 1);
  });
  it('let no gradient through where it is stopped', () => {
    const x = tf.scalar(3);
    expect(
      tf
        .grad((a) => tf.mul(stopGradient(a), a))(x)
        .dataSync()[0],
    ).toBe(3);
    const logits = tf.ones([1, 2, 3]);
    const taught = taughtOutputSchema.parse({ kind: 'ctc', sequence: 1 });
    const own = (y: tf.Tensor) =>
      lessonLoss(taught, y, lessonOf(taught, [stopGradient(y)], undefined), undefined);
    expect(tf.grad(own)(logits).shape).toEqual([1, 2, 3]);
  });
});

describe('CTC', () => {
  // Frames: a, a, sure blank, a, b | unsure blank, b, padding.
  const rows = [
    [0.8, 0.1, 0.1],
    [0.8, 0.1, 0.1],
    [0.01, 0.01, 0.98],
    [0.6, 0.1, 0.3],
    [0.1, 0.8, 0.1],
    [0.3, 0.1, 0.6],
    [0.1, 0.9, 0],
    [0.9, 0.05, 0.05],
    [0.9, 0.05, 0.05],
    [0.9, 0.05, 0.05],
  ];
  const probabilities = () => tf.tensor3d(rows.flat(), [2, 5, 3]);
  it('frames of sure blanks count less and padding nothing', () => {
    const weights = frameWeights(probabilities(), [5, 2], { blankWeight: 0.25, threshold: 0.9 });
    expect([...weights.dataSync()]).toEqual([1, 1, 0.25, 1, 1, 1, 1, 0, 0, 0]);
    expect(value(() => weightedMean(tf.ones([2, 5]), weights))).toBeCloseTo(1, 6);
  });
  it('reads repeats as one, unless a blank stands between', () => {
    expect(decodeBest(probabilities(), [5, 2])).toEqual([[0, 0, 1], [1]]);
    expect(decodeBest(probabilities(), undefined)[1]).toEqual([1, 0]);
  });
  it('a reading that does not fit its frames teaches the empty line, not infinity', () => {
    const loss = value(() => sequenceLoss(tf.zeros([1, 2, 3]), [[0, 0]], [2]));
    expect(Number.isFinite(loss)).toBe(true);
  });
});

describe('what is taught', () => {
  it('follows from the rank where nothing is said', () => {
    expect(
      [
        [null, 7],
        [null, null, 7],
        [null, null, null, 1],
      ].map((s) => defaultOutputs(s)[0]!.kind),
    ).toEqual(['softmax', 'ctc', 'sigmoid']);
  });
  it('is the mean of several teachers', () => {
    const taught = taughtOutputSchema.parse({ kind: 'softmax', temperature: 1 });
    const [a, b] = [tf.tensor2d([[0, 0]]), tf.tensor2d([[Math.log(3), 0]])];
    expect([...lessonOf(taught, [a, b], undefined).target.dataSync()]).toEqual([
      expect.closeTo(0.625, 6),
      expect.closeTo(0.375, 6),
    ]);
  });
  it('must have one shape', () => {
    const taught = taughtOutputSchema.parse({ kind: 'regression' });
    const lesson = lessonOf(taught, [tf.zeros([1, 3])], undefined);
    expect(() => lessonLoss(taught, tf.zeros([1, 2]), lesson, undefined)).toThrow(/shape \[1, 2\]/);
  });
});
