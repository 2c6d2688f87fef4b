/**
 * The characters that the recognizer can read, one class each, in a fixed order; class `charset.length` is the CTC blank.
 * ASCII, Latin-1, Latin Extended-A, the Romanian letters with comma below, typographic punctuation, common currency and
 * mathematical signs. A trained model keeps its own copy in its card; this is the set that new models start from.
 */
function range(first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join('');
}

export const DEFAULT_CHARSET =
  range(0x20, 0x7e) +
  range(0xa1, 0xac) + // 0xa0 is read as a blank, 0xad (soft hyphen) is invisible
  range(0xae, 0xff) +
  range(0x100, 0x148) + // 0x149 is deprecated
  range(0x14a, 0x17f) +
  'ȘșȚț' +
  '–—‘’‚“”„†‡•…‰′″‹›⁄' +
  '€₹₽₩₺₦₱' +
  '−≈≠≤≥∞√∑∫' +
  '№™ℓΩ';

/** Characters that look like one of the set and are read as it. */
const EQUIVALENTS: Readonly<Record<string, string>> = {
  '\u00a0': ' ',
  '\u2009': ' ',
  '\u202f': ' ',
  '\u3000': ' ',
  '\u00ad': '-',
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '–',
  '\u2015': '—',
  '\u2e17': '¬',
  '\ufb00': 'ff',
  '\ufb01': 'fi',
  '\ufb02': 'fl',
  '\ufb03': 'ffi',
  '\ufb04': 'ffl',
  '\u2126': 'Ω',
};

/**
 * Labels as class indices. `encode` normalises to NFC, maps look-alikes, folds white space, and gives undefined where a
 * character is not in the set: such a label can't be learnt and its image is left out.
 */
export class Charset {
  readonly characters: readonly string[];
  readonly #index: ReadonlyMap<string, number>;

  constructor(characters: string = DEFAULT_CHARSET) {
    this.characters = [...characters];
    this.#index = new Map(this.characters.map((character, i) => [character, i]));
    if (this.#index.size !== this.characters.length)
      throw new RangeError('a character stands twice in the charset');
  }

  /** Number of classes of the network: every character and the blank. */
  get classes(): number {
    return this.characters.length + 1;
  }

  /** The CTC blank: the last class, as TensorFlow's CTCLoss has it. */
  get blank(): number {
    return this.characters.length;
  }

  normalise(text: string): string {
    let normal = '';
    for (const character of text.normalize('NFC')) normal += EQUIVALENTS[character] ?? character;
    return normal.split(/\s+/u).filter(Boolean).join(' ');
  }

  encode(text: string): number[] | undefined {
    const classes: number[] = [];
    for (const character of this.normalise(text)) {
      const index = this.#index.get(character);
      if (index === undefined) return undefined;
      classes.push(index);
    }
    return classes;
  }

  decode(classes: readonly number[]): string {
    return classes.map((index) => this.characters[index] ?? '').join('');
  }

  has(character: string): boolean {
    return this.#index.has(character);
  }
}
