/**
 * Greedy CTC decoding with alignment: the best class of every frame, repeats merged, blanks dropped (Graves et al. 2006).
 * The frames of a run give the character's place and its best frame gives the confidence.
 */

/** Scores of one line, `frames × classes` row by row. */
export interface FrameScores {
  readonly data: Float32Array;
  readonly frames: number;
  readonly classes: number;
}

export interface DecodedCharacter {
  readonly classIndex: number;
  /** First frame and one past the last frame of the run. */
  readonly firstFrame: number;
  readonly endFrame: number;
  /** Probability of the class at its best frame. */
  readonly confidence: number;
}

/** Scores so far below the best add nothing that float32 holds; most classes are, and exponentials are slow. */
const NEGLIGIBLE = -20;

/** Soft-max over the classes of each frame; classes for which `allowed` is 0 get probability 0. */
export function softmaxFrames(scores: FrameScores, allowed?: Uint8Array): FrameScores {
  const { frames, classes } = scores;
  const data = new Float32Array(frames * classes);
  for (let t = 0; t < frames; t++) {
    const offset = t * classes;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) {
      const score = scores.data[offset + k]!;
      if (score > most && (!allowed || allowed[k])) most = score;
    }
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      if (allowed && !allowed[k]) continue;
      const below = scores.data[offset + k]! - most;
      if (below < NEGLIGIBLE) continue;
      const value = Math.exp(below);
      data[offset + k] = value;
      sum += value;
    }
    const gain = 1 / sum;
    for (let k = 0; k < classes; k++) data[offset + k]! *= gain;
  }
  return { data, frames, classes };
}

/** @param probabilities from `softmaxFrames`; the blank is the last class. */
export function decodeGreedy(probabilities: FrameScores): DecodedCharacter[] {
  const { data, frames, classes } = probabilities;
  const blank = classes - 1;
  const decoded: DecodedCharacter[] = [];
  let run: { classIndex: number; firstFrame: number; confidence: number } | undefined;
  for (let t = 0; t <= frames; t++) {
    let best = blank;
    let confidence = 0;
    if (t < frames) {
      for (let k = 0, offset = t * classes; k < classes; k++) {
        if (data[offset + k]! > confidence) {
          confidence = data[offset + k]!;
          best = k;
        }
      }
    }
    if (run && (t === frames || best !== run.classIndex)) {
      if (run.classIndex !== blank) decoded.push({ ...run, endFrame: t });
      run = undefined;
    }
    if (!run) run = { classIndex: best, firstFrame: t, confidence };
    else if (confidence > run.confidence) run.confidence = confidence;
  }
  return decoded;
}
