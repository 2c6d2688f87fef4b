/**
 * Fits the spelling model to words: interpolated n-grams (Witten and Bell 1991), where a context gives the more weight to
 * the shorter one the more different letters were seen after it.
 */
import { SpellingModel, STEPS } from './spelling-model.js';
import type { CountedWord } from './word-counts.js';
import { WordSet } from './word-set.js';
import { BORDER, SYMBOLS } from './words-of.js';

/** Symbols of the longest n-gram. Four are a little better, at 28 times the table; known words make up for it. */
const LONGEST = 3;

/** @param known which words are to be known; how often they occur does not count */
export function fitSpelling(
  words: Iterable<CountedWord>,
  known: Iterable<CountedWord>,
  metadata?: Readonly<Record<string, string>>,
): SpellingModel {
  let probabilities: Float64Array | undefined;
  for (const table of countNgrams(words)) probabilities = interpolate(table, probabilities);
  const trigrams = Uint8Array.from(probabilities!, (p) => Math.min(255, Math.round(-STEPS * Math.log(p))));
  return new SpellingModel({ trigrams, words: WordSet.of(Array.from(known, ({ word }) => word)) }, metadata);
}

/** Mean −ln P of a letter by the trigrams, each word counted once. */
export function natsPerLetter(model: SpellingModel, words: Iterable<CountedWord>): number {
  let [sum, letters] = [0, 0];
  for (const { word } of words) {
    sum -= model.logProbability(word);
    letters += word.length + 1;
  }
  return sum / Math.max(1, letters);
}

/**
 * Tables of 1 … LONGEST symbols, last symbol fastest. Words count by the square root of how often they occur: between words
 * as a dictionary has them, where rare spellings rule, and running text, where a few hundred words do.
 */
function countNgrams(words: Iterable<CountedWord>): Float64Array[] {
  const counts = Array.from({ length: LONGEST }, (_, n) => new Float64Array(SYMBOLS ** (n + 1)));
  for (const { word, count } of words) {
    let context = 0; // borders only
    for (const letter of [...word, BORDER]) {
      const at = context * SYMBOLS + letter;
      for (const table of counts) table[at % table.length]! += Math.sqrt(count);
      context = at % SYMBOLS ** (LONGEST - 1);
    }
  }
  return counts;
}

/** Probabilities of the last symbol, mixed with those by a context that is one symbol shorter. */
function interpolate(counts: Float64Array, shorter: Float64Array | undefined): Float64Array {
  const probabilities = new Float64Array(counts.length);
  for (let start = 0; start < counts.length; start += SYMBOLS) {
    let [total, different] = [0, 0];
    for (let c = 0; c < SYMBOLS; c++) {
      total += counts[start + c]!;
      if (counts[start + c]! > 0) different++;
    }
    // Without a shorter context, letters that were never seen share as much as one that was.
    const weight = shorter ? different : Math.max(1, different);
    for (let c = 0; c < SYMBOLS; c++) {
      const prior = shorter ? shorter[(start + c) % shorter.length]! : 1 / SYMBOLS;
      const seen = counts[start + c]! + weight * prior;
      probabilities[start + c] = total + weight === 0 ? prior : seen / (total + weight);
    }
  }
  return probabilities;
}
