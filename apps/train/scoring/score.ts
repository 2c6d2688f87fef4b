/**
 * Figures of a set, in percent with two decimals. A line's or page's character errors are capped at its label's length,
 * so that one wild reading cannot hide a hundred good ones; a word's are not.
 */
import type { LabelledSet } from './labels.js';
import { levenshtein, wordDistance } from './levenshtein.js';
import { joinLineEndHyphens, normaliseText, splitWords } from './normalise-text.js';
import { percent } from './percent.js';

export interface TextPair {
  readonly expected: string;
  readonly actual: string;
}

export interface LineScore {
  readonly n: number;
  /** Character error rate: edits over characters of all labels. */
  readonly cer: number;
  /** Word error rate: edits of words, capped at the line's words, over words of all labels. */
  readonly wer: number;
  /** Share of lines without error. */
  readonly exact: number;
}

export interface WordScore {
  readonly n: number;
  readonly cer: number;
  /** Share of words whose lower-case alphanumerics are right. */
  readonly accuracy: number;
}

export interface PageScore {
  readonly n: number;
  readonly cer: number;
  readonly wer: number;
  /** Of the pages' own error rates (the upper one of two middle pages). */
  readonly medianCer: number;
  /** Mean over pages of the F1 of the bags of folded words: blind to reading order. */
  readonly wordF1: number;
}

export interface FoldOptions {
  /** Compare case-insensitively. */
  readonly fold?: boolean;
}

export interface PageOptions extends FoldOptions {
  /** Join words divided by line-end hyphens first: for all pages, or as asked for each by its index. */
  readonly joinHyphens?: boolean | ((index: number) => boolean);
}

export function scoreLines(pairs: Iterable<TextPair>, options: FoldOptions = {}): LineScore {
  const total = new Total();
  let n = 0;
  let right = 0;
  for (const pair of pairs) {
    const expected = normaliseText(pair.expected, options);
    const actual = normaliseText(pair.actual, options);
    total.add(expected, actual);
    n++;
    if (expected === actual) right++;
  }
  return { n, cer: total.cer, wer: total.wer, exact: percent(right, n) };
}

export function scoreWords(pairs: Iterable<TextPair>, options: FoldOptions = {}): WordScore {
  let n = 0;
  let right = 0;
  let errors = 0;
  let length = 0;
  for (const pair of pairs) {
    const expected = normaliseText(pair.expected, options);
    errors += levenshtein(expected, normaliseText(pair.actual, options));
    length += countCodePoints(expected);
    n++;
    if (normaliseText(pair.expected, { alnum: true }) === normaliseText(pair.actual, { alnum: true }))
      right++;
  }
  return { n, cer: percent(errors, length), accuracy: percent(right, n) };
}

export function scorePages(pairs: Iterable<TextPair>, options: PageOptions = {}): PageScore {
  const total = new Total();
  const rates: number[] = [];
  let f1 = 0;
  for (const pair of pairs) {
    const join =
      typeof options.joinHyphens === 'function' ? options.joinHyphens(rates.length) : options.joinHyphens;
    const [expected, actual] = [pair.expected, pair.actual].map((text) =>
      join ? joinLineEndHyphens(text) : text,
    ) as [string, string];
    rates.push(total.add(normaliseText(expected, options), normaliseText(actual, options)));
    f1 += wordF1(expected, actual);
  }
  const n = rates.length;
  rates.sort((a, b) => a - b);
  return {
    n,
    cer: total.cer,
    wer: total.wer,
    medianCer: percent(rates[Math.floor(n / 2)] ?? 0, 1),
    wordF1: percent(f1, n),
  };
}

/** F1 of two texts' bags of folded words, in [0, 1]. */
export function wordF1(expected: string, actual: string): number {
  const wanted = bag(expected);
  const given = bag(actual);
  let shared = 0;
  for (const [word, count] of wanted.counts) shared += Math.min(count, given.counts.get(word) ?? 0);
  const precision = shared / Math.max(1, given.size);
  const recall = shared / Math.max(1, wanted.size);
  return (2 * precision * recall) / Math.max(1e-9, precision + recall);
}

export interface SetScore {
  readonly set: string;
  readonly kind: LabelledSet['kind'];
  /** Labels without a reading: they count as read empty. */
  readonly missing: number;
  readonly n: number;
  readonly cer: number;
  readonly wer?: number;
  /** Lines: share without error. */
  readonly exact?: number;
  /** Words: share right by their alphanumerics. */
  readonly accuracy?: number;
  readonly medianCer?: number;
  readonly wordF1?: number;
}

/** Scores readings, by file name, of a whole set as its kind demands. */
export function scoreSet(set: LabelledSet, readings: ReadonlyMap<string, string>): SetScore {
  const pairs = set.samples.map(({ file, text }) => ({ expected: text, actual: readings.get(file) ?? '' }));
  const missing = set.samples.filter(({ file }) => !readings.has(file)).length;
  const { name, kind, fold } = set;
  const score =
    kind === 'lines'
      ? scoreLines(pairs, { fold })
      : kind === 'words'
        ? scoreWords(pairs, { fold })
        : scorePages(pairs, { fold, joinHyphens: (index) => set.samples[index]?.reflowed === true });
  return { set: name, kind, missing, ...score };
}

class Total {
  #errors = 0;
  #length = 0;
  #wordErrors = 0;
  #words = 0;

  /** Adds a pair of normalised texts and returns its own error rate in [0, 1]. */
  add(expected: string, actual: string): number {
    const length = countCodePoints(expected);
    const errors = Math.min(levenshtein(expected, actual), length);
    const words = splitWords(expected);
    this.#errors += errors;
    this.#length += length;
    this.#wordErrors += Math.min(wordDistance(words, splitWords(actual)), words.length);
    this.#words += words.length;
    return errors / Math.max(1, length);
  }

  get cer(): number {
    return percent(this.#errors, this.#length);
  }

  get wer(): number {
    return percent(this.#wordErrors, this.#words);
  }
}

function bag(text: string): { counts: Map<string, number>; size: number } {
  const counts = new Map<string, number>();
  const words = splitWords(normaliseText(text, { fold: true }));
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { counts, size: words.length };
}

function countCodePoints(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
