/**
 * Prefix beam search for CTC (Hannun et al. 2014, without a language model): sums over all alignments of a text where
 * greedy decoding follows only the best one. Places and confidences come from a Viterbi alignment of the text found.
 *
 * A frame that is surely blank parts a line: what stands on its two sides spells its text alone. So each side is searched
 * by itself, and where all frames of one are certain the greedy reading is the answer.
 */
import { type DecodedCharacter, decodeGreedy } from './decode.js';
import type { FrameProbabilities } from './frame-probabilities.js';

/** A text that some alignments so far spell; a node of the tree of all texts met, which makes equal texts the same object. */
class Prefix {
  readonly #extensions = new Map<number, Prefix>();
  /** Log-probability of the alignments that end in a blank, and of those that end in the last character. */
  blank = Number.NEGATIVE_INFINITY;
  label = Number.NEGATIVE_INFINITY;
  /** Of both together. */
  total = Number.NEGATIVE_INFINITY;
  /** The same after the frame that is being looked at, valid where `frame` is that frame. */
  nextBlank = Number.NEGATIVE_INFINITY;
  nextLabel = Number.NEGATIVE_INFINITY;
  frame = -1;

  constructor(
    readonly last: number,
    readonly parent: Prefix | undefined,
  ) {}

  extendedBy(classIndex: number): Prefix {
    let extension = this.#extensions.get(classIndex);
    if (!extension) {
      extension = new Prefix(classIndex, this);
      this.#extensions.set(classIndex, extension);
    }
    return extension;
  }

  get classes(): number[] {
    const classes: number[] = [];
    for (let node: Prefix = this; node.parent; node = node.parent) classes.push(node.last);
    return classes.reverse();
  }
}

/** A part whose every frame is this certain has no second reading worth the search. */
export const CERTAIN = 0.98;

/** Fewer sure blanks do not part a line: a letter may fire at either of two neighbouring places, and both count for it. */
export const LEAST_GAP = 3;

/** Texts that are kept after each frame. */
export const BEAM_WIDTH = 8;

/** @param width texts that are kept after each frame */
export function decodeBeam(probabilities: FrameProbabilities, width = BEAM_WIDTH): DecodedCharacter[] {
  const { frames, blank, best, bestProbability, starts } = probabilities;
  const found: DecodedCharacter[] = [];
  const decode = (first: number, end: number, certain: boolean) => {
    const part = certain
      ? decodeGreedy(probabilities, first, end)
      : align(probabilities, search(probabilities, first, end, width)[0] ?? [], first, end);
    for (const character of part) found.push(character);
  };
  let first = 0;
  let certain = true;
  let gap = 0;
  for (let t = 0; t < frames; t++) {
    const sure = bestProbability[t]! >= CERTAIN;
    gap = sure && best[t] === blank && starts[t + 1]! - starts[t]! === 1 ? gap + 1 : 0;
    certain &&= sure;
    if (gap < LEAST_GAP) continue;
    if (gap === LEAST_GAP) decode(first, t + 1, certain);
    first = t + 1;
    certain = true;
  }
  if (first < frames) decode(first, frames, certain);
  return found;
}

/** The likeliest texts of frames, the likeliest first. @param width texts that are kept after each frame */
export function searchTexts(
  probabilities: FrameProbabilities,
  count: number,
  width: number,
  first = 0,
  end = probabilities.frames,
): number[][] {
  return search(probabilities, first, end, width).slice(0, count);
}

/** Texts of the frames from `first` to before `end`, the likeliest first. */
function search(probabilities: FrameProbabilities, first: number, end: number, width: number): number[][] {
  const { blank, starts, candidates, candidateProbabilities } = probabilities;
  const start = new Prefix(-1, undefined);
  start.blank = start.total = 0;
  let beam = [start];
  for (let t = first; t < end; t++) {
    const next: Prefix[] = [];
    const reach = (prefix: Prefix): Prefix => {
      if (prefix.frame !== t) {
        prefix.frame = t;
        prefix.nextBlank = Number.NEGATIVE_INFINITY;
        prefix.nextLabel = Number.NEGATIVE_INFINITY;
        next.push(prefix);
      }
      return prefix;
    };
    for (let c = starts[t]!; c < starts[t + 1]!; c++) {
      const classIndex = candidates[c]!;
      const logP = Math.log(candidateProbabilities[c]!);
      for (const prefix of beam) {
        if (classIndex === blank) {
          reach(prefix).nextBlank = logAdd(prefix.nextBlank, prefix.total + logP);
          continue;
        }
        // A repeated class extends the text only across a blank; without one it stays the same character.
        const repeated = classIndex === prefix.last;
        const extended = reach(prefix.extendedBy(classIndex));
        extended.nextLabel = logAdd(extended.nextLabel, (repeated ? prefix.blank : prefix.total) + logP);
        if (repeated) reach(prefix).nextLabel = logAdd(prefix.nextLabel, prefix.label + logP);
      }
    }
    for (const prefix of next) {
      prefix.blank = prefix.nextBlank;
      prefix.label = prefix.nextLabel;
      prefix.total = logAdd(prefix.blank, prefix.label);
    }
    if (next.length > 1) next.sort((a, b) => b.total - a.total);
    if (next.length > width) next.length = width;
    beam = next;
  }
  return beam.map((prefix) => prefix.classes);
}

/** Logarithm of what counts as impossible: finite, so that a forced text can still be placed. */
const IMPOSSIBLE = Math.log(1e-30);

/** The best alignment of a given text with the frames from `first` to before `end` (Viterbi over the CTC lattice). */
export function align(
  probabilities: FrameProbabilities,
  text: readonly number[],
  first = 0,
  end = probabilities.frames,
): DecodedCharacter[] {
  const frames = end - first;
  if (text.length === 0 || frames <= 0) return [];
  const states = 2 * text.length + 1;
  const logP = (t: number, classIndex: number) =>
    Math.max(Math.log(probabilities.at(first + t, classIndex)), IMPOSSIBLE);
  let score = new Float64Array(states).fill(Number.NEGATIVE_INFINITY);
  let next = new Float64Array(states);
  score[0] = logP(0, probabilities.blank);
  score[1] = logP(0, text[0]!);
  const from = new Uint8Array(frames * states); // how many states back the best path came from
  for (let t = 1; t < frames; t++) {
    const blank = logP(t, probabilities.blank);
    for (let s = 0; s < states; s++) {
      let best = score[s]!;
      let step = 0;
      if (s > 0 && score[s - 1]! > best) {
        best = score[s - 1]!;
        step = 1;
      }
      const character = s >> 1;
      if (s > 1 && s % 2 === 1 && text[character] !== text[character - 1] && score[s - 2]! > best) {
        best = score[s - 2]!;
        step = 2;
      }
      next[s] = best + (s % 2 === 0 ? blank : logP(t, text[character]!));
      from[t * states + s] = step;
    }
    [score, next] = [next, score];
  }
  let state = score[states - 1]! >= score[states - 2]! ? states - 1 : states - 2;
  const found = text.map((classIndex) => ({ classIndex, firstFrame: end, endFrame: 0, confidence: 0 }));
  for (let t = frames - 1; t >= 0; t--) {
    if (state % 2 === 1) {
      const character = found[state >> 1]!;
      character.firstFrame = first + t;
      character.endFrame = Math.max(character.endFrame, first + t + 1);
      character.confidence = Math.max(
        character.confidence,
        probabilities.at(first + t, character.classIndex),
      );
    }
    state -= from[t * states + state]!;
  }
  return found.filter((character) => character.endFrame > character.firstFrame);
}

function logAdd(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return b;
  if (b === Number.NEGATIVE_INFINITY) return a;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}
