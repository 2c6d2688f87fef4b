import { expect, it } from 'vitest';
import { distinctOf } from '../../../compression/pack/distinct.js';
import { Random } from '../../../models/base/random.js';

it('tells the distinct numbers in order, and which each element is', () => {
  const random = new Random(3, 'distinct');
  for (const count of [1, 2, 255, 256]) {
    // Neighbours, and numbers that differ in their highest bits alone.
    const known = Uint32Array.from({ length: count }, (_, i) => (i % 2 ? i : (i << 20) >>> 0)).sort();
    const numbers = Uint32Array.from([
      ...known,
      ...Array.from({ length: 1000 }, () => random.pick([...known])),
    ]);
    const { values, symbols } = distinctOf(numbers, 256)!;
    expect(values).toEqual(known);
    expect(Uint32Array.from(symbols, (symbol) => values[symbol]!)).toEqual(numbers);
  }
});

it('takes no more than it may', () => {
  expect(
    distinctOf(
      Uint32Array.from({ length: 257 }, (_, i) => i),
      256,
    ),
  ).toBeUndefined();
  expect(distinctOf(Uint32Array.of(1, 2, 3), 2)).toBeUndefined();
  expect(distinctOf(new Uint32Array(0), 256)).toEqual({
    values: new Uint32Array(0),
    symbols: new Uint8Array(0),
  });
});
