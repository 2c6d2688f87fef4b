import { describe, expect, it } from 'vitest';
import { apart, turnedBox } from '../../../synth/page/layouts/room.js';

describe('room of signs', () => {
  it('is the box around what is turned and sheared', () => {
    expect(turnedBox(100, 20, 0)).toEqual({ across: 50, down: 10 });
    const upright = turnedBox(100, 20, -Math.PI / 2);
    expect(upright.across).toBeCloseTo(10, 9);
    expect(upright.down).toBeCloseTo(50, 9);
    const slanted = turnedBox(100, 100, Math.PI / 4);
    expect(slanted.across).toBeCloseTo(100 * Math.SQRT1_2, 9);
    expect(turnedBox(100, 20, 0, 0.5, 0)).toEqual({ across: 55, down: 10 });
    expect(turnedBox(100, 20, 0, 0, 0.1)).toEqual({ across: 50, down: 15 });
  });

  it('lets long lines stand close above each other, and nothing overlap', () => {
    const line = turnedBox(100, 10, 0);
    const first = { x: 50, y: 50, ...line };
    // Circles around them would overlap by far.
    expect(apart(first, { x: 55, y: 61, ...line })).toBe(true);
    expect(apart(first, { x: 55, y: 59, ...line })).toBe(false);
    expect(apart(first, { x: 151, y: 50, ...line })).toBe(true);
    expect(apart(first, { x: 149, y: 50, ...line })).toBe(false);
  });
});
