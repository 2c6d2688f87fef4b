/** One line of the result from its reading. */
import { isNoise, type Reading } from './candidates.js';
import type { ReadLine } from './document.js';
import { splitReading } from './layout/words.js';
import type { ReadPageOptions } from './read-page.js';

/** The line without words that are noise or too unsure; undefined when nothing is left. */
export function toLine(
  read: Reading,
  options: Pick<ReadPageOptions, 'mode' | 'minConfidence' | 'characters'>,
): ReadLine | undefined {
  if (options.mode !== 'line' && options.mode !== 'word' && isNoise(read)) return undefined;
  const least = options.minConfidence ?? 0;
  const words = splitReading(read.reading, read, options.characters).filter(
    (word) => word.confidence >= least,
  );
  if (words.length === 0) return undefined;
  const confidence = Math.min(...words.map((word) => word.confidence));
  if (options.mode === 'word') {
    // Widely spaced letters are still one word.
    const text = words.map((word) => word.text).join('');
    const placed = options.characters && { characters: words.flatMap((word) => word.characters ?? []) };
    return { text, quad: read.quad, confidence, words: [{ text, quad: read.quad, confidence, ...placed }] };
  }
  return { text: words.map((word) => word.text).join(' '), quad: read.quad, confidence, words };
}
