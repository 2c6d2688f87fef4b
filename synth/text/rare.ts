/**
 * Works rare characters of the charset into lines, so that each is seen often enough to be learnt. A letter takes the
 * place of its base letter in a word; a sign stands where such a sign stands in print.
 */
import type { Random } from '../../models/base/random.js';
import { digits } from './pattern.js';

/** Letters that NFD does not take apart. */
const BASES: Readonly<Record<string, string>> = {
  ß: 's',
  æ: 'a',
  Æ: 'A',
  œ: 'o',
  Œ: 'O',
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 't',
  Þ: 'T',
  ħ: 'h',
  Ħ: 'H',
  ŧ: 't',
  Ŧ: 'T',
  ŋ: 'n',
  Ŋ: 'N',
  ı: 'i',
  ſ: 's',
  ĸ: 'k',
  ŉ: 'n',
  ĳ: 'i',
  Ĳ: 'I',
  ŀ: 'l',
  Ŀ: 'L',
  ƒ: 'f',
  ﬁ: 'f',
  ﬂ: 'f',
};
const PAIRS: Readonly<Record<string, string>> = {
  '(': ')',
  '[': ']',
  '{': '}',
  '<': '>',
  '«': '»',
  '‹': '›',
  '“': '”',
  '‘': '’',
  '„': '“',
  '‚': '‘',
  '»': '«',
  '›': '‹',
  '"': '"',
  "'": "'",
  '⟨': '⟩',
  '”': '”',
};
const BEFORE_NUMBER = /[\p{Sc}#№±−+~<>≤≥≈√∅§¶†‡•·*@%‰°]/u;
const AFTER_NUMBER = /[\p{Sc}%‰‱°′″²³¹º⁰-⁹ª½¼¾⅓-⅞µ]/u;
const OPERATOR = /[\p{Sm}÷×*/\\|^_~=&@:←-⇿−–—-]/u;

export class RareCharacters {
  readonly #characters: readonly string[];
  readonly #bases = new Map<string, string>();

  /** @param allowed the drawable characters of the charset. Everything but the ASCII letters and digits counts as rare. */
  constructor(allowed: ReadonlySet<string>) {
    this.#characters = [...allowed].filter((c) => c !== ' ' && !/[A-Za-z0-9.,]/.test(c));
    for (const c of this.#characters) {
      if (!/\p{L}/u.test(c)) continue;
      const first = c.normalize('NFD').charAt(0);
      this.#bases.set(c, BASES[c] ?? (/[A-Za-z]/.test(first) ? first : ''));
    }
  }

  get count(): number {
    return this.#characters.length;
  }

  /** The text with one rare character worked in; unchanged when the font has none of a few that were drawn. */
  inject(random: Random, text: string, supports: (character: string) => boolean): string {
    for (let attempt = 0; attempt < 6; attempt++) {
      const c = this.#characters[random.int(0, this.#characters.length - 1)];
      if (c === undefined || !supports(c)) continue;
      const base = this.#bases.get(c);
      const result = base === undefined ? placeSign(random, text, c) : placeLetter(random, text, c, base);
      if (result !== undefined) return result;
    }
    return text;
  }
}

/** In place of its base letter where the text has one, else of another letter; undefined in a text without letters. */
function placeLetter(random: Random, text: string, letter: string, base: string): string | undefined {
  const capital = letter !== letter.toLowerCase();
  let at = -1;
  if (base !== '') {
    at = text.indexOf(base, random.int(0, text.length - 1));
    if (at < 0) at = text.indexOf(base);
    if (at < 0 && capital) at = wordStart(text, base.toLowerCase());
  }
  if (at < 0) {
    const letters = capital ? /(?<!\p{L})\p{L}|\p{Lu}/gu : /\p{Ll}|\p{L}/gu;
    const places = [...text.matchAll(letters)];
    if (places.length === 0) return undefined;
    at = random.pick(places).index;
  }
  return text.slice(0, at) + letter + text.slice(at + 1);
}

/** Where a word begins with that small letter, or -1. */
function wordStart(text: string, letter: string): number {
  if (text.startsWith(letter)) return 0;
  const at = text.indexOf(` ${letter}`);
  return at < 0 ? -1 : at + 1;
}

function placeSign(random: Random, text: string, sign: string): string {
  const words = text.split(' ');
  const i = random.int(0, words.length - 1);
  const word = words[i]!;
  const number = () => digits(random, random.int(1, 3)).replace(/^0+(?=.)/, '');
  const options: (() => string)[] = [];
  const close = PAIRS[sign];
  if (close !== undefined) options.push(() => sign + word + close);
  if (BEFORE_NUMBER.test(sign))
    options.push(() => `${word} ${sign}${random.chance(0.3) ? ' ' : ''}${number()}`);
  if (AFTER_NUMBER.test(sign))
    options.push(() => `${word} ${number()}${random.chance(0.2) ? ' ' : ''}${sign}`);
  if (OPERATOR.test(sign)) {
    options.push(
      () => `${word} ${number()} ${sign} ${number()}`,
      () => `${word}${sign}${number()}`,
      () => `${word} ${sign}`,
    );
  }
  if (options.length === 0 || random.chance(0.35)) {
    options.push(
      () => sign + word,
      () => word + sign,
      () => `${sign} ${word}`,
      () => `${word} ${sign}`,
    );
  }
  words[i] = random.pick(options)();
  return words.join(' ');
}
