/**
 * A set of words as a Bloom filter (Bloom 1970): every word of it is found, and about 1 in 50 others. At a byte a word it is
 * a third of the words as compressed text.
 */

const BITS_A_WORD = 8;
export const HASHES = 6;

export class WordSet {
  /** @param bits the filter, lowest bit of a byte first */
  constructor(readonly bits: Uint8Array) {}

  static of(words: readonly (readonly number[])[]): WordSet {
    const set = new WordSet(new Uint8Array(Math.max(1, Math.ceil((words.length * BITS_A_WORD) / 8))));
    for (const word of words) {
      for (const bit of set.#places(word)) set.bits[bit >> 3]! |= 1 << (bit & 7);
    }
    return set;
  }

  has(word: readonly number[]): boolean {
    return this.#places(word).every((bit) => (this.bits[bit >> 3]! & (1 << (bit & 7))) !== 0);
  }

  /** Bits of a word, by double hashing (Kirsch and Mitzenmacher 2006) of FNV-1a and its scrambled value. */
  #places(word: readonly number[]): number[] {
    let hash = 0x811c9dc5;
    for (const symbol of word) hash = Math.imul(hash ^ symbol, 0x01000193);
    const first = scramble(hash);
    const step = scramble(first ^ 0x9e3779b9);
    const size = 8 * this.bits.length;
    return Array.from({ length: HASHES }, (_, i) => ((first + Math.imul(i, step)) >>> 0) % size);
  }
}

/** Spreads every bit of a 32-bit number over all (the finalizer of MurmurHash3). */
function scramble(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
