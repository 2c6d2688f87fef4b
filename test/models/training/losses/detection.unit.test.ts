import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../../models/base/random.js';
import {
  detectionLoss,
  diceLoss,
  focalCrossEntropy,
  smoothL1,
} from '../../../../models/training/losses/detection.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const values = (_: Random, n: number, draw: () => number) => Float32Array.from({ length: n }, draw);

/** The analytic gradient of f at x against central differences. */
function expectGradient(f: (x: tf.Tensor) => tf.Scalar, x: Float32Array, shape: number[]) {
  const at = (data: Float32Array) => f(tf.tensor(data, shape)).dataSync()[0]!;
  const gradient = tf.grad(f)(tf.tensor(x, shape)).dataSync();
  const h = 1e-2;
  for (let i = 0; i < x.length; i++) {
    const up = x.slice();
    const down = x.slice();
    up[i]! += h;
    down[i]! -= h;
    expect(gradient[i]!).toBeCloseTo((at(up) - at(down)) / (2 * h), 3);
  }
}

function example(seed: number) {
  const random = new Random('loss', seed);
  const shape = [2, 3, 3, 1];
  return {
    shape,
    logits: values(random, 18, () => random.normal(0, 2)),
    labels: tf.tensor(
      values(random, 18, () => (random.chance(0.4) ? 1 : 0)),
      shape,
    ),
    weight: tf.tensor(
      values(random, 18, () => random.pick([0, 0.5, 1, 2])),
      shape,
    ),
  };
}

describe('losses of the detector', () => {
  it('have the gradients of finite differences', () => {
    for (let seed = 0; seed < 3; seed++) {
      const { shape, logits, labels, weight } = example(seed);
      expectGradient((x) => focalCrossEntropy(x, labels, weight), logits, shape);
      expectGradient((x) => diceLoss(x, labels, weight), logits, shape);
      // Far enough from |x| = 0 and β for the differences to make sense.
      const wanted = tf.tensor(
        logits.map((v, i) => v + [0.04, -0.05, 0.4, -0.7][i % 4]!),
        shape,
      );
      expectGradient((x) => smoothL1(x, wanted, weight, 0.1), logits, shape);
    }
  });

  it('are near 0 for a perfect prediction and large for its opposite', () => {
    const { labels, weight } = example(1);
    const good = labels.sub(0.5).mul(40);
    for (const loss of [focalCrossEntropy, diceLoss]) {
      expect(loss(good, labels, weight).dataSync()[0]!).toBeLessThan(1e-3);
      expect(loss(good.neg(), labels, weight).dataSync()[0]!).toBeGreaterThan(0.8);
    }
  });

  it('do not look at ignored pixels', () => {
    const { shape, logits, labels, weight } = example(2);
    const ignored = weight.dataSync();
    const other = tf.tensor(
      logits.map((v, i) => (ignored[i] === 0 ? 9 - v : v)),
      shape,
    );
    for (const loss of [focalCrossEntropy, diceLoss]) {
      const here = loss(tf.tensor(logits, shape), labels, weight).dataSync()[0]!;
      expect(loss(other, labels, weight).dataSync()[0]!).toBeCloseTo(here, 5);
    }
  });

  it('are 0 and finite where there is no line at all', () => {
    const core = tf.fill([1, 4, 4, 1], -30) as tf.Tensor4D;
    const geometry = tf.zeros([1, 2, 2, 4]) as tf.Tensor4D;
    const batch = {
      core: tf.zeros([1, 4, 4, 1]) as tf.Tensor4D,
      coreWeight: tf.ones([1, 4, 4, 1]) as tf.Tensor4D,
      geometry,
      geometryWeight: tf.zeros([1, 2, 2, 1]) as tf.Tensor4D,
    };
    expect(detectionLoss(core, geometry, batch).total.dataSync()[0]!).toBeCloseTo(0, 5);
  });

  it('add up to the total by their weights', () => {
    const random = new Random('total');
    const t = (shape: number[]) =>
      tf.tensor(
        values(
          random,
          shape.reduce((a, b) => a * b),
          () => random.next(),
        ),
        shape,
      );
    const batch = {
      core: t([1, 4, 4, 1]).greater(0.5).cast('float32') as tf.Tensor4D,
      coreWeight: t([1, 4, 4, 1]) as tf.Tensor4D,
      geometry: t([1, 2, 2, 4]) as tf.Tensor4D,
      geometryWeight: t([1, 2, 2, 1]) as tf.Tensor4D,
    };
    const weights = { core: 3, dice: 0.5, distance: 2, direction: 0.25 };
    const { total, ...parts } = detectionLoss(
      t([1, 4, 4, 1]) as tf.Tensor4D,
      t([1, 2, 2, 4]) as tf.Tensor4D,
      batch,
      weights,
    );
    let sum = 0;
    for (const key of ['core', 'dice', 'distance', 'direction'] as const)
      sum += weights[key] * parts[key].dataSync()[0]!;
    expect(total.dataSync()[0]!).toBeCloseTo(sum, 5);
  });
});
