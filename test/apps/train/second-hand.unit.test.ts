import { describe, expect, it } from 'vitest';
import { SecondHand } from '../../../apps/train/second-hand.js';
import { Random } from '../../../models/base/random.js';

describe('second-hand samples', () => {
  it('come back each once, mixed, as many as came in', () => {
    const waiting = new SecondHand<number>(100, new Random(1));
    const back: number[] = [];
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 20; i++) waiting.add(20 * round + i);
      const now = [...waiting.excess()];
      expect(now).toHaveLength(round < 5 ? 0 : 20);
      back.push(...now);
    }
    expect(new Set(back).size).toBe(900);
    expect(back).not.toEqual(back.toSorted((a, b) => a - b));
    // Those that have waited long are gone.
    expect(back.filter((sample) => sample < 100).length).toBeGreaterThan(95);
  });
});
