/** Compares a differentiable function's gradients with finite differences, and backends with each other. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { Random } from '../../../../models/base/random.js';
import { onEachBackend } from '../backends.js';

export interface Argument {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export function normalArgument(seed: string, shape: readonly number[], deviation = 1): Argument {
  const random = new Random(7, seed);
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, values: Float32Array.from({ length: size }, () => random.normal(0, deviation)) };
}

type Kernel = (...inputs: tf.Tensor[]) => tf.Tensor;

interface Outcome {
  readonly output: Float32Array;
  readonly gradients: readonly Float32Array[];
}

/**
 * On every backend: the output and the gradients (of a fixed random weighting of the output) agree with the other
 * backends within `tolerance`, and the gradients with central differences within `differenceTolerance`, both relative
 * to the largest value.
 */
export async function checkKernel(
  kernel: Kernel,
  inputs: readonly Argument[],
  { tolerance = 1e-5, differenceTolerance = 5e-3, step = 1e-2 } = {},
): Promise<void> {
  const outcomes = await onEachBackend(() => {
    const outcome = evaluate(kernel, inputs);
    inputs.forEach((input, which) => {
      const numeric = differences(kernel, inputs, which, step);
      expectClose(
        outcome.gradients[which]!,
        numeric,
        differenceTolerance,
        `gradient ${which} of ${input.shape}`,
      );
    });
    return outcome;
  });
  const [first, ...others] = [...outcomes.values()];
  for (const other of others) {
    expectClose(other.output, first!.output, tolerance, 'output');
    inputs.forEach((_, i) => {
      expectClose(other.gradients[i]!, first!.gradients[i]!, tolerance, `gradient ${i}`);
    });
  }
}

export function expectClose(
  actual: Float32Array,
  wanted: Float32Array,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(wanted.length);
  const scale = Math.max(1e-3, ...wanted.map(Math.abs));
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(actual[i]! - wanted[i]!) / scale;
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  expect(worst, `${what} on ${tf.getBackend()}`).toBeLessThan(tolerance);
}

function toTensors(inputs: readonly Argument[]): tf.Tensor[] {
  return inputs.map(({ values, shape }) => tf.tensor(values, [...shape], 'float32'));
}

function weighted(output: tf.Tensor): tf.Scalar {
  const { values } = normalArgument('weights', output.shape);
  return tf.sum(tf.mul(output, tf.tensor(values, output.shape, 'float32')));
}

function evaluate(kernel: Kernel, inputs: readonly Argument[]): Outcome {
  const before = tf.memory().numTensors;
  const tensors = toTensors(inputs);
  const gradientsOf = tf.grads((...args: tf.Tensor[]) => weighted(kernel(...args)));
  const gradients = tf.tidy(() => gradientsOf(tensors));
  const output = tf.tidy(() => kernel(...tensors));
  const outcome = { output: copy(output), gradients: gradients.map(copy) };
  tf.dispose([...tensors, ...gradients, output]);
  expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
  return outcome;
}

function copy(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>().slice();
}

/** Central differences; the sum over the output is in double precision. */
function differences(kernel: Kernel, inputs: readonly Argument[], which: number, step: number): Float32Array {
  const value = (values: Float32Array): number => {
    const changed = inputs.map((input, i) => (i === which ? { ...input, values } : input));
    const tensors = toTensors(changed);
    const output = tf.tidy(() => kernel(...tensors));
    const data = output.dataSync<'float32'>();
    const { values: weights } = normalArgument('weights', output.shape);
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i]! * weights[i]!;
    tf.dispose([output, ...tensors]);
    return sum;
  };
  return inputs[which]!.values.map((x, i, values) => {
    const [up, down] = [x + step, x - step].map((moved) => value(values.with(i, moved))) as [number, number];
    return (up - down) / (2 * step);
  });
}
