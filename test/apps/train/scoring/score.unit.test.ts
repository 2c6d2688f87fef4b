import { describe, expect, it } from 'vitest';
import {
  joinLineEndHyphens,
  normaliseText,
  splitWords,
} from '../../../../apps/train/scoring/normalise-text.js';
import { roundHalfEven } from '../../../../apps/train/scoring/percent.js';
import { scoreLines, scorePages, scoreWords, wordF1 } from '../../../../apps/train/scoring/score.js';

describe('normaliseText', () => {
  it('makes typographic variants equal', () => {
    expect(normaliseText('\u201cDon\u2019t\u201d \u2014 we\u017fen')).toBe('"Don\'t" - wesen');
    expect(normaliseText("''quoted''")).toBe('"quoted"');
    expect(normaliseText('trans\u00ac')).toBe('trans-');
    expect(normaliseText('\ufb01ne \u00bd')).toBe('fine 1\u20442');
  });

  it('collapses white space of every kind', () => {
    expect(normaliseText(' a\t\u00a0b\u2003\n c\u0085d\u001fe ')).toBe('a b c d e');
    expect(splitWords('a\ufeffb')).toEqual(['a\ufeffb']);
  });

  it('folds and strips', () => {
    expect(normaliseText('TOTAL: 3.90', { fold: true })).toBe('total: 3.90');
    expect(normaliseText('TOTAL: 3.90 é', { alnum: true })).toBe('total390');
  });

  it('joins line-end hyphens', () => {
    expect(joinLineEndHyphens('trans- \n  port well-known')).toBe('transport well-known');
  });
});

describe('roundHalfEven', () => {
  it('rounds exact ties to the even digit and everything else to the nearest', () => {
    expect([0.125, 0.375, 2.675, 1.005, 12.345, 100].map(roundHalfEven)).toEqual([
      0.12, 0.38, 2.67, 1, 12.35, 100,
    ]);
  });
});

describe('scores', () => {
  it('caps the errors of a line at its length', () => {
    const score = scoreLines([
      { expected: 'ab', actual: 'something else entirely' },
      { expected: 'abcdefgh', actual: 'abcdefgh' },
    ]);
    expect(score).toEqual({ n: 2, cer: 20, wer: 50, exact: 50 });
  });

  it('does not cap those of a word', () => {
    expect(scoreWords([{ expected: 'ab', actual: 'wxyz' }])).toEqual({ n: 1, cer: 200, accuracy: 0 });
  });

  it('counts words by their alphanumerics', () => {
    expect(scoreWords([{ expected: 'Hotel!', actual: 'HOTEL' }]).accuracy).toBe(100);
  });

  it('folds only where asked', () => {
    const pairs = [{ expected: 'TOTAL', actual: 'Total' }];
    expect(scoreLines(pairs).cer).toBe(80);
    expect(scoreLines(pairs, { fold: true }).cer).toBe(0);
  });

  it('takes the bag of words of a page regardless of order', () => {
    expect(wordF1('one two two', 'TWO one two')).toBe(1);
    expect(wordF1('one two', 'one three')).toBe(0.5);
    expect(wordF1('', '')).toBe(0);
  });

  it('scores pages', () => {
    const pairs = [
      { expected: 'transport', actual: 'trans-\nport' },
      { expected: 'abcd', actual: 'abcx' },
    ];
    expect(scorePages(pairs, { joinHyphens: true })).toEqual({
      n: 2,
      cer: 7.69,
      wer: 50,
      medianCer: 25,
      wordF1: 50,
    });
    expect(scorePages(pairs).cer).toBe(23.08);
  });

  it('gives zeros for nothing', () => {
    expect(scorePages([])).toEqual({ n: 0, cer: 0, wer: 0, medianCer: 0, wordF1: 0 });
  });
});
