/** Which words are spelled as words are: a table of trigrams and a filter of known words, from a safetensors file. */
import type { RecognizerModel } from '../manifest/models.js';
import { BundleReaderError } from './types.js';

export type SpellingRules = RecognizerModel['postprocessing']['spelling'];

/** Text → what its spelling is worth beside the logarithm of a probability. */
export type Spelling = (text: string) => number;

export function spellingOf(bytes: Uint8Array, rules: SpellingRules): Spelling {
  const trigrams = tensorOf(bytes, 'trigrams');
  const words = tensorOf(bytes, 'words');
  const symbols = rules.alphabet.length + 1; // 0 is where a word begins and ends
  const { weights } = rules;
  const usual = new RegExp(rules.usual);
  const has = (word: readonly number[]) =>
    places(word, rules.hashes, 8 * words.length).every((bit) => words[bit >> 3]! & (1 << (bit & 7)));
  const apostrophe = rules.alphabet.indexOf("'") + 1;
  const known = (word: readonly number[]) => {
    if (word.length > 1 && has(word)) return true;
    const at = word.indexOf(apostrophe);
    const parts = [word.slice(0, at), word.slice(at + 1)].filter((part) => part.length > 1);
    return at >= 0 && parts.length > 0 && parts.every(has);
  };
  return (text) => {
    let worth = 0;
    for (const word of wordsOf(text, rules)) {
      let context = 0;
      for (const symbol of [...word, 0]) {
        const at = context * symbols + symbol;
        worth += weights.letter - (weights.letters * trigrams[at]!) / rules.steps;
        context = at % symbols ** 2;
      }
      if (known(word)) worth += weights.known * word.length;
    }
    for (const run of text.match(/[\p{L}\p{N}]+/gu) ?? [])
      if (/\p{L}/u.test(run) && /\p{N}/u.test(run) && !usual.test(run)) worth += weights.mixed;
    return worth;
  };
}

/** Runs of the alphabet's letters, without case and diacritics. */
function wordsOf(text: string, { alphabet, plain }: SpellingRules): number[][] {
  const bare = text.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '');
  const spelled = Array.from(bare, (letter) => plain[letter] ?? letter).join('');
  const words: number[][] = [[]];
  for (const letter of spelled) {
    const symbol = alphabet.indexOf(letter) + 1;
    if (symbol > 0) words.at(-1)!.push(symbol);
    else words.push([]);
  }
  return words.filter((word) => word.length > 0);
}

/** Bits of a word in the filter: FNV-1a, scrambled twice, by double hashing. */
function places(word: readonly number[], count: number, size: number): number[] {
  let hash = 0x811c9dc5;
  for (const symbol of word) hash = Math.imul(hash ^ symbol, 0x01000193);
  const first = scramble(hash);
  const step = scramble(first ^ 0x9e3779b9);
  return Array.from({ length: count }, (_, i) => ((first + Math.imul(i, step)) >>> 0) % size);
}

function scramble(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

/** A tensor of bytes: eight bytes with the header's length, the header as JSON, the tensors. */
function tensorOf(file: Uint8Array, name: string): Uint8Array {
  const begin = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, begin)));
  const [from, to] = header[name]?.data_offsets ?? [];
  if (header[name]?.dtype !== 'U8' || !(begin + to <= file.length))
    throw new BundleReaderError(`Expected bytes "${name}" in the bundle's spelling file but found none.`);
  return file.subarray(begin + from, begin + to);
}
