/** How often each word of some text occurs, as `wordsOf` spells it. */
import { wordsOf } from './words-of.js';

/** Longer runs of letters are no words. */
const MOST_LETTERS = 32;

export interface CountedWord {
  readonly word: readonly number[];
  readonly count: number;
}

export class WordCounts implements Iterable<CountedWord> {
  readonly #counts = new Map<string, number>();

  add(text: string): void {
    for (const word of wordsOf(text)) {
      if (word.length > MOST_LETTERS) continue;
      const key = String.fromCharCode(...word);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** Different words. */
  get size(): number {
    return this.#counts.size;
  }

  *[Symbol.iterator](): Iterator<CountedWord> {
    for (const [key, count] of this.#counts) {
      yield { word: Array.from(key, (symbol) => symbol.charCodeAt(0)), count };
    }
  }

  /** The words that occur `least` times or more. */
  atLeast(least: number): WordCounts {
    const kept = new WordCounts();
    for (const [key, count] of this.#counts) if (count >= least) kept.#counts.set(key, count);
    return kept;
  }

  /** Two parts: every n-th word, and the others. */
  split(n: number): [WordCounts, WordCounts] {
    const parts: [WordCounts, WordCounts] = [new WordCounts(), new WordCounts()];
    let index = 0;
    for (const [key, count] of this.#counts) parts[index++ % n === 0 ? 0 : 1].#counts.set(key, count);
    return parts;
  }
}
