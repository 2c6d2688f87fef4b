import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ctcFeasible, ctcLoss } from '../../../../models/engine/kernels/ctc-loss.js';
import { availableBackends, onEachBackend } from '../backends.js';
import { checkKernel, expectClose, normalArgument } from './gradient-check.js';

beforeAll(async () => void (await availableBackends()));

/** The sum over every path that collapses to the label, by trying all of them. */
function bruteForce(logits: Float32Array, frames: number, classes: number, label: readonly number[]): number {
  let total = 0;
  const probabilities = Array.from({ length: frames }, (_, t) => {
    const row = [...logits.slice(t * classes, (t + 1) * classes)].map(Math.exp);
    const sum = row.reduce((a, b) => a + b);
    return row.map((value) => value / sum);
  });
  const walk = (t: number, last: number, written: readonly number[], p: number): void => {
    if (t === frames) {
      if (written.join() === label.join()) total += p;
      return;
    }
    for (let c = 0; c < classes; c++) {
      const next = c === classes - 1 || c === last ? written : [...written, c];
      walk(t + 1, c, next, p * probabilities[t]![c]!);
    }
  };
  walk(0, classes - 1, [], 1);
  return -Math.log(total);
}

describe('ctcLoss', () => {
  const [batch, time, classes] = [7, 5, 4];
  const logits = normalArgument('logits', [batch, time, classes], 1.5);
  const labels = [[0, 1], [2], [1, 1], [0, 1, 2, 0, 1], [], [2, 2, 2], [0]];
  const lengths = [5, 3, 4, 5, 4, 5, 1];

  it('is the negative log of the sum over all paths', async () => {
    const wanted = labels.map((label, line) => {
      const start = line * time * classes;
      return bruteForce(logits.values.slice(start, start + time * classes), lengths[line]!, classes, label);
    });
    const losses = await onEachBackend(() => {
      const loss = tf.tidy(() =>
        ctcLoss(tf.tensor3d(logits.values, [batch, time, classes]), labels, lengths),
      );
      const data = loss.dataSync<'float32'>().slice();
      loss.dispose();
      return data;
    });
    for (const loss of losses.values()) expectClose(loss, Float32Array.from(wanted), 1e-5, 'loss');
  });

  it('agrees on every backend and with finite differences', async () => {
    await checkKernel((x) => ctcLoss(x as tf.Tensor3D, labels, lengths), [logits]);
  });

  it('gives lines whose label does not fit loss and gradient zero, whatever the others are', async () => {
    const impossible = [[0, 1], [2, 2, 2], [1], [0, 0], [], [1], [1]];
    const frames = [1, 4, 0, 2, 0, 1, 5];
    await checkKernel((x) => ctcLoss(x as tf.Tensor3D, impossible, frames), [logits]);
    await onEachBackend(() => {
      const x = tf.tensor3d(logits.values, [batch, time, classes]);
      const { value, grad } = tf.valueAndGrad((y) =>
        tf.sum(tf.slice(ctcLoss(y as tf.Tensor3D, impossible, frames), 0, 5)),
      )(x);
      expect(value.dataSync()[0]).toBe(0);
      expect(grad.dataSync().every((v) => v === 0)).toBe(true);
      tf.dispose([x, value, grad]);
    });
  });

  it('stays exact where probabilities are far below what a float holds', async () => {
    const long = normalArgument('long', [1, 200, 40], 6);
    const label = Array.from({ length: 60 }, (_, i) => (i * 11) % 39);
    const losses = await onEachBackend(() => {
      const loss = tf.tidy(() => ctcLoss(tf.tensor3d(long.values, [1, 200, 40]), [label], [200]));
      const value = loss.dataSync<'float32'>().slice();
      loss.dispose();
      return value;
    });
    const [first, ...others] = [...losses.values()];
    expect(first![0]).toBeGreaterThan(200);
    for (const other of others) expectClose(other, first!, 1e-4, 'loss');
  });

  it('refuses class indices and lengths that do not fit', () => {
    const x = tf.zeros<tf.Rank.R3>([1, 4, 3]);
    expect(() => ctcLoss(x, [[2]], [4])).toThrow(/class indices from 0 to 1 for labels but received 2/);
    expect(() => ctcLoss(x, [[0]], [5])).toThrow(/integers from 0 to 4 for logitLengths but received 5/);
    expect(() => ctcLoss(x, [], [4])).toThrow(/1 lists for labels/);
    x.dispose();
  });
});

describe('ctcFeasible', () => {
  it('counts a blank between equal neighbours', () => {
    expect(ctcFeasible([], 0)).toBe(true);
    expect(ctcFeasible([1, 2, 1], 3)).toBe(true);
    expect(ctcFeasible([1, 1, 1], 4)).toBe(false);
    expect(ctcFeasible([1, 1, 1], 5)).toBe(true);
  });
});
