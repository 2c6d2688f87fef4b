/**
 * One letter may fire twice, at the two predictions of one place that is hard to tell, with a blank between. On 1,100 real
 * lines (two train sets, two dev sets) wide letters that are really doubled began at least 0.2 of the crop's height apart,
 * and 18 of 23 wrongly doubled ones at most 0.16; doubled narrow letters (ll, tt) may be as close, but were then certain.
 */
import type { DecodedCharacter } from './decode.js';

/** Repeats that begin closer than this share of the line's height are one letter. */
export const LEAST_ADVANCE = 0.18;
/** Repeated narrow letters are believed even when close, from this confidence of the less sure one on. */
export const CERTAIN_REPEAT = 0.85;
export const NARROW = new Set('iljtfrI1!|.,:;\'"()[]{}/\\-‘’“”'); // advance below about 0.4 em in common faces

/**
 * @param characterOf the character of a class
 * @param leastAdvance in frames: `LEAST_ADVANCE` of the line's height
 */
export function mergeSplitSpikes(
  decoded: readonly DecodedCharacter[],
  characterOf: (classIndex: number) => string,
  leastAdvance: number,
): DecodedCharacter[] {
  const merged: DecodedCharacter[] = [];
  for (const next of decoded) {
    const last = merged.at(-1);
    const close =
      last !== undefined &&
      last.classIndex === next.classIndex &&
      next.firstFrame - last.firstFrame < leastAdvance;
    const doubled =
      close &&
      NARROW.has(characterOf(next.classIndex)) &&
      Math.min(last.confidence, next.confidence) >= CERTAIN_REPEAT;
    if (!close || doubled) {
      merged.push(next);
      continue;
    }
    const confidence = Math.max(last.confidence, next.confidence);
    merged[merged.length - 1] = { ...last, endFrame: next.endFrame, confidence };
  }
  return merged;
}
