import { describe, expect, it } from 'vitest';
import { closeUp } from '../../../../apps/ocr/layout/thin-spaces.js';
import type { LineReading } from '../../../../models/recognizer/reading.js';

const PROSE = 'one two three four five six seven eight';

/** Characters 10 pixels wide; a blank is 12 wide, written _ it is 3. */
function reading(pattern: string): LineReading {
  let x = 0;
  const characters = [...pattern].map((sign) => {
    const start = x;
    x += sign === '_' ? 3 : sign === ' ' ? 12 : 10;
    return { text: sign === '_' ? ' ' : sign, start, end: x, confidence: 0.9 };
  });
  return { text: characters.map(({ text }) => text).join(''), confidence: 0.9, characters };
}

describe('closeUp', () => {
  it.each([
    ['before a sign', `${PROSE}_; nine`, `${PROSE}; nine`],
    ['before a sign at the end', `${PROSE}_!`, `${PROSE}!`],
    ['behind an opening quote', `“_${PROSE}”`, `“${PROSE}”`],
    ['behind one amid the line', `${PROSE} "_nine"`, `${PROSE} "nine"`],
    ['at several places', `"_one_: ${PROSE}_?`, `"one: ${PROSE}?`],
  ])('takes a thin space away %s', (_, pattern, text) => {
    const closed = closeUp(reading(pattern));
    expect(closed.text).toBe(text);
    expect(closed.characters.map((character) => character.text).join('')).toBe(text);
  });

  it.each([
    ['a blank as wide as the others', `${PROSE} : nine`],
    ['few blanks to compare with', 'TOTAL_: 12.00 EUR'],
    ['a thin space between words', `${PROSE}_nine`],
    ['one behind a closing quote', `${PROSE}" nine`],
    ['a ratio', `${PROSE} 3_: 1`],
    ['inches', `${PROSE} 12_"_wide`],
    ['inches after a blank', `${PROSE} 12 "_wide`],
    ['one before a sign that follows another', `${PROSE} )_: nine`],
    ['nothing', ''],
  ])('leaves %s', (_, pattern) => {
    const given = reading(pattern);
    expect(closeUp(given)).toBe(given);
  });
});
