import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNormTrain } from '../../../../models/engine/kernels/batch-norm.js';
import { dilatedConv2d } from '../../../../models/engine/kernels/dilated-conv2d.js';
import { lstm } from '../../../../models/engine/kernels/lstm.js';
import { relu, relu6 } from '../../../../models/engine/kernels/relu.js';
import { availableBackends, onEachBackend } from '../backends.js';
import { type Argument, checkKernel, expectClose, normalArgument } from './gradient-check.js';

beforeAll(async () => void (await availableBackends()));

/** Values no closer than `distance` to a kink, so that finite differences do not straddle it. */
function awayFrom(argument: Argument, kinks: readonly number[], distance: number): Argument {
  const near = (x: number) => kinks.some((kink) => Math.abs(x - kink) < distance);
  return { ...argument, values: argument.values.map((x) => (near(x) ? x + 2 * distance : x)) };
}

describe('relu, relu6', () => {
  it('agree on every backend and with finite differences', async () => {
    const x = awayFrom(normalArgument('relu', [3, 5, 4], 4), [0, 6], 0.05);
    await checkKernel(relu, [x]);
    await checkKernel(relu6, [x]);
  });
});

describe('gradients registered in place of TensorFlow.js’s', () => {
  it('agree on every backend and with finite differences', async () => {
    const x = normalArgument('fast', [2, 3, 4]);
    await checkKernel((a) => tf.sum(a, 1), [x]);
    await checkKernel((a) => tf.sum(a), [x]);
    await checkKernel((a) => tf.mean(a, [0, 2]), [x]);
    await checkKernel((a) => tf.mean(a, -1, true), [x]);
    await checkKernel(tf.sigmoid, [x]);
    await checkKernel(tf.tanh, [x]);
    await checkKernel(tf.relu, [awayFrom(x, [0], 0.05)]);
    await checkKernel(tf.relu6, [awayFrom(x, [0, 6], 0.05)]);
  });
});

describe('batchNormTrain', () => {
  const x = normalArgument('bn', [2, 3, 4, 3], 2);
  const scale = normalArgument('scale', [3]);
  const offset = normalArgument('offset', [3]);
  const kernel = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    batchNormTrain(a as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D, 1e-3).y;

  it('agrees on every backend and with finite differences', async () => {
    const original = tf.memory().numTensors;
    await checkKernel((...args) => tf.tidy(() => kernel(args[0]!, args[1]!, args[2]!)), [x, scale, offset]);
    expect(tf.memory().numTensors).toBe(original);
  });

  it('gives the batch’s mean and population variance', async () => {
    await onEachBackend(() => {
      const statistics = tf.tidy(() => {
        const ones = tf.ones<tf.Rank.R1>([3]);
        const { mean, variance } = batchNormTrain(tf.tensor4d(x.values, [2, 3, 4, 3]), ones, ones, 1e-3);
        return tf.stack([mean, variance]);
      });
      const rows = x.values.length / 3;
      const wanted = new Float32Array(6);
      for (let c = 0; c < 3; c++) {
        const values = x.values.filter((_, i) => i % 3 === c);
        const mean = values.reduce((sum, v) => sum + v, 0) / rows;
        wanted[c] = mean;
        wanted[c + 3] = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows;
      }
      expectClose(statistics.dataSync<'float32'>(), wanted, 1e-5, 'statistics');
      statistics.dispose();
    });
  });
});

describe('lstm', () => {
  const x = normalArgument('sequence', [2, 4, 3]);
  const kernel = normalArgument('lstm kernel', [3 + 2, 8], 0.7);
  const bias = normalArgument('lstm bias', [8]);

  for (const reverse of [false, true]) {
    it(`agrees on every backend and with finite differences, ${reverse ? 'backwards' : 'forwards'}`, async () => {
      const run = (...args: tf.Tensor[]) =>
        lstm(args[0] as tf.Tensor3D, args[1] as tf.Tensor2D, args[2] as tf.Tensor1D, { reverse });
      await checkKernel(run, [x, kernel, bias]);
    });
  }

  it('computes the documented equations with gates in the order i, f, g, o', async () => {
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    const wanted: number[] = [];
    for (let batch = 0; batch < 2; batch++) {
      let h = [0, 0];
      let c = [0, 0];
      for (let t = 0; t < 4; t++) {
        const seen = [...x.values.slice((batch * 4 + t) * 3, (batch * 4 + t + 1) * 3), ...h];
        const gate = (name: number, unit: number) => {
          const column = name * 2 + unit;
          return seen.reduce(
            (sum, v, row) => sum + v * kernel.values[row * 8 + column]!,
            bias.values[column]!,
          );
        };
        const before = c;
        c = [0, 1].map((u) => sigmoid(gate(1, u)) * before[u]! + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
        h = [0, 1].map((u) => sigmoid(gate(3, u)) * Math.tanh(c[u]!));
        wanted.push(...h);
      }
    }
    await onEachBackend(() => {
      const y = tf.tidy(() =>
        lstm(tf.tensor3d(x.values, [2, 4, 3]), tf.tensor2d(kernel.values, [5, 8]), tf.tensor1d(bias.values)),
      );
      expectClose(y.dataSync<'float32'>(), Float32Array.from(wanted), 1e-5, 'hidden states');
      y.dispose();
    });
  });

  it('refuses a kernel of the wrong shape', () => {
    const run = () => lstm(tf.zeros([1, 2, 3]), tf.zeros([3, 8]), tf.zeros([8]));
    expect(run).toThrow(/Expected \[5, 8\] for the LSTM kernel/);
  });
});

describe('dilatedConv2d', () => {
  const x = normalArgument('image', [2, 7, 6, 2]);
  const filter = normalArgument('filter', [3, 3, 2, 3]);

  for (const pad of ['same', 'valid'] as const) {
    for (const dilation of [2, [1, 2], [3, 1]] as const) {
      it(`agrees on every backend and with finite differences (${pad}, ${dilation})`, async () => {
        const run = (...args: tf.Tensor[]) =>
          dilatedConv2d(args[0] as tf.Tensor4D, args[1] as tf.Tensor4D, dilation as 2, pad);
        await checkKernel(run, [x, filter]);
        // TensorFlow.js computes dilated convolutions, only not their gradients.
        await onEachBackend(() => {
          const [a, b] = tf.tidy(() => {
            const args = [
              tf.tensor4d(x.values, [2, 7, 6, 2]),
              tf.tensor4d(filter.values, [3, 3, 2, 3]),
            ] as const;
            const steps = typeof dilation === 'number' ? dilation : ([...dilation] as [number, number]);
            return [run(...args), tf.conv2d(...args, 1, pad, 'NHWC', steps)];
          });
          expectClose(a!.dataSync<'float32'>(), b!.dataSync<'float32'>(), 1e-5, 'output');
          tf.dispose([a!, b!]);
        });
      });
    }
  }
});
