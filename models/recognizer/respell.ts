/**
 * Words of a line that were not read with certainty are chosen among the likeliest texts of their frames, spelling
 * considered. Costs no run of the network.
 */
import { align, searchTexts } from './beam.js';
import type { DecodedCharacter } from './decode.js';
import type { FrameProbabilities } from './frame-probabilities.js';
import { TextLikelihood } from './likelihood.js';
import { spellingWorth, type TextRules } from './spelled-text.js';

export const RESPELL = {
  /** Words whose least sure character is surer are left as they are, */
  certain: 0.9,
  /** unless somewhere between their letters, of this many or more, a blank is likelier than this: two words may have run into one. */
  gap: { leastLetters: 4, probability: 0.1 },
  /** Texts that are proposed for a word, and how many the search keeps after each frame. */
  proposals: 6,
  width: 8,
} as const;

/** @param decoded what was read of all frames. */
export function respell(
  decoded: readonly DecodedCharacter[],
  probabilities: FrameProbabilities,
  rules: TextRules,
): DecodedCharacter[] {
  const respelled: DecodedCharacter[] = [];
  let first = 0;
  let word: DecodedCharacter[] = [];
  const mayBeTwo = () =>
    rules.space >= 0 &&
    word.length >= RESPELL.gap.leastLetters &&
    probabilities.most(rules.space, word[0]!.endFrame, word.at(-1)!.firstFrame) > RESPELL.gap.probability;
  const close = (end: number) => {
    const isUnsure = word.some(({ confidence }) => confidence < RESPELL.certain) || mayBeTwo();
    for (const character of isUnsure ? likeliest(word, probabilities, first, end, rules) : word)
      respelled.push(character);
    word = [];
  };
  for (const character of decoded) {
    if (character.classIndex === rules.space) {
      close(character.firstFrame);
      respelled.push(character);
      first = character.endFrame;
    } else word.push(character);
  }
  close(probabilities.frames);
  return respelled;
}

function likeliest(
  word: readonly DecodedCharacter[],
  probabilities: FrameProbabilities,
  first: number,
  end: number,
  rules: TextRules,
): readonly DecodedCharacter[] {
  const likelihood = new TextLikelihood(probabilities, first, end);
  const worth = (characters: readonly DecodedCharacter[]) => {
    const classes = characters.map(({ classIndex }) => classIndex);
    return likelihood.of(classes) + spellingWorth(classes, rules);
  };
  let best = word;
  let most = worth(word);
  for (const text of searchTexts(probabilities, RESPELL.proposals, RESPELL.width, first, end)) {
    const characters = rules.tidy(align(probabilities, text, first, end));
    const value = worth(characters);
    if (value > most) [best, most] = [characters, value];
  }
  return best;
}
