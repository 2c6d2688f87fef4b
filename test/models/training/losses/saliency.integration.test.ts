import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { contourLoss, saliencyLoss, structureLoss } from '../../../../models/training/losses/saliency.js';
import { availableBackends, onEachBackend } from '../../engine/backends.js';
import { checkKernel, normalArgument } from '../../engine/kernels/gradient-check.js';

beforeAll(async () => void (await availableBackends()));

const image = (values: readonly number[], side: number) => tf.tensor4d([...values], [1, side, side, 1]);
const number = (scalar: () => tf.Scalar): number => tf.tidy(() => scalar().dataSync()[0]!);

describe('structureLoss', () => {
  it('is weighted cross-entropy plus 1 − weighted IoU', async () => {
    const logits = [2, -1, 0.5, -3];
    const mask = [1, 0, 0, 1];
    const weight = [1, 2, 3, 4];
    const p = logits.map((z) => 1 / (1 + Math.exp(-z)));
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    const cross = sum(p.map((q, i) => -weight[i]! * Math.log(mask[i] ? q : 1 - q))) / sum(weight);
    const shared = sum(p.map((q, i) => weight[i]! * q * mask[i]!));
    const all = sum(p.map((q, i) => weight[i]! * (q + mask[i]!))) - shared;
    const expected = cross + 1 - (shared + 1) / (all + 1);
    const results = await onEachBackend(() =>
      number(() => structureLoss(image(logits, 2), image(mask, 2), image(weight, 2))),
    );
    for (const value of results.values()) expect(value).toBeCloseTo(expected, 5);
  });

  it('has the gradient of finite differences', async () => {
    const mask = image([1, 0, 0, 1, 1, 0, 0.5, 1, 0], 3);
    const weight = image([1, 2, 3, 1, 2, 3, 1, 2, 3], 3);
    const mean = (a: tf.Tensor) =>
      structureLoss(a as tf.Tensor4D, tf.clone(mask), tf.clone(weight)) as tf.Tensor;
    await checkKernel(mean, [normalArgument('logits', [1, 3, 3, 1])]);
  });
});

describe('contourLoss', () => {
  it('prefers the outline to its absence and to an outline everywhere', async () => {
    const outline = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const loss = (logits: number[]) => number(() => contourLoss(image(logits, 4), image(outline, 4)));
    const right = loss(outline.map((v) => 6 * v - 3));
    expect(right).toBeLessThan(0.1);
    expect(loss(outline.map(() => -3))).toBeGreaterThan(5 * right);
    expect(loss(outline.map(() => 3))).toBeGreaterThan(5 * right);
  });

  it('stays finite without any outline', () => {
    expect(number(() => contourLoss(image([5, -5, 1, 0], 2), image([0, 0, 0, 0], 2)))).toSatisfy(
      Number.isFinite,
    );
  });
});

describe('saliencyLoss', () => {
  it('is nearly nothing for the right maps at every stride', () => {
    const side = 8;
    const mask = Array.from({ length: side * side }, (_, i) => (i % side < 4 ? 1 : 0));
    const logitsAt = (stride: number) =>
      image(
        Array.from({ length: (side / stride) ** 2 }, (_, i) => (i % (side / stride) < 4 / stride ? 12 : -12)),
        side / stride,
      );
    const outputs = {
      dense: logitsAt(1),
      contour: image(new Array(16).fill(-20), 4),
      sides: [logitsAt(2), logitsAt(4)],
      streams: { segment: logitsAt(2), fused: logitsAt(1) },
    };
    const targets = () => ({
      mask: image(mask, side),
      weight: image(new Array(64).fill(1), side),
      contour: image(new Array(16).fill(0), 4),
    });
    const total = number(() => saliencyLoss(outputs, targets()));
    expect(total).toBeLessThan(0.01);
    // Each stream is taught by itself: a wrong one shows, however good the others are.
    const wrong = tf.neg(logitsAt(2)) as tf.Tensor4D;
    for (const streams of [
      { segment: wrong, fused: logitsAt(1) },
      { segment: logitsAt(2), fused: wrong },
    ])
      expect(number(() => saliencyLoss({ ...outputs, streams }, targets()))).toBeGreaterThan(1);
  });
});
