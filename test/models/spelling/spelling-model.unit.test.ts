import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitSpelling, natsPerLetter } from '../../../models/spelling/fit-spelling.js';
import { openSpelling } from '../../../models/spelling/open-spelling.js';
import { SpellingModel, STEPS } from '../../../models/spelling/spelling-model.js';
import { WordCounts } from '../../../models/spelling/word-counts.js';
import { WordSet } from '../../../models/spelling/word-set.js';
import { ALPHABET, BORDER, SYMBOLS, wordsOf } from '../../../models/spelling/words-of.js';

const TEXT = `the thing that they thought of then there was no other than this one; those three
were worth their weight, and the weather was neither here nor there. the the the other`;

function counted(text = TEXT): WordCounts {
  const words = new WordCounts();
  words.add(text);
  return words;
}

const spelled = (word: readonly number[]) => word.map((symbol) => ALPHABET[symbol]).join('');

describe('wordsOf', () => {
  it('gives words without case, diacritics and what is no letter', () => {
    expect(wordsOf('Don’t PANIC, Straße 12b: Ærø, Łódź!').map(spelled)).toEqual([
      "don't",
      'panic',
      'strasse',
      'b',
      'aero',
      'lodz',
    ]);
    expect(wordsOf('42 €')).toEqual([]);
  });

  it('never gives a border or a symbol beyond the alphabet', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const symbol of wordsOf(text).flat()) {
          expect(symbol).toBeGreaterThan(BORDER);
          expect(symbol).toBeLessThan(SYMBOLS);
        }
      }),
    );
  });
});

describe('WordSet', () => {
  const random = (seed: number) =>
    Array.from({ length: 6 }, (_, i) => 1 + ((Math.imul(seed + 1, 0x9e3779b1) >>> (5 * i)) % 26));

  it('has all of its words and few others', () => {
    const words = Array.from({ length: 4000 }, (_, i) => random(i));
    const set = WordSet.of(words);
    expect(words.every((word) => set.has(word))).toBe(true);
    const mistaken = Array.from({ length: 4000 }, (_, i) => random(i + 50_000)).filter((w) => set.has(w));
    expect(mistaken.length).toBeLessThan(140);
    expect(set.bits.length).toBe(4000);
  });

  it('may be empty', () => {
    expect(WordSet.of([]).has([1, 2])).toBe(false);
  });
});

describe('fitSpelling', () => {
  const model = fitSpelling(counted(), counted().atLeast(3));

  it('gives probabilities: what may follow two symbols sums to one', () => {
    for (let context = 0; context < SYMBOLS ** 2; context++) {
      const row = model.tables.trigrams.subarray(context * SYMBOLS, (context + 1) * SYMBOLS);
      const sum = row.reduce((total, steps) => total + Math.exp(-steps / STEPS), 0);
      expect(Math.abs(sum - 1)).toBeLessThan(0.065); // values are rounded
    }
  });

  it('finds what is spelled as the text likelier than what is not', () => {
    const { logProbability: likely } = model.judge('thether');
    expect(likely).toBeGreaterThan(model.judge('tqehxhe').logProbability + 5);
    expect(model.judge('THE Tünd 12').letters).toBe(9);
  });

  it('knows the words that it is given', () => {
    expect(model.judge('The, THE').known).toBe(6);
    expect(model.judge('weather').known).toBe(0);
    expect(model.judge('a').known).toBe(0);
  });

  it('knows what stands on both sides of an apostrophe', async () => {
    const shipped = await openSpelling();
    expect(shipped.judge('l’hôtel').known).toBe(7);
    expect(shipped.judge('quelqu’un').known).toBe(9);
    expect(shipped.judge('qzxkw’hotel hotel’qzxkw ’').known).toBe(0);
  });

  it('counts what mixes letters and digits', () => {
    expect(model.judge('I807, 1807; the B-12 é9 4the').mixed).toBe(3);
    expect(model.judge('4th 9am 100ml 12B B1 2D').mixed).toBe(0);
  });

  it('is surer of its own words than of words that were left out', () => {
    const [some, rest] = counted().split(4);
    expect(some.size + rest.size).toBe(counted().size);
    const fitted = fitSpelling(rest, []);
    expect(natsPerLetter(fitted, rest)).toBeLessThan(natsPerLetter(fitted, some));
    expect(natsPerLetter(fitted, some)).toBeLessThan(Math.log(SYMBOLS));
  });
});

describe('the file of a spelling model', () => {
  const model = fitSpelling(counted(), counted().atLeast(2), { languages: 'en' });
  const bytes = model.encode();

  it('gives the same model', () => {
    const again = SpellingModel.decode(bytes, 'test');
    expect(again.tables).toEqual(model.tables);
    expect(again.metadata).toMatchObject({ languages: 'en' });
    expect(again.judge('The other weather')).toEqual(model.judge('The other weather'));
  });

  it('is refused where it is none or damaged', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          SpellingModel.decode(damaged, 'test').judge('weather');
        } catch (error) {
          expect(error).toMatchObject({ code: 'model_corrupt' });
        }
      }),
      { numRuns: 200 },
    );
    expect(() => SpellingModel.decode(bytes.subarray(0, 100), 'test')).toThrow(/Expected/);
  });
});
