import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { curlQuotes, typeset } from '../../../synth/text/typeset.js';

const all = () => true;

describe('curlQuotes', () => {
  it.each([
    ["the fishermen's wives don't", 'the fishermen’s wives don’t'],
    ['"Yes," he said ("so")', '“Yes,” he said (“so”)'],
    ["'twas in '47, 'n' so", '’twas in ’47, ’n’ so'],
    ["he calls it 'old' here", 'he calls it ‘old’ here'],
    ['smaller extent, by" donations', 'smaller extent, by” donations'],
    ['from "1984" on', 'from “1984” on'],
    [`"'Yes,' he said," and 'so "it"'`, '“‘Yes,’ he said,” and ‘so “it”’'],
    ["the '90s, 't huis", 'the ’90s, ’t huis'],
    // Not quotes, or without a clear place.
    ["5'10\" and 6'484", "5'10\" and 6'484"],
    ["baue'', so", "baue'', so"],
    ['undetected " here', 'undetected " here'],
    // Other languages keep their own.
    ['„müde“ und "wach"', '„müde“ und "wach"'],
  ])('%s → %s', (plain, curly) => {
    expect(curlQuotes(plain, all)).toBe(curly);
  });

  it('leaves plain what cannot be drawn', () => {
    expect(curlQuotes('it\'s "so"', (c) => c !== '’')).toBe("it's “so”");
    expect(curlQuotes('it\'s "so"', (c) => c !== '”')).toBe('it’s "so"');
  });
});

describe('typeset', () => {
  /** Share of 2,000 draws that change the text, and what becomes of it. */
  const outcomes = (text: string) => {
    const random = new Random(1, text);
    const counts = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      const out = typeset(random, text, all);
      counts.set(out, (counts.get(out) ?? 0) + 1 / 2000);
    }
    return counts;
  };

  it.each(['1990-95', 'pp. 12-15', '1914-1918', '8-10', '(99-101)', 'so - he said'])(
    'gives about one in four ranges an en dash: %s',
    (text) => {
      const share = outcomes(text).get(text.replace('-', '–'))!;
      expect(share).toBeGreaterThan(0.2);
      expect(share).toBeLessThan(0.3);
    },
  );

  it.each([
    '2021-05-12',
    '555-1234',
    '0140-6736',
    '95-12',
    'A-12-14',
    '1-800',
    'well-known',
    '12-15/3',
    '3 - 2',
  ])('leaves other hyphens: %s', (text) => {
    expect([...outcomes(text).keys()]).toEqual([text]);
  });

  it('curls the quotes of about one line in three', () => {
    const share = outcomes('it\'s "so"').get('it’s “so”')!;
    expect(share).toBeGreaterThan(0.28);
    expect(share).toBeLessThan(0.38);
  });
});
