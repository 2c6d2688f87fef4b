import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { cutAtWord, squeeze } from '../../../synth/text/corpus.js';
import { hyphenate } from '../../../synth/text/decorate.js';
import { drawable, fitText } from '../../../synth/text/fit.js';
import { grouped, pattern, titleCase } from '../../../synth/text/pattern.js';
import { RareCharacters } from '../../../synth/text/rare.js';

const ascii = drawable(Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join(''));
const all = () => true;

describe('fitting', () => {
  it('replaces what is lacking by the nearest that can be drawn', () => {
    expect(fitText('„Größe“ – naïve… 5 €', ascii, all).text).toBe('"Grosse" - naive... 5 EUR');
    expect(fitText('Łódź', ascii, all)).toEqual({ text: 'Lodz', losses: 3 });
  });

  it('drops what has no stand-in, and joins the blanks', () => {
    expect(fitText('a ∑ b', ascii, all).text).toBe('a b');
    expect(fitText('∑ ∑', ascii, all).text).toBe('');
    expect(fitText('ab', ascii, (c) => c === 'b').text).toBe('b');
  });

  it('keeps white space, controls and marks out of a charset', () => {
    expect([...drawable('a\u00a0\u00ad\t\u0301\u2126b')]).toEqual([' ', 'a', 'b']);
  });
});

describe('rare characters', () => {
  it('stand in place of their base letter, or in a sign’s usual place', () => {
    const letters = new RareCharacters(drawable('ğ'));
    expect(letters.inject(new Random(1), 'dag', all)).toBe('dağ');
    expect(letters.inject(new Random(1), '1234', all)).toBe('1234');
    const signs = new RareCharacters(drawable('«»'));
    expect(signs.inject(new Random(1), 'mot', all)).toMatch(/[«»]/);
    expect(signs.inject(new Random(1), 'mot', () => false)).toBe('mot');
  });
});

describe('pieces', () => {
  it('are cut between words', () => {
    expect(cutAtWord('one two three', 8)).toBe('one two');
    expect(cutAtWord('extraordinary words', 5)).toBe('extraordinary');
    expect(squeeze('  a \t\u00a0 b\r')).toBe('a b');
  });

  it('hyphenate only long plain words', () => {
    expect(hyphenate(new Random(2), 'an emigration')).toMatch(/^an emi?g?r?a?t?i?o?[-¬=‐]$/u);
    expect(hyphenate(new Random(2), 'in 1900')).toBe('in 1900');
    expect(hyphenate(new Random(2), 'a word')).toBe('a word');
  });

  it('expand templates', () => {
    expect(pattern(new Random(3), '^#-@&%~.')).toMatch(/^[1-9]\d-[A-Z][a-z][A-Z0-9][0-9a-f]\.$/);
    expect(grouped(1234567, ',')).toBe('1,234,567');
    expect(titleCase('the état-major “of” it')).toBe('The État-Major “Of” It');
  });
});
