/** From the characters of a line's reading to words with places. */
import type { Quad } from '../../../models/base/image.js';
import type { LineReading, ReadCharacter } from '../../../models/recognizer/reading.js';
import type { ReadWord } from '../document.js';
import { sliceQuad } from './geometry.js';

export interface CropFrame {
  /** The line without the padding of its crop. */
  readonly quad: Quad;
  /** Columns of the crop at which the line begins and ends, in pixels. */
  readonly start: number;
  readonly end: number;
}

/** The words of a reading, left to right, with quads cut from the line's. A word is as sure as its least sure character. */
export function splitReading(reading: LineReading, frame: CropFrame): ReadWord[] {
  const words: ReadWord[] = [];
  let word: ReadCharacter[] = [];
  const flush = () => {
    if (word.length > 0) words.push(toWord(word, frame));
    word = [];
  };
  for (const character of reading.characters) {
    if (character.text.trim() === '') flush();
    else word.push(character);
  }
  flush();
  return words;
}

function toWord(characters: readonly ReadCharacter[], { quad, start, end }: CropFrame): ReadWord {
  const share = (x: number) => Math.min(1, Math.max(0, (x - start) / Math.max(1e-6, end - start)));
  const from = share(Math.min(...characters.map((character) => character.start)));
  const to = share(Math.max(...characters.map((character) => character.end)));
  return {
    text: characters.map((character) => character.text).join(''),
    quad: sliceQuad(quad, from, Math.max(from, to)),
    confidence: Math.min(...characters.map((character) => character.confidence)),
  };
}

/** Mean confidence of the characters that are no blanks; 0 for none. Less jumpy than the least one. */
export function meanConfidence(reading: LineReading): number {
  const characters = reading.characters.filter((character) => character.text.trim() !== '');
  if (characters.length === 0) return 0;
  return characters.reduce((sum, character) => sum + character.confidence, 0) / characters.length;
}
