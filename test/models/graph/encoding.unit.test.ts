import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AffineEncoding,
  codeRange,
  codesOf,
  decodeCodes,
  scaleIndices,
} from '../../../models/graph/encoding.js';

const affine = (patch: Partial<AffineEncoding> = {}): AffineEncoding => ({
  kind: 'affine',
  bits: 4,
  signed: true,
  scaleShape: [1, 2],
  scales: Float32Array.from([0.1, 0.25]),
  zeroPoints: Int32Array.from([0, 0]),
  ...patch,
});

describe('scaleIndices', () => {
  it('blocks each axis evenly, the last block being shorter', () => {
    expect([...scaleIndices([5], [2])]).toEqual([0, 0, 0, 1, 1]);
    expect([...scaleIndices([2, 3], [1, 3])]).toEqual([0, 1, 2, 0, 1, 2]);
    expect([...scaleIndices([4, 2], [2, 2])]).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
    expect([...scaleIndices([2, 2], [1, 1])]).toEqual([0, 0, 0, 0]);
  });
});

describe('codesOf', () => {
  it('inverts decodeCodes, whatever the scale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.boolean(),
        fc.float({ min: Math.fround(1e-6), max: 100, noNaN: true }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (bits, signed, scale, stream) => {
          const [least, most] = codeRange({ bits, signed });
          const codes = Int32Array.from({ length: 12 }, () =>
            Math.round(least + stream.next().value * (most - least)),
          );
          const zeroPoint = signed ? 0 : Math.round((least + most) / 2);
          const encoding = affine({
            bits,
            signed,
            scaleShape: [1, 1],
            scales: Float32Array.from([scale]),
            zeroPoints: Int32Array.from([zeroPoint]),
          });
          const data = decodeCodes(codes, [3, 4], encoding);
          expect([...codesOf({ shape: [3, 4], data, trainable: true, encoding })]).toEqual([...codes]);
        },
      ),
    );
  });
  it('finds codebook indices', () => {
    const encoding = { kind: 'codebook', values: Float32Array.from([-0.3, 0, 0.7]) } as const;
    const data = decodeCodes([2, 0, 1, 1], [4], encoding);
    expect([...codesOf({ shape: [4], data, trainable: true, encoding })]).toEqual([2, 0, 1, 1]);
  });
  it('refuses data that no code decodes to', () => {
    const off = Float32Array.from([0.1, 0.25, 0.15, 0]);
    const far = Float32Array.from([0.8, 0, 0, 0]);
    for (const data of [off, far])
      expect(() => codesOf({ shape: [2, 2], data, trainable: true, encoding: affine() })).toThrow(
        /encoded param/,
      );
  });
});
