/** Lines of text to draw: pieces of the corpora and generated strings, fitted to a character set and a font. */
import { PocketlensError } from '../../models/base/errors.js';
import type { Random } from '../../models/base/random.js';
import { Corpus, cutAtWord, squeeze } from './corpus.js';
import { decorate, hyphenate } from './decorate.js';
import { drawable, fitText } from './fit.js';
import { program, serial } from './generate/codes.js';
import { address, company, email, fileName, person, phone, url } from './generate/contact.js';
import { date } from './generate/dates.js';
import { enumeration } from './generate/enumeration.js';
import { form, tableRow } from './generate/forms.js';
import { money } from './generate/money.js';
import { formula, measure, percentage, plainNumber, span } from './generate/numbers.js';
import { receipt } from './generate/receipts.js';
import { scene } from './generate/scene.js';
import { time } from './generate/times.js';
import { bare, capitalised, type WordPicker } from './pattern.js';
import { RareCharacters } from './rare.js';
import { typeset } from './typeset.js';

export type TextKind =
  | 'sentence'
  | 'word'
  | 'number'
  | 'receipt'
  | 'form'
  | 'code'
  | 'caps'
  | 'scene'
  | 'mixed';

export interface TextSourceOptions {
  /** Folder of text files, see `corpus.ts`. */
  readonly corpusFolder: string;
  /** Every character a line may hold. The space is always allowed; other white space, controls and combining marks never are. */
  readonly charset: string;
  /** Share of each language. Default: English 40 %, the rest evenly over the others. */
  readonly languages?: Record<string, number>;
}

/** Longest line, in characters. */
const LONGEST = 100;
const MIXED = {
  sentence: 44,
  word: 6,
  number: 12,
  receipt: 10,
  form: 9,
  code: 6,
  caps: 6,
  scene: 7,
} as const;
/** How often a line is given a rare character: about once in 2,000 lines for each of 300. */
const RARE_SHARE: Readonly<Record<Exclude<TextKind, 'mixed'>, number>> = {
  sentence: 0.24,
  word: 0.2,
  number: 0.1,
  receipt: 0.12,
  form: 0.12,
  code: 0.12,
  caps: 0.24,
  scene: 0.08,
};

export class TextSource {
  readonly #corpus: Corpus;
  readonly #allowed: ReadonlySet<string>;
  readonly #rare: RareCharacters;
  /** Index of English where the default languages are drawn; signs are more often English than books are. */
  readonly #english: number;

  constructor(options: TextSourceOptions) {
    this.#corpus = new Corpus(options.corpusFolder, options.languages);
    this.#english = options.languages ? -1 : this.#corpus.languages.indexOf('en');
    this.#allowed = drawable(options.charset);
    this.#rare = new RareCharacters(this.#allowed);
    if (this.#allowed.size < 2) {
      throw new PocketlensError(
        'invalid_argument',
        `Expected visible characters for charset but received ${JSON.stringify(options.charset)}`,
      );
    }
  }

  /** The characters that lines may hold, the space included. */
  get characters(): ReadonlySet<string> {
    return this.#allowed;
  }

  /**
   * A line of text of that kind: not empty, NFC, trimmed, single spaces, every character (but the space) in the charset and
   * supported by the font.
   * @param supports whether the font draws a character; asked for visible characters of the charset.
   * @param isTypeset whether faces like this one are set in print, with curly quotes and dashes; typewriters know none.
   * @throws PocketlensError `invalid_font` when the font supports no character of the charset.
   */
  next(random: Random, kind: TextKind, supports: (character: string) => boolean, isTypeset = false): string {
    const can = (character: string) => this.#allowed.has(character) && supports(character);
    for (let attempt = 0; attempt < 8; attempt++) {
      // A font that lacks what this kind needs (digits, say) may still draw running text.
      const wanted = attempt < 5 ? kind : 'sentence';
      const actual = wanted === 'mixed' ? random.weighted(MIXED) : wanted;
      let raw = squeeze(this.#draw(random, actual));
      if (raw === '') continue;
      // Codes and programs are typed; so are receipts.
      if (isTypeset && actual !== 'code' && actual !== 'receipt') raw = typeset(random, raw, can);
      if (random.chance(RARE_SHARE[actual])) raw = this.#rare.inject(random, raw, supports);
      const { text, losses } = fitText(raw.normalize('NFC'), this.#allowed, supports);
      if (text === '' || (attempt < 6 && losses > 2 + raw.length / 5)) continue;
      return text.length > LONGEST ? cutLine(text) : text;
    }
    return this.#anything(random, supports);
  }

  #draw(random: Random, kind: Exclude<TextKind, 'mixed'>): string {
    const language =
      this.#english >= 0 && kind === 'scene' && random.chance(0.5)
        ? this.#english
        : this.#corpus.pickLanguage(random);
    const word: WordPicker = () => this.#corpus.word(random, language);
    switch (kind) {
      case 'sentence':
        return this.#sentence(random, language);
      case 'word': {
        const picked = word();
        const style = random.next();
        const text = style < 0.55 ? picked : bare(picked) || picked;
        return style > 0.9 ? text.toUpperCase() : style > 0.78 ? capitalised(text) : text;
      }
      case 'number':
        return number(random);
      case 'receipt':
        return receipt(random, word);
      case 'form':
        return form(random, word);
      case 'code':
        return code(random, word);
      case 'caps': {
        const length = lineLength(random, 18);
        const text = this.#corpus.fragment(random, length, random.chance(0.4) ? 'start' : 'inside', language);
        return random.chance(0.15) ? decorate(random, text.toUpperCase()) : text.toUpperCase();
      }
      case 'scene':
        return scene(random, word);
    }
  }

  #sentence(random: Random, language: number): string {
    const choice = random.next();
    const word = () => this.#corpus.word(random, language);
    if (choice < 0.03) return tableRow(random, word);
    if (choice < 0.05) return person(random);
    if (choice < 0.06) return enumeration(random);
    const length = lineLength(random, 28);
    const line = this.#corpus.fragment(random, length, random.chance(0.3) ? 'start' : 'inside', language);
    if (random.chance(0.07)) return hyphenate(random, line);
    if (random.chance(0.03)) {
      // The rest of a word that the line before has broken.
      const first = line.indexOf(' ');
      const cut = random.int(2, 5);
      if (first > cut + 2) return line.slice(cut);
    }
    return decorate(random, line);
  }

  /** Last resort for fonts with very few characters: a random string of what there is. */
  #anything(random: Random, supports: (character: string) => boolean): string {
    const usable = [...this.#allowed].filter((c) => c !== ' ' && supports(c));
    if (usable.length === 0) {
      throw new PocketlensError(
        'invalid_font',
        'Expected a character of the charset for the font but received none',
        { remedy: 'Leave this font out.' },
      );
    }
    let text = '';
    for (let i = random.int(1, 12); i > 0; i--) text += random.pick(usable);
    return text.normalize('NFC');
  }
}

export function createTextSource(options: TextSourceOptions): TextSource {
  return new TextSource(options);
}

/** Line lengths in characters: log-normal around `median`, most lines short, few long. */
function lineLength(random: Random, median: number): number {
  return Math.max(2, Math.min(LONGEST, Math.round(median * Math.exp(random.normal(0, 0.6)))));
}

function cutLine(text: string): string {
  const cut = cutAtWord(text, LONGEST);
  return cut.length <= LONGEST ? cut : [...cut].slice(0, LONGEST).join('').trim();
}

function number(random: Random): string {
  switch (
    random.weighted({
      plain: 34,
      money: 18,
      percent: 7,
      date: 13,
      time: 4,
      phone: 6,
      measure: 6,
      formula: 3,
      span: 4,
      row: 5,
    })
  ) {
    case 'plain':
      return plainNumber(random);
    case 'money':
      return money(random);
    case 'percent':
      return percentage(random);
    case 'date':
      return date(random);
    case 'time':
      return time(random);
    case 'phone':
      return phone(random);
    case 'measure':
      return measure(random);
    case 'formula':
      return formula(random);
    case 'span':
      return span(random);
    default: {
      const cells: string[] = [];
      const cell = random.pick([plainNumber, plainNumber, money, percentage]);
      for (let i = random.int(2, 5); i > 0; i--) cells.push(cell(random));
      return cells.join(' ');
    }
  }
}

function code(random: Random, word: WordPicker): string {
  switch (
    random.weighted({
      serial: 40,
      email: 11,
      url: 11,
      file: 6,
      program: 14,
      address: 8,
      company: 5,
      phone: 5,
    })
  ) {
    case 'serial':
      return serial(random);
    case 'email':
      return email(random, word);
    case 'url':
      return url(random, word);
    case 'file':
      return fileName(random, word);
    case 'program':
      return program(random, word);
    case 'address':
      return address(random, word);
    case 'company':
      return company(random, word);
    default:
      return phone(random);
  }
}
