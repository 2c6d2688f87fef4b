/** Small templates for generated text: what every generator of `generate/` is made of. */
import type { Random } from '../../models/base/random.js';

/** Hands out words of running text, for generators that need some. */
export type WordPicker = () => string;

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';

/** `count` decimal digits. */
export function digits(random: Random, count: number): string {
  let out = '';
  for (let i = 0; i < count; i++) out += random.int(0, 9);
  return out;
}

/** Expands a template: `#` a digit, `^` a digit from 1 to 9, `@` a capital, `&` a small letter, `%` a capital or a digit, `~` a hexadecimal digit. */
export function pattern(random: Random, template: string): string {
  let out = '';
  for (const c of template) {
    if (c === '#') out += random.int(0, 9);
    else if (c === '^') out += random.int(1, 9);
    else if (c === '@') out += UPPER[random.int(0, 25)];
    else if (c === '&') out += LOWER[random.int(0, 25)];
    else if (c === '%') out += random.chance(0.5) ? UPPER[random.int(0, 25)] : random.int(0, 9);
    else if (c === '~') out += HEX[random.int(0, 15)];
    else out += c;
  }
  return out;
}

/** A whole number of 1 to `most` digits without a leading zero; short numbers are more frequent. */
export function integer(random: Random, most = 6): number {
  const length = 1 + Math.floor(most * random.next() * random.next() * 1.0001);
  return random.int(length === 1 ? 0 : 10 ** (length - 1), 10 ** length - 1);
}

/** Thousands in groups of three. */
export function grouped(whole: number | string, separator: string): string {
  return String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, separator);
}

export function titleCase(text: string): string {
  return text.replace(
    /(^|[\s\-/(“"„«])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

/** First letter up, the rest as it is. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Letters only (and inner apostrophes or hyphens), punctuation at the ends stripped. */
export function bare(word: string): string {
  return word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
}
