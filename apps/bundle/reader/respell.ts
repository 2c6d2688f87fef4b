/** Unsure words of a line are chosen among the likeliest texts of their frames, spelling considered. */
import type { RecognizerModel } from '../manifest/models.js';
import { type Decoded, likeliest, type Scores, viewOf } from './ctc.js';
import type { Spelling } from './spelling.js';

type Rules = Pick<RecognizerModel, 'preprocessing' | 'postprocessing'>;

/** @param letters of the classes */
export function respell(
  decoded: readonly Decoded[],
  scores: Scores,
  rules: Rules,
  letters: readonly string[],
  spelling: Spelling,
): Decoded[] {
  const { certain, gap, proposals, width } = rules.postprocessing.spelling.respell;
  const space = letters.indexOf(' ');
  const mayBeTwo = (word: readonly Decoded[]) =>
    space >= 0 &&
    word.length >= gap.leastLetters &&
    likeliest(scores, rules, space, word[0]!.end, word.at(-1)!.first) > gap.probability;
  const better = (word: readonly Decoded[], from: number, to: number): readonly Decoded[] => {
    if (word.every(({ confidence }) => confidence >= certain) && !mayBeTwo(word)) return word;
    const view = viewOf(scores, rules, letters, from, to);
    const worth = (text: readonly number[]) =>
      view.judge(text) + spelling(text.map((c) => letters[c]!).join(''));
    let best = word;
    let most = worth(word.map(({ classIndex }) => classIndex));
    for (const text of view.propose(proposals, width)) {
      const value = worth(text);
      if (value > most) [best, most] = [view.place(text), value];
    }
    return best;
  };
  const respelled: Decoded[] = [];
  let [from, word] = [0, [] as Decoded[]];
  for (const next of decoded) {
    if (letters[next.classIndex] !== ' ') {
      word.push(next);
      continue;
    }
    respelled.push(...better(word, from, next.first), next);
    [from, word] = [next.end, []];
  }
  return [...respelled, ...better(word, from, scores.frames)];
}
