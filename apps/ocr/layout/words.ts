/** From the characters of a line's reading to words with places. */
import type { Quad } from '../../../models/base/image.js';
import type { LineReading, ReadCharacter } from '../../../models/recognizer/reading.js';
import type { ReadWord } from '../document.js';
import { quadHeight, quadWidth, sliceQuad } from './geometry.js';

export interface CropFrame {
  /** The line without the padding of its crop. */
  readonly quad: Quad;
  /** Columns of the crop at which the line begins and ends, in pixels. */
  readonly start: number;
  readonly end: number;
}

/**
 * The words of a reading, left to right, with quads cut from the line's. A word is as sure as its least sure character.
 * @param placed give each character's place and confidence too
 */
export function splitReading(reading: LineReading, frame: CropFrame, placed = false): ReadWord[] {
  const parts: ReadCharacter[][] = [];
  let part: ReadCharacter[] | undefined;
  for (const character of reading.characters) {
    if (character.text.trim() === '') part = undefined;
    else if (part) part.push(character);
    else {
      part = [character];
      parts.push(part);
    }
  }
  return parts.map((characters, i) => {
    const [before, after] = [parts[i - 1]?.at(-1), parts[i + 1]?.[0]];
    const least = before ? (before.end + characters[0]!.start) / 2 : frame.start;
    const most = after ? (characters.at(-1)!.end + after.start) / 2 : frame.end;
    return toWord(characters, edgesOf(characters, least, most, frame), frame, placed);
  });
}

/**
 * Columns between which the characters stand, one more than there are characters. The recognizer knows where a character
 * is surest, which is about its middle: the edges lie half way between the middles, at a word's ends half a character
 * on, but not beyond `least` and `most`: half of the gap to the neighbouring word, or the end of the line.
 */
function edgesOf(
  characters: readonly ReadCharacter[],
  least: number,
  most: number,
  { quad, start, end }: CropFrame,
): number[] {
  const middles = characters.map((character) => (character.start + character.end) / 2);
  const [first, last] = [middles[0]!, middles.at(-1)!];
  const height = (quadHeight(quad) * (end - start)) / Math.max(1e-6, quadWidth(quad));
  const pitch = characters.length > 1 ? (last - first) / (characters.length - 1) : height / 2;
  const left = Math.min(...characters.map((character) => character.start));
  const right = Math.max(...characters.map((character) => character.end));
  return [
    Math.min(left, Math.max(least, first - pitch / 2)),
    ...middles.slice(1).map((middle, i) => (middles[i]! + middle) / 2),
    Math.max(right, Math.min(most, last + pitch / 2)),
  ];
}

function toWord(
  characters: readonly ReadCharacter[],
  edges: readonly number[],
  { quad, start, end }: CropFrame,
  placed: boolean,
): ReadWord {
  const share = (x: number) => Math.min(1, Math.max(0, (x - start) / Math.max(1e-6, end - start)));
  const slice = (from: number, to: number) => sliceQuad(quad, share(from), Math.max(share(from), share(to)));
  return {
    text: characters.map((character) => character.text).join(''),
    quad: slice(edges[0]!, edges.at(-1)!),
    confidence: Math.min(...characters.map((character) => character.confidence)),
    ...(placed && {
      characters: characters.map(({ text, confidence }, i) => ({
        text,
        quad: slice(edges[i]!, edges[i + 1]!),
        confidence,
      })),
    }),
  };
}

/** Mean confidence of the characters that are no blanks; 0 for none. Less jumpy than the least one. */
export function meanConfidence(reading: LineReading): number {
  const characters = reading.characters.filter((character) => character.text.trim() !== '');
  if (characters.length === 0) return 0;
  return characters.reduce((sum, character) => sum + character.confidence, 0) / characters.length;
}
