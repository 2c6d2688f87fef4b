/** CTC: scores of frames → characters with places. Greedy (Graves et al. 2006), or prefix beam search (Hannun et al. 2014). */
import type { RecognizerModel } from '../manifest/models.js';

type Rules = Pick<RecognizerModel, 'preprocessing' | 'postprocessing'>;

/** Logits, `frames × classes` row by row. */
export interface Scores {
  readonly data: Float32Array;
  readonly frames: number;
  readonly classes: number;
}

export interface Decoded {
  readonly classIndex: number;
  /** Frames of the run: the first, and one past the last. */
  readonly first: number;
  readonly end: number;
  readonly confidence: number;
}

/** Scores so far below a frame's best count as impossible. */
const FAR_BELOW = 14;

/** Soft-max of one frame: its best class, and the classes worth trying in ascending order. */
interface Frame {
  readonly best: number;
  readonly sure: number;
  readonly tries: readonly (readonly [classIndex: number, probability: number])[];
  readonly of: (classIndex: number) => number;
}

function softmax({ data, classes }: Scores, t: number, least: number): Frame {
  const row = data.subarray(t * classes, (t + 1) * classes);
  let best = classes - 1;
  for (let c = 0; c < classes; c++) if (row[c]! > row[best]!) best = c;
  const top = row[best]!;
  let sum = 0;
  const near: [number, number][] = [];
  for (let c = 0; c < classes; c++) {
    if (row[c]! < top - FAR_BELOW) continue;
    const value = Math.exp(row[c]! - top);
    sum += value;
    if (value >= least || c === best) near.push([c, value]);
  }
  const tries = near
    .map(([c, value]) => [c, value / sum] as const)
    .filter(([c, p]) => p >= least || c === best);
  return { best, sure: 1 / sum, tries, of: (c) => Math.exp(row[c]! - top) / sum };
}

function framesOf(scores: Scores, { postprocessing }: Rules): Frame[] {
  const { leastProbability } = postprocessing.beam;
  return Array.from({ length: scores.frames }, (_, t) => softmax(scores, t, leastProbability));
}

/** @param letters of the classes */
export function decode(scores: Scores, rules: Rules, letters: readonly string[]): Decoded[] {
  const { blank, decoding, beam } = rules.postprocessing;
  const frames = framesOf(scores, rules);
  const parts =
    decoding === 'beam' ? stretches(frames, blank, beam) : [{ from: 0, to: frames.length, sure: true }];
  const found = parts.flatMap(({ from, to, sure }) => {
    const part = frames.slice(from, to);
    const texts = sure ? greedy(part, blank) : align(part, blank, search(part, blank, beam.width)[0] ?? []);
    return texts.map((each) => ({ ...each, first: each.first + from, end: each.end + from }));
  });
  return joinRepeats(found, rules, letters);
}

/** Some frames, to weigh texts against each other. */
export interface View {
  /** Its likeliest texts, as classes. */
  propose(count: number, width: number): number[][];
  /** ln P(text | frames). */
  judge(text: readonly number[]): number;
  place(text: readonly number[]): Decoded[];
}

/** Of the frames from `from` to before `to`, which places count from. */
export function viewOf(
  scores: Scores,
  rules: Rules,
  letters: readonly string[],
  from = 0,
  to = scores.frames,
): View {
  const { blank, spelling } = rules.postprocessing;
  const frames = framesOf(scores, rules).slice(from, to);
  const columns = new Map<number, number[]>();
  const column = (c: number) => {
    let probabilities = columns.get(c);
    if (!probabilities) {
      probabilities = frames.map((frame) => Math.max(spelling.leastProbability, frame.of(c)));
      columns.set(c, probabilities);
    }
    return probabilities;
  };
  const place = (text: readonly number[]) =>
    joinRepeats(align(frames, blank, text), rules, letters).map((each) => ({
      ...each,
      first: each.first + from,
      end: each.end + from,
    }));
  return {
    place,
    propose: (count, width) =>
      search(frames, blank, width)
        .slice(0, count)
        .map((text) => place(text).map(({ classIndex }) => classIndex)),
    judge: (text) => sumOfAlignments([blank, ...text.flatMap((c) => [c, blank])].map(column), text),
  };
}

/** The greatest probability of a class in the frames from `from` to before `to`; 0 where there are none. */
export function likeliest(
  scores: Scores,
  rules: Rules,
  classIndex: number,
  from: number,
  to: number,
): number {
  let most = 0;
  for (let t = from; t < to; t++)
    most = Math.max(most, softmax(scores, t, rules.postprocessing.beam.leastProbability).of(classIndex));
  return most;
}

/** @param states probabilities by frame of blank, letter, blank, letter, …, blank */
function sumOfAlignments(states: readonly (readonly number[])[], text: readonly number[]): number {
  let mass = states.map((column, s) => (s < 2 ? (column[0] ?? 0) : 0));
  let log = 0;
  for (let t = 1; t < states[0]!.length; t++) {
    const next = mass.map((own, s) => {
      const skips = s > 1 && s % 2 === 1 && text[s >> 1] !== text[(s >> 1) - 1];
      return (own + (mass[s - 1] ?? 0) + (skips ? mass[s - 2]! : 0)) * states[s]![t]!;
    });
    const sum = next.reduce((a, b) => a + b);
    mass = next.map((value) => value / sum);
    log += Math.log(sum);
  }
  return log + Math.log(mass.at(-1)! + (mass.at(-2) ?? 0));
}

/** Runs of sure blanks part a line into stretches that spell their texts alone. */
function stretches(
  frames: readonly Frame[],
  blank: number,
  { certain, leastGap }: RecognizerModel['postprocessing']['beam'],
): { from: number; to: number; sure: boolean }[] {
  const parts: { from: number; to: number; sure: boolean }[] = [];
  let [from, gap, sure] = [0, 0, true];
  frames.forEach((frame, t) => {
    const isSure = frame.sure >= certain;
    gap = isSure && frame.best === blank && frame.tries.length === 1 ? gap + 1 : 0;
    sure &&= isSure;
    if (gap < leastGap) return;
    if (gap === leastGap) parts.push({ from, to: t + 1, sure });
    [from, sure] = [t + 1, true];
  });
  if (from < frames.length) parts.push({ from, to: frames.length, sure });
  return parts;
}

function greedy(frames: readonly Frame[], blank: number): Decoded[] {
  const runs: { classIndex: number; first: number; end: number; confidence: number }[] = [];
  frames.forEach(({ best, sure }, t) => {
    const last = runs.at(-1);
    if (last?.classIndex !== best) runs.push({ classIndex: best, first: t, end: t + 1, confidence: sure });
    else Object.assign(last, { end: t + 1, confidence: Math.max(last.confidence, sure) });
  });
  return runs.filter((run) => run.classIndex !== blank);
}

const NEVER = Number.NEGATIVE_INFINITY;
const logSum = (a: number, b: number) =>
  a === NEVER ? b : b === NEVER ? a : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

/** A text met so far, by what it extends: log-probabilities of its alignments that end in a blank, and in its last letter. */
interface Prefix {
  readonly text: readonly number[];
  blank: number;
  letter: number;
}

const total = (prefix: Prefix) => logSum(prefix.blank, prefix.letter);

/** Texts, the likeliest first. */
function search(frames: readonly Frame[], blank: number, width: number): (readonly number[])[] {
  let kept: Prefix[] = [{ text: [], blank: 0, letter: NEVER }];
  for (const { tries } of frames) {
    const next = new Map<string, Prefix>();
    const reach = (text: readonly number[]) => {
      const key = text.join();
      let prefix = next.get(key);
      if (!prefix) {
        prefix = { text, blank: NEVER, letter: NEVER };
        next.set(key, prefix);
      }
      return prefix;
    };
    for (const [c, probability] of tries)
      for (const from of kept) {
        const p = Math.log(probability);
        const same = from.text.at(-1) === c;
        const to = reach(c === blank ? from.text : [...from.text, c]);
        if (c === blank) to.blank = logSum(to.blank, total(from) + p);
        else to.letter = logSum(to.letter, (same ? from.blank : total(from)) + p);
        if (same) {
          const stay = reach(from.text);
          stay.letter = logSum(stay.letter, from.letter + p);
        }
      }
    kept = [...next.values()].sort((a, b) => total(b) - total(a)).slice(0, width);
  }
  return kept.map(({ text }) => text);
}

/** Where the letters of a text stand: the best path through blank, letter, blank, letter, … (Viterbi). */
function align(frames: readonly Frame[], blank: number, text: readonly number[]): Decoded[] {
  if (text.length === 0 || frames.length === 0) return [];
  const states = [blank, ...text.flatMap((c) => [c, blank])];
  const log = (frame: Frame, s: number) => Math.max(Math.log(frame.of(states[s]!)), Math.log(1e-30));
  let score = states.map((_, s) => (s < 2 ? log(frames[0]!, s) : NEVER));
  const steps = frames.slice(1).map((frame) => {
    const step = states.map((c, s) => {
      const skips = s > 1 && c !== blank && c !== states[s - 2];
      const from = [score[s]!, s > 0 ? score[s - 1]! : NEVER, skips ? score[s - 2]! : NEVER];
      return from.indexOf(Math.max(...from));
    });
    score = states.map((_, s) => score[s - step[s]!]! + log(frame, s));
    return step;
  });
  const last = states.length - 1;
  let s = score[last]! >= score[last - 1]! ? last : last - 1;
  const found = text.map((classIndex) => ({ classIndex, first: frames.length, end: 0, confidence: 0 }));
  for (let t = frames.length - 1; t >= 0; t--) {
    if (s % 2 === 1) {
      const letter = found[s >> 1]!;
      letter.first = t;
      letter.end = Math.max(letter.end, t + 1);
      letter.confidence = Math.max(letter.confidence, frames[t]!.of(letter.classIndex));
    }
    if (t > 0) s -= steps[t - 1]![s]!;
  }
  return found.filter((letter) => letter.end > letter.first);
}

/** One letter may fire twice, at the two predictions of one place. */
function joinRepeats(found: readonly Decoded[], rules: Rules, letters: readonly string[]): Decoded[] {
  const { repeats, frameStep, subframes } = rules.postprocessing;
  const { height, stretch } = rules.preprocessing.resize;
  const nearer = (repeats.leastAdvance * height * stretch * subframes) / frameStep;
  const joined: Decoded[] = [];
  for (const next of found) {
    const last = joined.at(-1);
    const isClose = last?.classIndex === next.classIndex && next.first - last.first < nearer;
    const isDoubled =
      isClose &&
      repeats.narrow.includes(letters[next.classIndex]!) &&
      Math.min(last.confidence, next.confidence) >= repeats.certain;
    if (!isClose || isDoubled) joined.push(next);
    else
      joined[joined.length - 1] = {
        ...last,
        end: next.end,
        confidence: Math.max(last.confidence, next.confidence),
      };
  }
  return joined;
}
