import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { decodeBeam } from '../../../models/recognizer/beam.js';
import type { DecodedCharacter } from '../../../models/recognizer/decode.js';
import { FrameProbabilities } from '../../../models/recognizer/frame-probabilities.js';
import { TextLikelihood } from '../../../models/recognizer/likelihood.js';
import { readTogether } from '../../../models/recognizer/read-together.js';
import { respell } from '../../../models/recognizer/respell.js';
import type { TextRules } from '../../../models/recognizer/spelled-text.js';
import { fitSpelling } from '../../../models/spelling/fit-spelling.js';
import type { SpellingModel } from '../../../models/spelling/spelling-model.js';
import { WordCounts } from '../../../models/spelling/word-counts.js';

const LETTERS = 'abc ';
const BLANK = LETTERS.length;

/** A view of frames, each with the probabilities of some letters; the rest is blank. */
function view(...frames: Partial<Record<string, number>>[]): FrameProbabilities {
  const data = frames.flatMap((frame) => {
    const letters = Array.from(LETTERS, (letter) => frame[letter] ?? 0);
    return [...letters, 1 - letters.reduce((sum, p) => sum + p, 0)];
  });
  return new FrameProbabilities({
    data: Float32Array.from(data, (p) => Math.log(Math.max(p, 1e-9))),
    frames: frames.length,
    classes: BLANK + 1,
  });
}

function spellingOf(text: string) {
  const words = new WordCounts();
  words.add(text);
  return fitSpelling(words, words);
}

const NO_WORDS = spellingOf('xyz');

const textOf = (classes: readonly number[]) => classes.map((index) => LETTERS[index]!).join('');
const rulesWith = (spelling: SpellingModel): TextRules => ({
  tidy: (decoded) => [...decoded],
  textOf,
  space: LETTERS.indexOf(' '),
  spelling,
});
const textIn = (characters: readonly DecodedCharacter[]) =>
  textOf(characters.map(({ classIndex }) => classIndex));

function read(views: readonly FrameProbabilities[], spelling = NO_WORDS) {
  const found = readTogether(views, rulesWith(spelling));
  return found && { text: textIn(found.characters), view: found.view };
}

describe('TextLikelihood', () => {
  it('agrees with a brute-force sum over all alignments', () => {
    const random = new Random(3, 'likelihood');
    const frames = 5;
    const scores = new FrameProbabilities({
      data: Float32Array.from({ length: frames * 3 }, () => random.normal(0, 1)),
      frames,
      classes: 3,
    });
    const sums = new Map<string, number>();
    for (let path = 0; path < 3 ** frames; path++) {
      const classes = Array.from({ length: frames }, (_, t) => Math.floor(path / 3 ** t) % 3);
      const probability = classes.reduce((product, k, t) => product * scores.at(t, k), 1);
      const text = classes.filter((k, t) => k !== 2 && k !== classes[t - 1]).join('');
      sums.set(text, (sums.get(text) ?? 0) + probability);
    }
    const likelihood = new TextLikelihood(scores);
    expect(sums.size).toBeGreaterThan(20);
    for (const [text, sum] of sums)
      expect(likelihood.of(Array.from(text, Number))).toBeCloseTo(Math.log(sum), 8);
    // Two equal letters need a blank between them: three of them do not fit.
    expect(likelihood.of([0, 0, 0, 0])).toBe(Number.NEGATIVE_INFINITY);
  });

  it('rules no text out for one letter that is not seen', () => {
    const likelihood = new TextLikelihood(view({ a: 1 }, {}, { b: 1 }));
    expect(likelihood.of([0, 1])).toBeCloseTo(0);
    expect(likelihood.of([0, 2])).toBeCloseTo(Math.log(1e-4), 1);
    expect(new TextLikelihood(view()).of([])).toBe(0);
  });
});

describe('readTogether', () => {
  it('reads what one view reads alone, and where it stands best', () => {
    const faint = view({ a: 0.6 }, {}, { b: 0.6 });
    const clear = view({ a: 0.9 }, {}, { b: 0.9 });
    expect(read([faint])).toEqual({ text: 'ab', view: 0 });
    expect(read([faint, clear, faint])).toEqual({ text: 'ab', view: 1 });
  });

  it('may read what no view puts first', () => {
    // Each is misled in another letter.
    const first = view({ a: 0.55, c: 0.45 }, {}, { b: 0.9 });
    const second = view({ c: 0.9 }, {}, { a: 0.55, b: 0.45 });
    expect(read([first])!.text).toBe('ab');
    expect(read([second])!.text).toBe('ca');
    expect(read([first, second])!.text).toBe('cb');
  });

  it('prefers what spells as words do where views leave it open', () => {
    const open = view({ a: 0.5, b: 0.48 }, {}, { c: 0.9 });
    expect(read([open])!.text).toBe('ac');
    expect(read([open], spellingOf('bc'))!.text).toBe('bc');
    // Not where they are sure.
    expect(read([view({ a: 0.99 }, {}, { c: 0.99 })], spellingOf('bc'))!.text).toBe('ac');
  });

  it('gives nothing where no view shows text', () => {
    expect(read([view({}, {}), view({})])).toBeUndefined();
  });
});

describe('respell', () => {
  /** "ac" or "bc", a blank, "ab" or "cb", nearly as likely; and what stands in the middle of both is sure. */
  const line = view(
    { a: 0.5, b: 0.48 },
    {},
    { c: 0.95 },
    {},
    { ' ': 0.99 },
    {},
    { a: 0.5, c: 0.48 },
    {},
    { b: 0.95 },
  );
  const respelled = (text: string, frames = line) =>
    respell(decodeBeam(frames), frames, rulesWith(spellingOf(text)));

  it('chooses word by word, and places what it chose', () => {
    expect(textIn(decodeBeam(line))).toBe('ac ab');
    expect(textIn(respelled('bc ab'))).toBe('bc ab');
    expect(textIn(respelled('ac cb'))).toBe('ac cb');
    const both = respelled('bc cb');
    expect(textIn(both)).toBe('bc cb');
    expect(both.map(({ firstFrame }) => firstFrame)).toEqual([0, 2, 4, 6, 8]);
    expect(both[0]!.confidence).toBeCloseTo(0.48);
  });

  it('leaves words alone that are read with certainty', () => {
    const sure = view({ a: 0.91, b: 0.08 }, {}, { c: 0.95 });
    const decoded = decodeBeam(sure);
    expect(respell(decoded, sure, rulesWith(spellingOf('bc bc bc')))).toEqual(decoded);
  });

  it('parts two words that ran into one, where a blank was seen between them', () => {
    const run = (blank: number) =>
      view({ a: 0.97 }, {}, { b: 0.97 }, { ' ': blank }, { c: 0.97 }, {}, { a: 0.97 });
    expect(textIn(decodeBeam(run(0.2)))).toBe('abca');
    expect(textIn(respelled('ab ca', run(0.2)))).toBe('ab ca');
    expect(textIn(respelled('abca', run(0.2)))).toBe('abca');
    // Too little of a blank, or too few letters.
    expect(textIn(respelled('ab ca', run(0.05)))).toBe('abca');
    const short = view({ a: 0.97 }, {}, { b: 0.97 }, { ' ': 0.2 }, { c: 0.97 });
    expect(textIn(respelled('ab c', short))).toBe('abc');
  });

  it('takes empty lines and lines of blanks', () => {
    for (const frames of [view(), view({}, {}), view({ ' ': 0.9 }, {}, { ' ': 0.9 })])
      expect(textIn(respelled('ab', frames))).toBe(textIn(decodeBeam(frames)));
  });
});
