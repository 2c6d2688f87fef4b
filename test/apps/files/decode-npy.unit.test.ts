import '../../fixed-seed.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNpy } from '../../../apps/files/decode-npy.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { npyFile, npyOf } from './npy.js';

const read = (bytes: Uint8Array) => {
  const { shape, data } = decodeNpy(bytes, 'a.npy');
  return [shape, [...data]];
};

describe('what NumPy 2 wrote', () => {
  it.each([
    [
      'float32, version 1',
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEAAAIBAAACgQAAA0EA=',
      [
        [2, 3],
        [1, 2, 3, 4, 5, 6.5],
      ],
    ],
    [
      'int64, version 2',
      'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAP7/////////LAEAAAAAAAA=',
      [[3], [1, -2, 300]],
    ],
    [
      'float16, version 3',
      'k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjInLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAOAA4',
      [
        [1, 2],
        [0.5, 0.5],
      ],
    ],
    [
      'truth values',
      'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==',
      [[2], [1, 0]],
    ],
  ])('%s', (_, base64, wanted) => {
    expect(read(Buffer.from(base64, 'base64'))).toEqual(wanted);
  });
});

it.each<[string, ArrayBufferView<ArrayBuffer>, number[]]>([
  ['<f8', Float64Array.of(0.25, -1e3), [0.25, -1e3]],
  ['|i1', Int8Array.of(-1, 127), [-1, 127]],
  ['<i2', Int16Array.of(-300, 300), [-300, 300]],
  ['<i4', Int32Array.of(-70000, 1), [-70000, 1]],
  ['|u1', Uint8Array.of(255, 0), [255, 0]],
  ['<u2', Uint16Array.of(65535, 0), [65535, 0]],
  ['<u4', Uint32Array.of(2 ** 31, 0), [2 ** 31, 0]],
  ['<u8', BigUint64Array.of(2n ** 40n, 0n), [2 ** 40, 0]],
])('elements of type %s', (descr, { buffer }, wanted) => {
  expect(read(npyFile([2], new Uint8Array(buffer), { descr }))).toEqual([[2], wanted]);
});

it('shapes without axes and headers in another order, of Python 2', () => {
  expect(read(npyFile([], [7]))).toEqual([[], [7]]);
  const header = `{"shape": (2L, 1L), 'fortran_order': True, "descr": "<f4"}`;
  expect(read(npyOf(header, [7, 8]))).toEqual([
    [2, 1],
    [7, 8],
  ]);
});

describe('refuses', () => {
  const sound = npyFile([2, 2], [1, 2, 3, 4]);
  it.each<[string, Uint8Array, RegExp]>([
    ['other files', Buffer.from('PK\x03\x04 an archive'), /^Expected an \.npy file for a\.npy/],
    ['an empty file', new Uint8Array(0), /an \.npy file/],
    ['version 4', npyFile([1], [1], { version: 4 }), /version 1 to 3 of the format .* "4\.0"/],
    ['a header beyond the end', sound.subarray(0, 40), /a whole header/],
    ['too few elements', sound.subarray(0, -1), /16 bytes of elements \[2, 2\] .* received 15/],
    ['too many', Buffer.concat([sound, sound]), /16 bytes of elements/],
    ['objects', npyFile([1], [1], { descr: '|O' }), /numbers of 1 to 8 bytes .* "\|O"/],
    ['complex numbers', npyFile([1], [1, 2], { descr: '<c8' }), /"<c8"/],
    ['names of our own objects', npyFile([1], [1], { descr: '<constructor' }), /numbers/],
    ['records', npyOf(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}`, [1]), /a header/],
    ['big-endian numbers', npyFile([1], [1], { descr: '>f4' }), /little-endian numbers .* ">f4"/],
    ['Fortran order', npyFile([2, 2], [1, 2, 3, 4], { fortran: true }), /C order .* "Fortran order"/],
    ['sizes below 0', npyOf(`{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}`, [1]), /a header/],
    ['what Python would run', npyOf(`__import__('os').system('true')`, [1]), /a header/],
  ])('%s', (_, bytes, message) => {
    let error: unknown;
    try {
      decodeNpy(bytes, 'a.npy');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'invalid_data', message: expect.stringMatching(message) });
    expect((error as PocketlensError).remedy).toContain('numpy.save');
    expect((error as Error).message).not.toContain('\n');
  });
});

describe('of damaged files', () => {
  const code = (bytes: Uint8Array) => {
    try {
      const { shape, data } = decodeNpy(bytes, 'a.npy');
      expect(data.length).toBe(shape.reduce((product, d) => product * d, 1));
    } catch (error) {
      if (!(error instanceof PocketlensError)) throw error;
      expect(error.code).toBe('invalid_data');
    }
  };

  it('any bytes give an array or a coded error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), code), { numRuns: 300 });
    const header = fc.string({ unit: fc.constantFrom(...`{}()'",:\\ 0123456789Ldescr<f4TrueFalse_shape`) });
    fc.assert(
      fc.property(header, (text) => code(npyOf(text, [1]))),
      { numRuns: 500 },
    );
  });

  it('and those that are nearly sound', () => {
    const change = fc.record({ at: fc.nat(150), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(160), (changes, end) => {
        const bytes = npyFile([2, 3], [1, 2, 3, 4, 5, 6]).slice();
        for (const { at, to } of changes) bytes[at] = to;
        code(bytes.subarray(0, end));
        code(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('long headers are read in no time', () => {
    const long = `{${`'a': (${'1, '.repeat(40)}),`.repeat(400)}`;
    for (const text of [
      long,
      `{${' '.repeat(60_000)}x`,
      `{'${'a'.repeat(60_000)}`,
      `{'a': (${'1'.repeat(60_000)}`,
    ]) {
      const started = performance.now();
      code(npyOf(text.slice(0, 65_000), [1]));
      expect(performance.now() - started).toBeLessThan(1000);
    }
  });
});
