import { describe, expect, it } from 'vitest';
import { CALIBRATORS, calibrate, gridOf } from '../../../compression/quantize/calibrators.js';
import { ValueHistogram } from '../../../compression/quantize/histogram.js';
import { Random } from '../../../models/base/random.js';
import { codeRange } from '../../../models/graph/encoding.js';

const unsigned = { bits: 8, signed: false, symmetric: false };

const normals = (count: number, seed = 1) => {
  const random = new Random(seed, 'values');
  return Float32Array.from({ length: count }, () => random.normal());
};

const histogramOf = (...parts: Float32Array[]) => {
  const histogram = new ValueHistogram();
  for (const part of parts) histogram.add(part, 'x');
  return histogram;
};

describe('ValueHistogram', () => {
  it('does not depend on the order of its parts', () => {
    const parts = [
      normals(500),
      normals(500, 2).map((v) => v * 1000),
      new Float32Array(3),
      normals(9, 3).map((v) => v / 999),
    ];
    const a = histogramOf(...parts);
    const b = histogramOf(...parts.toReversed());
    expect([...a.filled()]).toEqual([...b.filled()]);
    expect([...a.filled()].reduce((sum, { count }) => sum + count, 0)).toBe(1012);
    expect([a.size, a.zeros]).toEqual([1012, 3]);
  });

  it('puts every value into the bin that holds it', () => {
    for (const value of [1, -1, 0.999, 2 ** -20, -3.7e5, 4096, -4096]) {
      const histogram = histogramOf(Float32Array.of(1e-3, value));
      const exact = Math.fround(value);
      const holding = [...histogram.filled()].filter(
        ({ bin }) => histogram.edge(bin) <= exact && exact < histogram.edge(bin + 1),
      );
      expect(holding.length, String(value)).toBe(1);
    }
  });

  it('averages the bounds of its parts', () => {
    const histogram = new ValueHistogram();
    histogram.add(Float32Array.of(-1, 1), 'x', 0.5);
    histogram.add(Float32Array.of(-3, 5), 'x', 0.5);
    expect(histogram.averagedBounds).toEqual({ low: -2, high: 3 });
    expect(histogram.bounds).toEqual({ low: -3, high: 5 });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %f, naming the value',
    (bad) => {
      expect(() => new ValueHistogram().add(Float32Array.of(1, bad, 2), 'conv')).toThrow(
        /finite activations.*conv/,
      );
    },
  );
});

describe('calibrate', () => {
  it.each(CALIBRATORS)('%s: a range within the values that holds 0', (calibrator) => {
    for (const values of [
      normals(5000),
      normals(5000).map(Math.abs),
      normals(5000).map((v) => -Math.abs(v) - 1),
    ]) {
      const histogram = histogramOf(values);
      const { low, high } = calibrate(histogram, calibrator, unsigned);
      expect(low).toBeLessThanOrEqual(0);
      expect(high).toBeGreaterThanOrEqual(0);
      expect(low).toBeGreaterThanOrEqual(Math.min(0, histogram.bounds.low));
      expect(high).toBeLessThanOrEqual(Math.max(0, histogram.bounds.high));
      expect(high - low).toBeGreaterThan(1);
    }
  });

  it.each(CALIBRATORS)('%s: zeros alone', (calibrator) => {
    expect(calibrate(histogramOf(new Float32Array(9)), calibrator, unsigned)).toEqual({ low: 0, high: 0 });
  });

  it('percentile cuts the share it is told, at the far end of values of one sign', () => {
    const values = Float32Array.from({ length: 10_000 }, (_, i) => i / 10_000);
    expect(calibrate(histogramOf(values), 'percentile', unsigned, 90).high).toBeCloseTo(0.9, 3);
    const both = Float32Array.from({ length: 10_000 }, (_, i) => i / 5000 - 1);
    const { low, high } = calibrate(histogramOf(both), 'percentile', unsigned, 90);
    expect(low).toBeCloseTo(-0.9, 2);
    expect(high).toBeCloseTo(0.9, 2);
  });

  it.each(['entropy', 'mse', 'percentile'] as const)('%s gives up lone outliers', (calibrator) => {
    const values = normals(100_000);
    values[17] = 60;
    // With 8 bits the finer steps would not make up for its error.
    const { high } = calibrate(histogramOf(values), calibrator, { ...unsigned, bits: 4 });
    expect(high).toBeLessThan(20);
    expect(high).toBeGreaterThan(2.5);
  });

  it('mse beats every other calibrator in squared error', () => {
    const values = normals(20_000).map((v) => (v > 0 ? v ** 3 : 0));
    const histogram = histogramOf(values);
    const errorOf = (calibrator: (typeof CALIBRATORS)[number]) => {
      const format = { ...unsigned, bits: 4 };
      const [least, most] = codeRange(format);
      const { scale, zeroPoint } = gridOf(calibrate(histogram, calibrator, format, 99.9), format);
      return values.reduce((sum, v) => {
        const code = Math.min(most, Math.max(least, Math.round(v / scale) + zeroPoint));
        return sum + (v - (code - zeroPoint) * scale) ** 2;
      }, 0);
    };
    const best = errorOf('mse');
    for (const calibrator of CALIBRATORS) expect(best).toBeLessThanOrEqual(errorOf(calibrator) * 1.01);
  });
});

describe('gridOf', () => {
  it('puts 0 on a code and never reaches beyond the range of a rectifier', () => {
    for (const signed of [false, true]) {
      const { scale, zeroPoint } = gridOf({ low: 0, high: 6 }, { ...unsigned, signed });
      expect(zeroPoint).toBe(signed ? -128 : 0);
      expect(Math.fround(scale)).toBe(scale);
      expect(255 * scale).toBeLessThanOrEqual(6);
      expect(255 * scale).toBeGreaterThan(6 - 1e-5);
    }
    expect(gridOf({ low: -2, high: 1 }, unsigned).zeroPoint).toBe(170);
  });

  it('never reaches beyond a range with 0 within it, and misses less than a step of it', () => {
    const random = new Random(9, 'ranges');
    const ranges = [
      { low: -1, high: 1 },
      { low: -0.34, high: 0.55 },
      { low: -0.02, high: 6 },
      { low: -6, high: 0.02 },
      { low: -3, high: 0 },
      ...Array.from({ length: 200 }, () => ({ low: -random.range(0, 3), high: random.range(0, 3) })),
    ];
    for (const signed of [false, true]) {
      const [least, most] = codeRange({ bits: 8, signed });
      for (const { low, high } of ranges) {
        const { scale, zeroPoint } = gridOf({ low, high }, { ...unsigned, signed });
        const [lowest, highest] = [(least - zeroPoint) * scale, (most - zeroPoint) * scale];
        expect(zeroPoint).toBeGreaterThanOrEqual(least);
        expect(zeroPoint).toBeLessThanOrEqual(most);
        expect(lowest).toBeGreaterThanOrEqual(low - 1e-9);
        expect(highest).toBeLessThanOrEqual(high + 1e-9);
        expect(lowest - low + (high - highest)).toBeLessThan(scale * 1.001);
      }
    }
  });

  it('is centred where it is symmetric', () => {
    expect(gridOf({ low: -2, high: 1 }, { bits: 8, signed: true, symmetric: true })).toEqual({
      scale: Math.fround(2 / 127) > 2 / 127 ? expect.any(Number) : Math.fround(2 / 127),
      zeroPoint: 0,
    });
    expect(gridOf({ low: 0, high: 1 }, { bits: 8, signed: false, symmetric: true }).zeroPoint).toBe(128);
  });
});
