import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Adam, createAdam } from '../../../../models/training/optimizers/adam.js';
import { availableBackends, onEachBackend } from '../../engine/backends.js';
import { expectClose } from '../../engine/kernels/gradient-check.js';

beforeAll(async () => void (await availableBackends()));

const OPTIONS = { learningRate: 0.1, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.05 };
const START = { matrix: [1, -2, 3, 0.5], vector: [2, -1] };
const STEPS = 6;
const rate = (step: number) => 0.1 / (1 + step);

/** The gradients of each step: no state, so that a resumed run sees the same. */
function gradient(name: string, step: number): number[] {
  const start = name === 'matrix' ? START.matrix : START.vector;
  return start.map((value, i) => Math.sin(value + i + step));
}

/** The paper's algorithm, in double precision. */
function reference(): Float32Array {
  const result: number[] = [];
  for (const [name, start] of Object.entries(START)) {
    const m = start.map(() => 0);
    const v = start.map(() => 0);
    const x = [...start];
    for (let step = 0; step < STEPS; step++) {
      const g = gradient(name, step);
      const correction = Math.sqrt(1 - OPTIONS.beta2 ** (step + 1)) / (1 - OPTIONS.beta1 ** (step + 1));
      for (let i = 0; i < x.length; i++) {
        m[i] = OPTIONS.beta1 * m[i]! + (1 - OPTIONS.beta1) * g[i]!;
        v[i] = OPTIONS.beta2 * v[i]! + (1 - OPTIONS.beta2) * g[i]! ** 2;
        if (name === 'matrix') x[i]! *= 1 - rate(step) * OPTIONS.weightDecay;
        x[i]! -= (rate(step) * correction * m[i]!) / (Math.sqrt(v[i]!) + OPTIONS.epsilon);
      }
    }
    result.push(...x);
  }
  return Float32Array.from(result);
}

function makeVariables(): Map<string, tf.Variable> {
  return new Map<string, tf.Variable>([
    ['matrix', tf.variable(tf.tensor2d(START.matrix, [2, 2]))],
    ['vector', tf.variable(tf.tensor1d(START.vector))],
  ]);
}

function runStep(adam: Adam, variables: ReadonlyMap<string, tf.Variable>, step: number): void {
  tf.tidy(() => {
    const grads = new Map(
      [...variables].map(([name, { shape }]) => [name, tf.tensor(gradient(name, step), shape)]),
    );
    adam.step(variables, grads, rate(step));
  });
}

function values(variables: ReadonlyMap<string, tf.Variable>): Float32Array {
  return Float32Array.from([...variables.values()].flatMap((variable) => [...variable.dataSync()]));
}

describe('createAdam', () => {
  it('scales the learning rate of single variables', async () => {
    await onEachBackend(() => {
      const [scaled, plain] = [makeVariables(), makeVariables()];
      const adam = createAdam({ ...OPTIONS, rateFactor: (name) => (name === 'matrix' ? 0.5 : 1) });
      runStep(adam, scaled, 0);
      runStep(createAdam(OPTIONS), plain, 0);
      const moved = (variables: ReadonlyMap<string, tf.Variable>, name: 'matrix' | 'vector') =>
        variables.get(name)!.dataSync()[0]! - START[name][0]!;
      expect(moved(scaled, 'matrix')).toBeCloseTo(0.5 * moved(plain, 'matrix'), 5);
      expect(moved(scaled, 'vector')).toBe(moved(plain, 'vector'));
    });
  });

  it('follows the paper on every backend', async () => {
    const results = await onEachBackend(() => {
      const variables = makeVariables();
      const adam = createAdam(OPTIONS);
      for (let step = 0; step < STEPS; step++) runStep(adam, variables, step);
      return values(variables);
    });
    for (const result of results.values()) expectClose(result, reference(), 1e-5, 'weights');
  });

  it('goes on exactly from a saved state, and sees changes made to the variables in between', async () => {
    await onEachBackend(() => {
      const straight = makeVariables();
      const adam = createAdam(OPTIONS);
      const resumed = makeVariables();
      let saved = createAdam(OPTIONS);
      for (let step = 0; step < STEPS; step++) {
        if (step === 3) {
          const state = saved.save();
          saved.dispose();
          saved = createAdam(OPTIONS);
          saved.load(state);
          expect([...saved.save().keys()].sort()).toEqual([...state.keys()].sort());
          // Averaging, masks and the like replace values between steps.
          for (const variables of [straight, resumed]) {
            const vector = variables.get('vector')!;
            tf.tidy(() => vector.assign(tf.mul(vector, 0.5)));
          }
        }
        runStep(adam, straight, step);
        runStep(saved, resumed, step);
      }
      expect(values(resumed)).toEqual(values(straight));
    });
  });

  it('leaves variables without a gradient alone', async () => {
    await onEachBackend(() => {
      const variables = makeVariables();
      const adam = createAdam(OPTIONS);
      tf.tidy(() => adam.step(variables, new Map([['vector', tf.tensor1d([1, 1])]]), 0.1));
      expect([...variables.get('matrix')!.dataSync()]).toEqual(START.matrix);
      expect([...variables.get('vector')!.dataSync()]).not.toEqual(START.vector);
      expect([...adam.save().keys()].sort()).toEqual(['m/vector', 'step', 'v/vector']);
    });
  });

  it('refuses a state of other sizes', () => {
    const adam = createAdam(OPTIONS);
    adam.load(new Map([['m/vector', new Float32Array(5)]]));
    expect(() => runStep(adam, makeVariables(), 0)).toThrow(
      /2 values for the optimizer's m\/vector but received 5/,
    );
  });
});
