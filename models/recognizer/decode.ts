/**
 * Greedy CTC decoding with alignment: the best class of every frame, repeats merged, blanks dropped (Graves et al. 2006).
 * The frames of a run give the character's place and its best frame gives the confidence.
 */
import type { FrameProbabilities } from './frame-probabilities.js';

export interface DecodedCharacter {
  readonly classIndex: number;
  /** First frame and one past the last frame of the run. */
  readonly firstFrame: number;
  readonly endFrame: number;
  /** Probability of the class at its best frame. */
  readonly confidence: number;
}

/** Decodes the frames from `first` to before `end`. */
export function decodeGreedy(
  { best, bestProbability, blank, frames }: FrameProbabilities,
  first = 0,
  end = frames,
): DecodedCharacter[] {
  const decoded: DecodedCharacter[] = [];
  let t = first;
  while (t < end) {
    const classIndex = best[t]!;
    const firstFrame = t;
    let confidence = 0;
    for (; t < end && best[t] === classIndex; t++)
      if (bestProbability[t]! > confidence) confidence = bestProbability[t]!;
    if (classIndex !== blank) decoded.push({ classIndex, firstFrame, endFrame: t, confidence });
  }
  return decoded;
}
