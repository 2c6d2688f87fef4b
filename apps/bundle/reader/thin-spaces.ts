/** Thin spaces, which old books set before signs and behind opening quotes: paper, but no parting of words. */
import type { PageRules } from '../manifest/schema.js';
import type { Character, LineReading } from './types.js';

const WORD = /[\p{L}\p{N}]/u;
const DIGIT = /\d/;
const middle = ({ start, end }: Character) => (start + end) / 2;

/** The characters without the blanks that are narrower than the line's others, where the rules look for such. */
export function withoutThinSpaces(
  reading: LineReading,
  rules: PageRules['thinSpaces'],
): readonly Character[] {
  const { characters } = reading;
  const at = (i: number) => characters[i]?.text ?? '';
  const width = (i: number) => middle(characters[i + 1]!) - middle(characters[i - 1]!);
  const isBeforeSign = (i: number) => {
    if (!rules.closing.includes(at(i + 1)) || !WORD.test(at(i - 1))) return false;
    const behind = at(i + 2) === ' ' ? at(i + 3) : at(i + 2);
    return !(at(i + 1) === ':' && DIGIT.test(at(i - 1)) && DIGIT.test(behind));
  };
  const isAfterQuote = (i: number) =>
    (at(i - 2) || ' ') === ' ' &&
    rules.opening.includes(at(i - 1)) &&
    !DIGIT.test(at(i - 3)) &&
    WORD.test(at(i + 1));
  const blanks = characters
    .map((_, i) => i)
    .filter((i) => at(i) === ' ' && i > 0 && i < characters.length - 1);
  const candidates = blanks.filter((i) => isBeforeSign(i) || isAfterQuote(i));
  const others = blanks
    .filter((i) => !candidates.includes(i))
    .map(width)
    .sort((a, b) => a - b);
  if (others.length < rules.leastBlanks) return characters;
  const most = rules.share * others[others.length >> 1]!;
  return characters.filter((_, i) => !(candidates.includes(i) && width(i) <= most));
}
