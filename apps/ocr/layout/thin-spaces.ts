/**
 * Thin spaces. Printers of old books, and of French ones, set them before ; : ! ? and behind opening quotes; the recognizer
 * sees paper there, but they part no words. What is closed up was set on two dev sets (old-books-en, fondue-fr-print20: 28
 * lines change, each to the better) and two train sets of forms and receipts, whose blanks before a colon are real and stay.
 */
import type { LineReading, ReadCharacter } from '../../../models/recognizer/reading.js';

/** Running text, whose blanks are alike: in forms and receipts there is none to compare with. */
export const LEAST_BLANKS = 6;
/** A thin space keeps its neighbours' middles closer than this share of what other blanks of the line do. */
export const THIN = 0.85;
/** Signs before which, and quotes behind which, a space may be thin. */
export const CLOSING = ';:!?';
export const OPENING = '"“„';
const DIGIT = /\d/;
const WORD = /[\p{L}\p{N}]/u;

/** The reading without its thin spaces. */
export function closeUp(reading: LineReading): LineReading {
  const { characters } = reading;
  const blanks = characters.flatMap(({ text }, i) =>
    text === ' ' && i > 0 && i < characters.length - 1 ? [i] : [],
  );
  const isCandidate = (i: number) => isBeforeSign(characters, i) || isAfterQuote(characters, i);
  const width = (i: number) => middle(characters[i + 1]!) - middle(characters[i - 1]!);
  const others = blanks
    .filter((i) => !isCandidate(i))
    .map(width)
    .sort((a, b) => a - b);
  if (others.length < LEAST_BLANKS) return reading;
  const usual = others[others.length >> 1]!;
  const thin = new Set(blanks.filter((i) => isCandidate(i) && width(i) <= THIN * usual));
  if (thin.size === 0) return reading;
  const kept = characters.filter((_, i) => !thin.has(i));
  return { ...reading, text: kept.map(({ text }) => text).join(''), characters: kept };
}

function isBeforeSign(characters: readonly ReadCharacter[], i: number): boolean {
  const [before, sign] = [characters[i - 1]!.text, characters[i + 1]!.text];
  if (!CLOSING.includes(sign) || !WORD.test(before)) return false;
  // Ratios, scores and times are set with blanks, or without.
  const behind = characters[i + 2]?.text === ' ' ? characters[i + 3] : characters[i + 2];
  return !(sign === ':' && DIGIT.test(before) && DIGIT.test(behind?.text ?? ''));
}

function isAfterQuote(characters: readonly ReadCharacter[], i: number): boolean {
  const opens = (characters[i - 2]?.text ?? ' ') === ' ' && OPENING.includes(characters[i - 1]!.text);
  // Inches.
  const isMeasure = DIGIT.test(characters[i - 3]?.text ?? '');
  return opens && !isMeasure && WORD.test(characters[i + 1]!.text);
}

const middle = ({ start, end }: ReadCharacter) => (start + end) / 2;
