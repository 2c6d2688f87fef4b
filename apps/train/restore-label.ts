/**
 * What labels of real crops have lost, from what a recognizer reads: letter case, and quotes and dashes that a keyboard
 * lacks. Label and reading must agree, character by character, but for a few misread ones.
 */
import { normaliseText } from './scoring/normalise-text.js';

/** The label in the reading's case, where the two agree in length and in nearly all letters; undefined where they do not. */
export function withCaseOf(label: string, reading: string): string | undefined {
  const pair = aligned(label, reading);
  if (!pair) return undefined;
  const { wanted, read } = pair;
  const out: string[] = [];
  wanted.forEach((character, i) => {
    const same = read[i]!.toLowerCase() === character.toLowerCase();
    out.push(same ? read[i]! : withCase(character, neighbouringCase(i, wanted, read, out)));
  });
  return out.join('');
}

/**
 * The label with the reading's quotes, apostrophes, primes and dashes in place of plain ones, where the two agree in length
 * and in nearly all characters; else the label as it is. A line is set in one kind of quotes: one that is read in both is
 * unsure and keeps its own. Typographic signs of the label stay: nobody types them by mistake.
 */
export function withSignsOf(label: string, reading: string): string {
  const pair = aligned(label, reading);
  if (!pair) return label;
  const { wanted, read } = pair;
  const isVariant = (character: string, i: number) =>
    TYPOGRAPHIC_SIGN.test(read[i]!) && normaliseText(read[i]!) === normaliseText(character);
  const unsure = new Set(
    wanted.filter((character, i) => PLAIN_QUOTE.test(character) && !isVariant(character, i)),
  );
  return wanted
    .map((character, i) =>
      PLAIN_SIGN.test(character) && !unsure.has(character) && isVariant(character, i) ? read[i]! : character,
    )
    .join('');
}

/** Whether the label holds a sign that print may show in another form. */
export function hasPlainSign(label: string): boolean {
  return PLAIN_SIGN.test(label);
}

const PLAIN_SIGN = /['"`-]/u;
const PLAIN_QUOTE = /['"`]/u;
// Without U+2010 and U+2011, which look like a hyphen.
const TYPOGRAPHIC_SIGN = /[\u2018\u2019\u201a\u201c-\u201e\u2032\u2033\u2012-\u2015\u2212]/u;

/** The characters of both, where they are as many and nearly all the same but for case and typographic variants. */
function aligned(
  label: string,
  reading: string,
): { wanted: readonly string[]; read: readonly string[] } | undefined {
  const wanted = [...label.normalize('NFC')];
  const read = [...reading.normalize('NFC')];
  if (wanted.length !== read.length) return undefined;
  const key = (character: string) => normaliseText(character, { fold: true });
  const different = wanted.filter((character, i) => key(character) !== key(read[i]!)).length;
  return different <= Math.max(1, 0.1 * wanted.length) ? { wanted, read } : undefined;
}

type Case = 'upper' | 'lower';

/**
 * The case that the word has around a misread letter. A capital that begins the word says nothing about the letter behind
 * it, so that one goes by the next, and the first letter by what was read in its place.
 * @param before the characters before the letter, in their restored case
 */
function neighbouringCase(
  i: number,
  wanted: readonly string[],
  read: readonly string[],
  before: readonly string[],
): Case | undefined {
  const isLetter = (at: number) => /\p{L}/u.test(wanted[at] ?? '');
  const own = caseOf(read[i]!);
  if (!isLetter(i - 1)) return own;
  const previous = caseOf(before[i - 1]!);
  if (isLetter(i - 2) || previous === 'lower') return previous;
  return (isLetter(i + 1) ? caseOf(read[i + 1]!) : undefined) ?? own ?? previous;
}

/** Undefined for what has no case. */
function caseOf(character: string): Case | undefined {
  const lower = character.toLowerCase();
  if (lower === character.toUpperCase()) return undefined;
  return character === lower ? 'lower' : 'upper';
}

function withCase(character: string, wanted: Case | undefined): string {
  if (!wanted) return character;
  const changed = wanted === 'lower' ? character.toLowerCase() : character.toUpperCase();
  // ß has no capital of one character.
  return [...changed].length === 1 ? changed : character;
}
