import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levenshtein, wordDistance } from '../../../../apps/train/scoring/levenshtein.js';

/** The textbook table. */
function reference(a: string, b: string): number {
  const x = [...a];
  const y = [...b];
  let row = y.map((_, j) => j + 1);
  row.unshift(0);
  for (let i = 1; i <= x.length; i++) {
    const next = [i];
    for (let j = 1; j <= y.length; j++) {
      const change = x[i - 1] === y[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[y.length] as number;
}

const text = (maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b', 'c', ' ', 'é', '\u{1d11e}'), { maxLength }).map((list) => list.join(''));

describe('levenshtein', () => {
  it('counts edits', () => {
    expect(levenshtein('kitten', 'sitting')).toBe(3);
    expect(levenshtein('', 'abc')).toBe(3);
    expect(levenshtein('same', 'same')).toBe(0);
  });

  it('counts a character outside the basic plane once', () => {
    expect(levenshtein('a\u{1d11e}b', 'ab')).toBe(1);
  });

  it('agrees with the textbook table over several blocks', () => {
    fc.assert(
      fc.property(text(150), text(150), (a, b) => {
        expect(levenshtein(a, b)).toBe(reference(a, b));
      }),
      { numRuns: 300 },
    );
  });

  it('agrees at the borders of a block', () => {
    for (const length of [31, 32, 33, 63, 64, 65, 96]) {
      const a = `x${'ab'.repeat(50).slice(0, length - 2)}y`;
      const b = `z${'ba'.repeat(50).slice(0, length - 2)}w`;
      expect(levenshtein(a, b)).toBe(reference(a, b));
    }
  });

  it('is a metric', () => {
    fc.assert(
      fc.property(text(60), text(60), text(60), (a, b, c) => {
        expect(levenshtein(a, b)).toBe(levenshtein(b, a));
        expect(levenshtein(a, c)).toBeLessThanOrEqual(levenshtein(a, b) + levenshtein(b, c));
      }),
    );
  });

  it('counts edits of words', () => {
    expect(wordDistance(['the', 'old', 'man'], ['the', 'man', 'sat'])).toBe(2);
  });
});
