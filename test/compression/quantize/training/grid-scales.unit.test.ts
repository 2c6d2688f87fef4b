import { describe, expect, it } from 'vitest';
import {
  quantizeTensor,
  scaleShapeOf,
  symmetricRange,
} from '../../../../compression/quantize/quantize-tensor.js';
import { gridScales } from '../../../../compression/quantize/training/grid-scales.js';
import { Random } from '../../../../models/base/random.js';
import { codesOf } from '../../../../models/graph/encoding.js';

const shape = [3, 3, 10, 7];
const axes = { output: 3, input: 2 };
const random = new Random(2, 'grid');
const data = Float32Array.from({ length: 630 }, () => 0.1 * random.normal());

describe.each([2, 3, 4, 5, 6, 7, 8, 'ternary'] as const)('%s bits', (bits) => {
  it.each(['tensor', 'channel', 'group'] as const)(
    'finds the scales of rounded values again, by %s',
    (granularity) => {
      const quantizer = { bits, granularity, group: 4, clipping: 'mse' } as const;
      const rounded = quantizeTensor(data, shape, axes, quantizer);
      const range = bits === 'ternary' ? ([-1, 1] as const) : symmetricRange(bits);
      const scales = gridScales(rounded.data, shape, scaleShapeOf(shape, axes, quantizer), range)!;
      const again = quantizeTensor(rounded.data, shape, axes, quantizer, undefined, scales);
      expect(again.data).toEqual(rounded.data);
      // A common factor of all codes of a block goes into its scale.
      scales.forEach((scale, k) => {
        const factor = scale / rounded.encoding.scales[k]!;
        expect(Math.abs(factor - Math.round(factor))).toBeLessThan(1e-6);
      });
      expect(() => codesOf({ ...again, shape, trainable: true })).not.toThrow();
    },
  );
});

it('is undefined for what is on no grid, and 0 for zeros', () => {
  expect(gridScales(Float32Array.of(0.1, 0.25, 0.333), [3], [1], [-7, 7])).toBeUndefined();
  expect(gridScales(Float32Array.of(1, 8), [2], [1], [-7, 7])).toBeUndefined();
  expect(gridScales(Float32Array.of(0, 0, 3, -6), [4], [2], [-7, 7])).toEqual(Float32Array.of(0, 3));
});
