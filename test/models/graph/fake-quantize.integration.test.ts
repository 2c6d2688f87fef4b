/** The gradients that rounding defines, against their formulas, on each backend. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { execute } from '../../../models/graph/execute.js';
import { fakeQuantize } from '../../../models/graph/fake-quantize.js';
import { validate } from '../../../models/graph/validate.js';

const backends: ('native' | 'portable')[] =
  (await loadEngine()).backend === 'portable' ? ['portable'] : ['portable', 'native'];

describe.each(backends)('on the %s backend', (backend) => {
  beforeAll(async () => {
    await loadEngine({ backend });
  });

  it('rounds ties to even and clips to the codes', () => {
    const y = tf.tidy(() =>
      fakeQuantize(tf.tensor1d([0.25, 0.75, 1.25, -0.25, 9, -9, 0.4]), tf.scalar(0.5), tf.scalar(1), {
        least: 0,
        most: 7,
      }).dataSync(),
    );
    // Codes: 1 + 0, 1 + 2, 1 + 2, 1 − 0, 7, 0, 1 + 1.
    expect([...y].map((v) => v + 0)).toEqual([0, 1, 1, 0, 3, -0.5, 0.5]);
  });

  it('passes the gradient where nothing is clipped, and gives the scale that of learned steps', () => {
    const x = [0.3, 1.2, -0.4, 5, -5];
    const upstream = [1, 2, 3, 4, 5];
    const run = tf.tidy(() => {
      const f = (input: tf.Tensor, scale: tf.Tensor) =>
        tf.sum(
          tf.mul(
            fakeQuantize(input, scale, tf.scalar(-1), { least: -4, most: 3, scaleGradient: 0.5 }),
            upstream,
          ),
        ) as tf.Scalar;
      return tf
        .grads(f)([tf.tensor1d(x), tf.tensor1d([0.5])])
        .map((g) => [...g.dataSync()]);
    });
    expect(run[0]).toEqual([1, 2, 3, 0, 0]);
    // Steps from −3 to 4. Inside: rounded − exact; clipped: the end itself.
    const steps = [1 - 0.6, 2 - 2.4, -1 + 0.8, 4, -3];
    const wanted = 0.5 * steps.reduce((sum, step, i) => sum + step * upstream[i]!, 0);
    expect(run[1]![0]).toBeCloseTo(wanted, 5);
  });

  it('learns one scale a channel', () => {
    const run = tf.tidy(() => {
      const f = (scale: tf.Tensor) =>
        tf.sum(
          fakeQuantize(
            tf.tensor2d([
              [0.6, 0.6],
              [9, 0.9],
            ]),
            scale,
            tf.zeros([1, 2]),
            { least: -1, most: 1 },
          ),
        ) as tf.Scalar;
      return tf.grad(f)(tf.tensor2d([[1, 0.5]]));
    });
    expect(run.shape).toEqual([1, 2]);
    const [first, second] = run.dataSync();
    expect(first).toBeCloseTo(1 - 0.6 + 1, 5);
    expect(second).toBeCloseTo(1 + 1, 5);
  });

  it('scales the gradient of an activation’s step by its size and codes', () => {
    const b = new GraphBuilder('round');
    const graph = b.finish([b.quantizeDequantize(b.input('x', [null, 3]), { name: 'q', bits: 3 })]);
    const gradient = tf.tidy(() => {
      const f = (scale: tf.Tensor) => {
        const variables = new Map([
          ['q/scale', scale],
          ['q/zeroPoint', tf.tensor1d([2])],
        ]);
        const x = tf.tensor2d([
          [0.3, 9, -9],
          [0, 0, 0],
        ]);
        return tf.sum(execute(graph, { x }, { variables })[0]!) as tf.Scalar;
      };
      return tf
        .grad(f)(tf.tensor1d([1]))
        .dataSync()[0]!;
    });
    // Codes 0 … 7 less 2; three elements an example.
    expect(gradient).toBeCloseTo((-0.3 + 5 - 2) / Math.sqrt(3 * 7), 5);
  });

  it('passes everything through a range found at run time', () => {
    const b = new GraphBuilder('round');
    const graph = b.finish([b.dynamicQuantizeDequantize(b.input('x', [null, 3]))]);
    tf.tidy(() => {
      const x = tf.tensor2d([[-1, 0.301, 1.55]]);
      const [y] = execute(graph, { x });
      // A step of 2.55 / 255, zero point 100.
      [...y!.dataSync()].forEach((value, i) => {
        expect(value).toBeCloseTo([-1, 0.3, 1.55][i]!, 5);
      });
      const gradient = tf.grad((input: tf.Tensor) =>
        tf.sum(tf.mul(execute(graph, { x: input })[0]!, [1, 2, 3])),
      )(x);
      expect([...gradient.dataSync()]).toEqual([1, 2, 3]);
    });
  });
});

it('refuses values that make no grid', () => {
  const build = (scale: number, zeroPoint: number) => {
    const b = new GraphBuilder('round');
    const graph = b.finish([b.quantizeDequantize(b.input('x', [null, 3]), { name: 'q' })]);
    const params = new Map(graph.params);
    params.set('q/scale', { shape: [1], data: Float32Array.of(scale), trainable: true });
    params.set('q/zeroPoint', { shape: [1], data: Float32Array.of(zeroPoint), trainable: false });
    return { ...graph, params };
  };
  for (const [scale, zeroPoint] of [
    [0, 0],
    [-1, 0],
    [1, 0.5],
    [1, 256],
    [1, -1],
  ] as const)
    expect(() => validate(build(scale, zeroPoint))).toThrow(/"q" \(QuantizeDequantize\).*(scale|zeroPoint)/);
  validate(build(1, 255));
});
