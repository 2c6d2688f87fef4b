import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../models/graph/ir.js';
import { weightAverage } from '../../../models/training/weight-average.js';

const info = { step: 0, progress: 0, learningRate: 0.1 };

describe('weightAverage', () => {
  it('follows what moves, slowly, and leaves what stays to the bit', () => {
    const variables = new Map([
      ['moving', tf.variable(tf.tensor1d([0, 0]))],
      ['zero-point', tf.variable(tf.tensor1d([117, -0.1]), false)],
    ]);
    const state = { graph: {} as Graph, variables };
    const average = weightAverage(0.9);
    for (let step = 1; step <= 200; step++) {
      variables.get('moving')!.assign(tf.tensor1d([step, 1]));
      average.afterStep!(info, state);
    }
    const deployed = average.deployedParams!(state, variables);
    expect([...deployed.get('zero-point')!.dataSync()]).toEqual([117, Math.fround(-0.1)]);
    const [ramp, constant] = deployed.get('moving')!.dataSync();
    // An average of decay 0.9 lags a ramp by 0.9 / 0.1 steps.
    expect(ramp).toBeCloseTo(191, 0);
    expect(constant).toBeCloseTo(1, 3);
    average.dispose!();
    for (const variable of variables.values()) variable.dispose();
  });

  it('keeps loaded averages where no step follows', () => {
    const variables = new Map([['kernel', tf.variable(tf.tensor2d([[1, 2]]))]]);
    const state = { graph: {} as Graph, variables };
    const saved = new Map([
      ['steps', Float32Array.of(500)],
      ['average/kernel', Float32Array.of(3, 4)],
    ]);
    const unseen = weightAverage();
    unseen.load!(saved);
    expect(unseen.save!()).toEqual(saved);

    const deploying = weightAverage();
    deploying.load!(saved);
    const deployed = deploying.deployedParams!(state, variables).get('kernel')!;
    expect(deployed.shape).toEqual([1, 2]);
    expect([...deployed.dataSync()]).toEqual([3, 4]);
    expect(deploying.save!()).toEqual(saved);
    deploying.dispose!();
    variables.get('kernel')!.dispose();
  });
});
