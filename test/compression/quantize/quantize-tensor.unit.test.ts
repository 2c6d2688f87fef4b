import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  quantizeTensor,
  signalToNoise,
  type WeightQuantizer,
} from '../../../compression/quantize/quantize-tensor.js';
import { Random } from '../../../models/base/random.js';
import { codeRange, codesOf, scaleIndices } from '../../../models/graph/encoding.js';

const shape = [3, 3, 10, 6];
const axes = { output: 3, input: 2 };
const weights = Float32Array.from({ length: 540 }, (_, i) => new Random(1, i).normal() * (1 + (i % 6)));

const squaredError = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0);

describe('quantizeTensor', () => {
  it.each<[WeightQuantizer, number[]]>([
    [{ bits: 8, granularity: 'tensor' }, [1, 1, 1, 1]],
    [{ bits: 8, granularity: 'channel' }, [1, 1, 1, 6]],
    [{ bits: 4, granularity: 'group', group: 4 }, [1, 1, 3, 6]],
    [{ bits: 3, granularity: 'channel', symmetric: false }, [1, 1, 1, 6]],
    [{ bits: 2, granularity: 'channel', clipping: 'mse' }, [1, 1, 1, 6]],
    [{ bits: 'ternary', granularity: 'channel' }, [1, 1, 1, 6]],
  ])('%o has scales %o and data that its codes decode to', (quantizer, scaleShape) => {
    const { data, encoding } = quantizeTensor(weights, shape, axes, quantizer);
    expect(encoding.scaleShape).toEqual(scaleShape);
    const [least, most] = codeRange(encoding);
    const codes = codesOf({ shape, data, trainable: true, encoding });
    expect(codes.every((code) => code >= least && code <= most)).toBe(true);
  });

  it('errs by half a step at most where nothing is clipped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 8 }),
        fc.boolean(),
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 8, maxLength: 8 }),
        (bits, symmetric, values) => {
          const exact = Float32Array.from(values);
          const { data, encoding } = quantizeTensor(
            exact,
            [4, 2],
            { output: 1 },
            { bits, granularity: 'channel', symmetric },
          );
          const block = scaleIndices([4, 2], encoding.scaleShape);
          data.forEach((value, i) => {
            // Asymmetric ranges shift by up to half a step so that 0 has a code.
            const step = encoding.scales[block[i]!]!;
            expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(
              (symmetric ? 0.5 : 1) * step * (1 + 1e-5),
            );
          });
        },
      ),
    );
  });

  it('keeps zeros zero', () => {
    const sparse = weights.map((value, i) => (i % 3 === 0 ? 0 : value));
    for (const symmetric of [true, false]) {
      const { data } = quantizeTensor(sparse, shape, axes, { bits: 4, granularity: 'channel', symmetric });
      expect(data.filter((_, i) => i % 3 === 0).every((value) => value === 0)).toBe(true);
    }
  });

  it('is finer with more scales, more bits and clipping', () => {
    const error = (quantizer: WeightQuantizer) =>
      squaredError(weights, quantizeTensor(weights, shape, axes, quantizer).data);
    const channel = error({ bits: 4, granularity: 'channel' });
    expect(channel).toBeLessThan(error({ bits: 4, granularity: 'tensor' }));
    expect(error({ bits: 4, granularity: 'group', group: 5 })).toBeLessThan(channel);
    expect(error({ bits: 5, granularity: 'channel' })).toBeLessThan(channel);
    expect(error({ bits: 4, granularity: 'channel', clipping: 'mse' })).toBeLessThan(channel);
    const two = error({ bits: 2, granularity: 'channel' });
    expect(error({ bits: 2, granularity: 'channel', clipping: 'mse' })).toBeLessThan(0.5 * two);
  });

  it('finds the threshold and scale of ternary weight networks', () => {
    // Mean magnitude 1, so the threshold is 0.7; the mean of what exceeds it is 1.3.
    const exact = Float32Array.of(2, -1.1, 0.8, -0.1);
    const { data, encoding } = quantizeTensor(
      exact,
      [4, 1],
      { output: 1 },
      { bits: 'ternary', granularity: 'tensor' },
    );
    expect(encoding.scales[0]).toBeCloseTo(1.3, 6);
    expect([...data].map((value) => Math.round(value * 10) / 10)).toEqual([1.3, -1.3, 1.3, 0]);
  });

  it('has a usable scale for a channel of zeros, and obeys lower bounds', () => {
    const zero = quantizeTensor(
      new Float32Array(4),
      [2, 2],
      { output: 1 },
      { bits: 8, granularity: 'channel' },
    );
    expect(zero.encoding.scales.every((scale) => scale > 0)).toBe(true);
    const bounded = quantizeTensor(
      Float32Array.of(1, 1, 1, 1),
      [2, 2],
      { output: 1 },
      { bits: 8, granularity: 'channel' },
      [0.5, 0],
    );
    expect([...bounded.encoding.scales]).toEqual([0.5, Math.fround(1 / 127)]);
  });

  it('measures the error in decibels', () => {
    expect(signalToNoise([3, 4], [3, 4.5])).toBeCloseTo(20, 9);
    expect(signalToNoise([1], [1])).toBe(Number.POSITIVE_INFINITY);
  });
});
