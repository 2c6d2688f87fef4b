/** Gradients of rounding are defined, not derived: what they are defined as, and finite differences of what that is of. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { symmetricRange } from '../../../../compression/quantize/quantize-tensor.js';
import { quantizeAwareHook } from '../../../../compression/quantize/training/quantize-aware-hook.js';
import { ternarize } from '../../../../compression/quantize/training/ternarize.js';
import { weightFormats } from '../../../../compression/quantize/training/weight-format.js';
import { Random } from '../../../../models/base/random.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import { fakeQuantize } from '../../../../models/graph/fake-quantize.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const random = new Random(4, 'gradients');
const numbers = (count: number, spread = 1) =>
  Float32Array.from({ length: count }, () => spread * random.normal());
const clip = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

describe.each([8, 4, 3, 2])('%i bits', (bits) => {
  const [least, most] = symmetricRange(bits);
  const x = numbers(60, most);
  const dy = numbers(60);
  // Some elements are clipped.
  const scale = 0.9;
  const residues = Array.from(
    x,
    (v) => clip(Math.round(v / scale), least, most) - clip(v / scale, least, most),
  );
  /** With the rounding's residue held, the function that the straight-through estimator derives. */
  const surrogate = (v: number, s: number, i: number) => (clip(v / s, least, most) + residues[i]!) * s;
  const h = 1e-6;

  it('straight through within the range, nothing outside; by the scale as learned step sizes have it', () => {
    const [gx, gs] = tf.tidy(() => {
      const gradients = tf.grads((a, s) => fakeQuantize(a!, s!, tf.scalar(0), { least, most }));
      const [dx, ds] = gradients([tf.tensor1d(x), tf.tensor1d([scale])], tf.tensor1d(dy));
      return [dx!.dataSync().slice(), ds!.dataSync()[0]!];
    });
    let wanted = 0;
    x.forEach((v, i) => {
      const slope = (surrogate(v + h, scale, i) - surrogate(v - h, scale, i)) / (2 * h);
      expect(gx[i]).toBeCloseTo(dy[i]! * slope, 4);
      wanted += (dy[i]! * (surrogate(v, scale + h, i) - surrogate(v, scale - h, i))) / (2 * h);
    });
    // Esser et al. 2020, equation 3, with the residue put in: code − v/s within, the border outside.
    const formula = x.reduce((sum, v, i) => {
      const exact = v / scale;
      const part = exact <= least ? least : exact >= most ? most : Math.round(exact) - exact;
      return sum + dy[i]! * part;
    }, 0);
    expect(wanted).toBeCloseTo(formula, 3);
    expect(gs).toBeCloseTo(formula, 3);
  });
});

it('ternary: straight through; by the scale the sum over what is not 0, which finite differences confirm', () => {
  const x = numbers(40);
  const dy = numbers(40);
  const value = (scale: number) =>
    tf.tidy(() => ternarize(tf.tensor1d(x), tf.scalar(scale), tf.scalar(0.6)).dataSync().slice());
  const [gx, gs] = tf.tidy(() => {
    const gradients = tf.grads((a, s) => ternarize(a!, tf.reshape(s!, [1]), tf.tensor1d([0.6])));
    const [dx, ds] = gradients([tf.tensor1d(x), tf.tensor1d([1.25])], tf.tensor1d(dy));
    return [dx!.dataSync().slice(), ds!.dataSync()[0]!];
  });
  expect([...gx]).toEqual([...dy]);
  const [low, high] = [value(1), value(1.5)];
  expect(gs).toBeCloseTo(
    dy.reduce((sum, d, i) => sum + (d * (high[i]! - low[i]!)) / 0.5, 0),
    4,
  );
  expect(new Set(value(1.25))).toEqual(new Set([-1.25, 0, 1.25]));
});

it.each([
  ['channel', 4, 3],
  ['tensor', 4, 1],
  ['group', 4, 9],
  ['channel', 'ternary', 3],
] as const)(
  'in the hook the gradient reaches the logarithm of each step: %s, %s',
  (granularity, bits, count) => {
    const b = new GraphBuilder('net', { seed: 3 });
    // Groups of 4, 4 and 2 of 10 inputs.
    const x = b.input('x', [null, 10]);
    const graph = b.finish([b.dense(x, { name: 'layer', units: 3 })]);
    const formats = weightFormats(graph, () => ({ bits, granularity, group: 4, clipping: 'mse' }));
    const hook = quantizeAwareHook(graph, formats, { learnedStep: true });
    const weight = graph.params.get('layer/weight')!;
    const state = { graph, variables: new Map() };
    const [log] = [...hook.extraVariables!(state).values()] as [tf.Variable];
    expect(log.shape).toEqual([count]);
    const dy = tf.tensor2d(numbers(30), [10, 3]);
    const steps = tf.tidy(() => tf.exp(log).dataSync().slice());
    const data = tf.tensor2d(weight.data, [10, 3]);
    const { grads, value } = tf.tidy(() =>
      tf.variableGrads(
        () => tf.sum(tf.mul(dy, hook.transformParam!('layer/weight', data))) as tf.Scalar,
        [log],
      ),
    );
    value.dispose();
    const found = grads[log.name]!.dataSync();
    const rounded = hook.transformParam!('layer/weight', data).dataSync();
    const most = bits === 'ternary' ? 1 : 7;
    const wanted = new Float64Array(count);
    weight.data.forEach((w, i) => {
      const k =
        granularity === 'tensor'
          ? 0
          : granularity === 'channel'
            ? i % 3
            : Math.floor(i / 3 / 4) * 3 + (i % 3);
      const exact = w / steps[k]!;
      const code = Math.round(rounded[i]! / steps[k]!);
      const part = bits === 'ternary' || Math.abs(exact) > most ? code : code - exact;
      // ∂/∂log s = s · ∂/∂s, with the factor of section 2.2.
      wanted[k]! += (steps[k]! * dy.dataSync()[i]! * part) / Math.sqrt((30 / count) * most);
    });
    found.forEach((gradient, k) => {
      expect(gradient).toBeCloseTo(wanted[k]!, 4);
    });
    hook.dispose!();
  },
);
