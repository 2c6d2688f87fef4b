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
  /** Words whose least sure character is surer are left as they are. */
  certain: 0.9,
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
  const close = (end: number) => {
    const unsure = word.some(({ confidence }) => confidence < RESPELL.certain);
    for (const character of unsure ? likeliest(word, probabilities, first, end, rules) : word)
      respelled.push(character);
    word = [];
  };
  for (const character of decoded) {
    if (rules.textOf([character.classIndex]) === ' ') {
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
