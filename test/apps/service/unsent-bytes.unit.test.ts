import { expect, it } from 'vitest';
import { UnsentBytes } from '../../../apps/service/unsent-bytes.js';

it('holds so many bytes and no more, but one answer of any size', () => {
  const unsent = new UnsentBytes(100);
  const first = unsent.hold(150)!;
  expect(unsent.hold(1)).toBeUndefined();
  first();
  first();
  const second = unsent.hold(60)!;
  expect(unsent.hold(50)).toBeUndefined();
  expect(unsent.hold(40)).toBeDefined();
  second();
  expect(unsent.hold(60)).toBeDefined();
});
