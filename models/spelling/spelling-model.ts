/**
 * Tells likely spellings from unlikely ones: letter trigrams and a set of known words. The table holds interpolated
 * probabilities, so that a lookup is all there is to do.
 *
 * File: safetensors with `trigrams` [28, 28, 28] (two symbols before, letter; values are eighths of −ln P) and `words` (a
 * `WordSet`). What it was fitted to is in its metadata.
 */
import { PocketlensError } from '../base/errors.js';
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../graph/safetensors.js';
import { WordSet } from './word-set.js';
import { APOSTROPHE, BORDER, SYMBOLS, wordsOf } from './words-of.js';

/** Values of the file to a unit of −ln P. */
export const STEPS = 8;
const FORMAT = 'pocketlens-spelling-1';

export interface SpellingTables {
  /** −ln P in steps, [28, 28, 28]. */
  readonly trigrams: Uint8Array;
  readonly words: WordSet;
}

export interface Spelling {
  /** ln P of the words' letters and their ends by the trigrams, at most 0. */
  readonly logProbability: number;
  /** How many probabilities that is the product of: the letters, and an end for each word. */
  readonly letters: number;
  /** Letters of known words. */
  readonly known: number;
  /** Runs of letters and digits that hold both, but for those that are usual. */
  readonly mixed: number;
}

/** Ordinals, times, measures, a number with a letter before or behind it: 1st, 9am, 100ml, 12B, B1. I and O would be 1 and 0. */
export const USUAL_MIXTURE = /^(?:\d+(?:st|nd|rd|th|am|pm|[kmcd]?m|k?g|mg|m?l|lb|[A-Z])|[A-HJ-NP-Z]\d+)$/;

export class SpellingModel {
  constructor(
    readonly tables: SpellingTables,
    /** What it was fitted to, for people. */
    readonly metadata: Readonly<Record<string, string>> = {},
  ) {}

  /** How the words of a text are spelled. What is no letter counts for nothing. */
  judge(text: string): Spelling {
    let [logProbability, letters, known] = [0, 0, 0];
    for (const word of wordsOf(text)) {
      logProbability += this.logProbability(word);
      letters += word.length + 1;
      if (this.#knows(word)) known += word.length;
    }
    const runs = text.match(/[\p{L}\p{N}]+/gu) ?? [];
    const mixed = runs.filter(
      (run) => /\p{L}/u.test(run) && /\p{N}/u.test(run) && !USUAL_MIXTURE.test(run),
    ).length;
    return { logProbability, letters, known, mixed };
  }

  /** As a whole, or what stands on the two sides of an apostrophe. Letters alone say nothing. */
  #knows(word: readonly number[]): boolean {
    const { words } = this.tables;
    if (word.length > 1 && words.has(word)) return true;
    const at = word.indexOf(APOSTROPHE);
    if (at < 0) return false;
    const parts = [word.slice(0, at), word.slice(at + 1)].filter((part) => part.length > 1);
    return parts.length > 0 && parts.every((part) => words.has(part));
  }

  /** Of one word's symbols and its end, by the trigrams. */
  logProbability(word: readonly number[]): number {
    let [steps, context] = [0, 0]; // borders
    for (const letter of [...word, BORDER]) {
      const at = context * SYMBOLS + letter;
      steps += this.tables.trigrams[at]!;
      context = at % SYMBOLS ** 2;
    }
    return -steps / STEPS;
  }

  encode(): Uint8Array {
    const { trigrams, words } = this.tables;
    return encodeSafetensors({
      metadata: { ...this.metadata, format: FORMAT },
      tensors: new Map<string, SafetensorsTensor>([
        ['trigrams', { dtype: 'U8', shape: [SYMBOLS, SYMBOLS, SYMBOLS], data: trigrams }],
        ['words', { dtype: 'U8', shape: [words.bits.length], data: words.bits }],
      ]),
    });
  }

  /** @param where the file's path, for the message. @throws model_corrupt */
  static decode(bytes: Uint8Array, where: string): SpellingModel {
    const { tensors, metadata } = decodeSafetensors(bytes);
    const [trigrams, words] = ['trigrams', 'words'].map((name) => tensors.get(name)?.data);
    const sound =
      metadata.format === FORMAT &&
      trigrams instanceof Uint8Array &&
      trigrams.length === SYMBOLS ** 3 &&
      words instanceof Uint8Array &&
      words.length > 0;
    if (!sound) {
      throw new PocketlensError('model_corrupt', `Expected a spelling model in ${where} but it is none.`, {
        remedy: 'Install the package again, or write it anew with "pocketlens train spelling".',
        details: { path: where },
      });
    }
    return new SpellingModel({ trigrams, words: new WordSet(words) }, metadata);
  }
}
