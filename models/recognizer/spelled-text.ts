/** How much likelier a text is for being spelled as words are: a log-linear model with few weights (as in Hannun et al. 2014). */
import type { SpellingModel } from '../spelling/spelling-model.js';
import type { DecodedCharacter } from './decode.js';

/** Beside ln P(text | frames). Fitted to unsure words and lines of the train sets; what is half or twice as much is hardly worse. */
export const SPELLING_WEIGHTS = {
  /** Of ln P by the trigrams. */
  letters: 0.1,
  /** Of every letter and end of a word: longer texts are less likely by either probability. */
  letter: 0.44,
  /** Of every letter of a known word. */
  known: 0.4,
  /** Of every run that mixes letters and digits: 1807 is likelier than I807. */
  mixed: -1.2,
} as const;

/** What a search among texts needs to know of characters. */
export interface TextRules {
  /** Characters as they count in the end. */
  readonly tidy: (decoded: readonly DecodedCharacter[]) => DecodedCharacter[];
  readonly textOf: (classes: readonly number[]) => string;
  /** Class of the blank between words (not CTC's); -1 where there is none. */
  readonly space: number;
  /** Without it texts are judged by their letters' looks alone. */
  readonly spelling?: SpellingModel | undefined;
}

/** To be added to the logarithm of a text's probability. */
export function spellingWorth(classes: readonly number[], { textOf, spelling }: TextRules): number {
  if (!spelling) return 0;
  const { logProbability, letters, known, mixed } = spelling.judge(textOf(classes));
  const weights = SPELLING_WEIGHTS;
  return (
    weights.letters * logProbability +
    weights.letter * letters +
    weights.known * known +
    weights.mixed * mixed
  );
}
