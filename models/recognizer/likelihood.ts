/** How likely frames spell a given text: the sum over all alignments (CTC's forward pass, Graves et al. 2006). */
import type { FrameProbabilities } from './frame-probabilities.js';

/** A letter that one view does not show must not rule the text out: no probability of a frame counts as less. */
export const LEAST_PROBABILITY = 1e-4;

export class TextLikelihood {
  /** Class → its probability in each frame. */
  readonly #columns = new Map<number, Float64Array>();

  /** Of the frames from `first` to before `end`. */
  constructor(
    readonly probabilities: FrameProbabilities,
    readonly first = 0,
    readonly end = probabilities.frames,
  ) {}

  /** ln P(text | frames), −∞ where there are fewer frames than the text needs. */
  of(text: readonly number[]): number {
    const { blank } = this.probabilities;
    const frames = this.end - this.first;
    if (frames <= 0) return text.length === 0 ? 0 : Number.NEGATIVE_INFINITY;
    // States: blank, letter, blank, letter, …, blank.
    const columns = [this.#column(blank)];
    for (const classIndex of text) columns.push(this.#column(classIndex), this.#column(blank));
    const last = columns.length - 1;
    let state = new Float64Array(columns.length);
    let next = new Float64Array(columns.length);
    state[0] = columns[0]![0]!;
    if (last > 0) state[1] = columns[1]![0]!;
    let log = 0;
    for (let t = 1; t < frames; t++) {
      let sum = 0;
      for (let s = 0; s <= last; s++) {
        let mass = state[s]! + (s > 0 ? state[s - 1]! : 0);
        const skips = s % 2 === 1 && s > 1 && text[s >> 1] !== text[(s >> 1) - 1];
        if (skips) mass += state[s - 2]!;
        sum += next[s] = mass * columns[s]![t]!;
      }
      // Kept near 1, or long texts would underflow.
      for (let s = 0; s <= last; s++) next[s]! /= sum;
      log += Math.log(sum);
      [state, next] = [next, state];
    }
    return log + Math.log(state[last]! + (last > 0 ? state[last - 1]! : 0));
  }

  #column(classIndex: number): Float64Array {
    let column = this.#columns.get(classIndex);
    if (!column) {
      column = Float64Array.from({ length: this.end - this.first }, (_, t) =>
        Math.max(LEAST_PROBABILITY, this.probabilities.at(this.first + t, classIndex)),
      );
      this.#columns.set(classIndex, column);
    }
    return column;
  }
}
