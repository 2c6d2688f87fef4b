/** One line of the result from its reading. */
import { isNoise, type Reading } from './candidates.js';
import type { ReadLine, ReadWord } from './document.js';
import { closeUp } from './layout/thin-spaces.js';
import { splitReading } from './layout/words.js';
import type { ReadPageOptions } from './read-page.js';

/** The line without words that are noise or too unsure; undefined when nothing is left. */
export function toLine(
  read: Reading,
  options: Pick<ReadPageOptions, 'mode' | 'minConfidence' | 'characters'>,
): ReadLine | undefined {
  if (options.mode !== 'line' && options.mode !== 'word' && isNoise(read)) return undefined;
  const least = options.minConfidence ?? 0;
  const parts = splitReading(closeUp(read.reading), read, options.characters);
  // Joined before the unsure are left out: half a word is another word.
  const words = (options.mode === 'word' ? joined(parts, read) : parts).filter(
    (word) => word.confidence >= least,
  );
  if (words.length === 0) return undefined;
  return {
    text: words.map((word) => word.text).join(' '),
    quad: read.quad,
    confidence: Math.min(...words.map((word) => word.confidence)),
    words,
  };
}

/** Widely spaced letters are still one word, as sure as its least sure part. */
function joined(parts: readonly ReadWord[], { quad }: Reading): ReadWord[] {
  if (parts.length === 0) return [];
  const text = parts.map((part) => part.text).join('');
  const confidence = Math.min(...parts.map((part) => part.confidence));
  const characters = parts.flatMap((part) => part.characters ?? []);
  return [{ text, quad, confidence, ...(characters.length > 0 && { characters }) }];
}
