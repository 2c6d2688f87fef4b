/**
 * Prefix beam search for CTC (Hannun et al. 2014, without a language model): sums over all alignments of a text where
 * greedy decoding follows only the best one. Places and confidences come from a Viterbi alignment of the text found.
 */
import { type DecodedCharacter, decodeGreedy, type FrameScores } from './decode.js';

/** A text that some alignments so far spell; a node of the tree of all texts met, which makes equal texts the same object. */
class Prefix {
  readonly #extensions = new Map<number, Prefix>();
  /** Log-probability of the alignments that end in a blank, and of those that end in the last character. */
  blank = Number.NEGATIVE_INFINITY;
  label = Number.NEGATIVE_INFINITY;
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

/** A line whose every frame is this certain has no second reading worth the search. */
const CERTAIN = 0.98;
/** Classes below this probability in a frame are not tried: they cost time and never win. */
const MIN_PROBABILITY = 1e-3;

/** @param probabilities from `softmaxFrames`; the blank is the last class. */
export function decodeBeam(probabilities: FrameScores, width = 8): DecodedCharacter[] {
  const { data, frames, classes } = probabilities;
  const blank = classes - 1;
  if (isCertain(probabilities)) return decodeGreedy(probabilities);
  const start = new Prefix(-1, undefined);
  start.blank = 0;
  let beam = [start];
  for (let t = 0; t < frames; t++) {
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
    for (const { classIndex, logP } of candidates(data, t * classes, classes)) {
      for (const prefix of beam) {
        const total = logAdd(prefix.blank, prefix.label);
        if (classIndex === blank) {
          reach(prefix).nextBlank = logAdd(prefix.nextBlank, total + logP);
          continue;
        }
        // A repeated class extends the text only across a blank; without one it stays the same character.
        const repeated = classIndex === prefix.last;
        const extended = reach(prefix.extendedBy(classIndex));
        extended.nextLabel = logAdd(extended.nextLabel, (repeated ? prefix.blank : total) + logP);
        if (repeated) reach(prefix).nextLabel = logAdd(prefix.nextLabel, prefix.label + logP);
      }
    }
    for (const prefix of next) {
      prefix.blank = prefix.nextBlank;
      prefix.label = prefix.nextLabel;
    }
    if (next.length > 1) next.sort((a, b) => logAdd(b.blank, b.label) - logAdd(a.blank, a.label));
    beam = next.slice(0, width);
  }
  return align(probabilities, beam[0]?.classes ?? []);
}

/** The classes worth trying in a frame; the best one always is. */
function candidates(
  data: Float32Array,
  offset: number,
  classes: number,
): { classIndex: number; logP: number }[] {
  const found: { classIndex: number; logP: number }[] = [];
  let best = 0;
  for (let k = 0; k < classes; k++) {
    const p = data[offset + k]!;
    if (p > data[offset + best]!) best = k;
    if (p >= MIN_PROBABILITY) found.push({ classIndex: k, logP: Math.log(p) });
  }
  return found.length ? found : [{ classIndex: best, logP: Math.log(data[offset + best]!) }];
}

function isCertain({ data, frames, classes }: FrameScores): boolean {
  for (let t = 0; t < frames; t++) {
    let most = 0;
    for (let k = t * classes; k < (t + 1) * classes; k++) if (data[k]! > most) most = data[k]!;
    if (most < CERTAIN) return false;
  }
  return true;
}

/** The best alignment of a given text with the frames (Viterbi over the CTC lattice). */
export function align(probabilities: FrameScores, text: readonly number[]): DecodedCharacter[] {
  const { data, frames, classes } = probabilities;
  const blank = classes - 1;
  const states = 2 * text.length + 1;
  const classAt = (state: number) => (state % 2 === 0 ? blank : text[(state - 1) / 2]!);
  const logP = (t: number, state: number) => Math.log(Math.max(data[t * classes + classAt(state)]!, 1e-30));
  if (text.length === 0 || frames === 0) return [];
  let score = new Float64Array(states).fill(Number.NEGATIVE_INFINITY);
  score[0] = logP(0, 0);
  score[1] = logP(0, 1);
  const from = new Uint8Array(frames * states); // how many states back the best path came from
  for (let t = 1; t < frames; t++) {
    const next = new Float64Array(states);
    for (let s = 0; s < states; s++) {
      let best = score[s]!;
      let step = 0;
      if (s > 0 && score[s - 1]! > best) {
        best = score[s - 1]!;
        step = 1;
      }
      if (s > 1 && s % 2 === 1 && classAt(s) !== classAt(s - 2) && score[s - 2]! > best) {
        best = score[s - 2]!;
        step = 2;
      }
      next[s] = best + logP(t, s);
      from[t * states + s] = step;
    }
    score = next;
  }
  let state = score[states - 1]! >= score[states - 2]! ? states - 1 : states - 2;
  const found = text.map((classIndex) => ({ classIndex, firstFrame: frames, endFrame: 0, confidence: 0 }));
  for (let t = frames - 1; t >= 0; t--) {
    if (state % 2 === 1) {
      const character = found[(state - 1) / 2]!;
      character.firstFrame = t;
      character.endFrame = Math.max(character.endFrame, t + 1);
      character.confidence = Math.max(character.confidence, data[t * classes + character.classIndex]!);
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
