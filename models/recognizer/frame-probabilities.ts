/**
 * Soft-max over the classes of each frame, kept sparse: of some 340 classes a frame hardly ever has more than five worth a
 * look, and writing out all of them costs more than decoding.
 */

/** Scores (logits) of one line, `frames × classes` row by row; the CTC blank is the last class. */
export interface FrameScores {
  readonly data: Float32Array;
  readonly frames: number;
  readonly classes: number;
}

/** Scores so far below the best are left out: most are, exponentials are slow, and all of them together stay below 2e-5. */
const NEGLIGIBLE = -14;
/** Classes below this probability in a frame are not tried: they cost time and never win. */
export const MIN_PROBABILITY = 1e-3;

export class FrameProbabilities {
  readonly frames: number;
  readonly blank: number;
  /** The surest class of each frame and its probability. */
  readonly best: Int32Array;
  readonly bestProbability: Float32Array;
  /** Frame t's classes worth trying stand from starts[t] to before starts[t + 1]; its best class always is one of them. */
  readonly starts: Int32Array;
  readonly candidates: number[] = [];
  readonly candidateProbabilities: number[] = [];
  readonly #scores: Float32Array;
  readonly #gain: Float64Array;
  /** Scratch: where the scores of the frame that is looked at are not far below its best. */
  readonly #seen: Int32Array;

  /** @param allowed 0 for classes that may not be read: they get probability 0, and the others' are those given that */
  constructor({ data, frames, classes }: FrameScores, allowed?: Uint8Array) {
    const scores = allowed
      ? data.map((score, i) => (allowed[i % classes] ? score : Number.NEGATIVE_INFINITY))
      : data;
    this.frames = frames;
    this.blank = classes - 1;
    this.best = new Int32Array(frames);
    this.bestProbability = new Float32Array(frames);
    this.starts = new Int32Array(frames + 1);
    this.#scores = scores;
    this.#gain = new Float64Array(frames);
    this.#seen = new Int32Array(classes);
    for (let t = 0; t < frames; t++) this.#fill(t);
  }

  #fill(t: number): void {
    const scores = this.#scores;
    const { candidates, candidateProbabilities } = this;
    const classes = this.blank + 1;
    const offset = t * classes;
    const end = offset + classes;
    // The blank is the best class of most frames: what is far below it need not be looked at again.
    const seen = this.#seen;
    let best = end - 1;
    let most = scores[best]!;
    let floor = most + NEGLIGIBLE;
    let count = 0;
    for (let i = offset; i < end; i++) {
      const score = scores[i]!;
      if (score < floor) continue;
      seen[count++] = i;
      if (score > most) {
        most = score;
        best = i;
        floor = most + NEGLIGIBLE;
      }
    }
    const first = candidates.length;
    let sum = 0;
    for (let s = 0; s < count; s++) {
      const i = seen[s]!;
      if (scores[i]! < floor) continue;
      const value = Math.exp(scores[i]! - most);
      sum += value;
      // The sum is at least 1, so that what is too little now stays too little.
      if (value >= MIN_PROBABILITY || i === best) {
        candidates.push(i - offset);
        candidateProbabilities.push(value);
      }
    }
    const gain = sum > 0 ? 1 / sum : 0;
    let kept = first;
    for (let c = first; c < candidates.length; c++) {
      const probability = candidateProbabilities[c]! * gain;
      if (probability < MIN_PROBABILITY && candidates[c] !== best - offset) continue;
      candidates[kept] = candidates[c]!;
      candidateProbabilities[kept++] = probability;
    }
    candidates.length = candidateProbabilities.length = kept;
    this.starts[t + 1] = kept;
    this.best[t] = best - offset;
    this.bestProbability[t] = gain;
    this.#gain[t] = gain;
  }

  /** The greatest probability of a class in the frames from `first` to before `end`. */
  most(classIndex: number, first: number, end: number): number {
    let most = 0;
    for (let t = first; t < end; t++) most = Math.max(most, this.at(t, classIndex));
    return most;
  }

  /** Probability of a class in a frame. */
  at(t: number, classIndex: number): number {
    const offset = t * (this.blank + 1);
    const most = this.#scores[offset + this.best[t]!]!;
    return Math.exp(this.#scores[offset + classIndex]! - most) * this.#gain[t]!;
  }
}
