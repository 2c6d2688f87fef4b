import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanConfidence, splitReading } from '../../../../apps/ocr/layout/words.js';
import type { Quad } from '../../../../models/base/image.js';
import type { LineReading } from '../../../../models/recognizer/reading.js';

const quad: Quad = [
  [100, 50],
  [300, 70],
  [298, 90],
  [98, 70],
];

/** Characters 10 pixels wide from column 5 on. */
const reading = (text: string, confidence = (_: number) => 0.9): LineReading => {
  const characters = [...text].map((character, i) => ({
    text: character,
    start: 5 + 10 * i,
    end: 15 + 10 * i,
    confidence: confidence(i),
  }));
  return {
    text,
    characters,
    confidence: Math.min(1, ...characters.map((character) => character.confidence)),
  };
};

describe('splitReading', () => {
  it('cuts words from the quad where their characters stand', () => {
    const words = splitReading(
      reading('ab cdef ghi', (i) => (i === 5 ? 0.4 : 0.9)),
      { quad, start: 5, end: 115 },
    );
    expect(words.map((word) => [word.text, word.confidence])).toEqual([
      ['ab', 0.9],
      ['cdef', 0.4],
      ['ghi', 0.9],
    ]);
    expect(words[0]?.quad[0]).toEqual([100, 50]);
    expect(words[0]?.quad[1]?.[0]).toBeCloseTo(100 + (200 * 2) / 11, 9);
    expect(words[2]?.quad[2]?.[0]).toBeCloseTo(298, 9);
    expect(words[2]?.quad[2]?.[1]).toBeCloseTo(90, 9);
  });

  it('holds words within the line although characters reach into the padding', () => {
    const [word] = splitReading(reading('abc'), { quad, start: 12, end: 28 });
    for (const [i, corner] of quad.entries()) {
      expect(word?.quad[i]?.[0]).toBeCloseTo(corner[0], 9);
      expect(word?.quad[i]?.[1]).toBeCloseTo(corner[1], 9);
    }
  });

  it('reaches to the ends of glyphs that are known by their middles only', () => {
    const narrow = reading('ab cd');
    const characters = narrow.characters.map(({ start, ...rest }) => ({
      ...rest,
      start: start + 4,
      end: start + 6,
    }));
    const words = splitReading({ ...narrow, characters }, { quad, start: 5, end: 205 });
    const columns = words.map((word) => [word.quad[0][0], word.quad[1][0]].map((x) => Math.round(x)));
    // Ten columns a character.
    expect(columns).toEqual([
      [100, 120],
      [130, 150],
    ]);
  });

  it('places the characters when it is asked to', () => {
    const frame = { quad, start: 5, end: 115 };
    expect(splitReading(reading('ab'), frame)[0]).not.toHaveProperty('characters');
    const [, word] = splitReading(
      reading('ab cde', (i) => i / 10),
      frame,
      true,
    );
    expect(word!.characters!.map(({ text, confidence }) => [text, confidence])).toEqual([
      ['c', 0.3],
      ['d', 0.4],
      ['e', 0.5],
    ]);
    const [c, d, e] = word!.characters!.map((character) => character.quad);
    expect(c![0]).toEqual(word!.quad[0]);
    expect(c![1]).toEqual(d![0]);
    expect(d![2]).toEqual(e![3]);
    expect(e![2]).toEqual(word!.quad[2]);
  });

  it('has the words of the text, from left to right', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const words = splitReading(reading(text), { quad, start: 0, end: 400 });
        expect(words.map((word) => word.text).join(' ')).toBe(text.split(/\s+/).filter(Boolean).join(' '));
        const starts = words.map((word) => word.quad[0][0]);
        expect([...starts].sort((a, b) => a - b)).toEqual(starts);
      }),
    );
  });

  it('gives nothing for blanks', () => {
    expect(splitReading(reading('   '), { quad, start: 0, end: 30 })).toEqual([]);
    expect(meanConfidence(reading('  '))).toBe(0);
    expect(meanConfidence(reading('a b', (i) => [0.5, 0, 1][i] as number))).toBe(0.75);
  });
});
