/**
 * The text normalisation under which readings and labels are compared: typographic variants that labels use without
 * system (curly or straight quotes, kinds of dashes, the long s, kinds of white space) count as equal.
 */

// What Unicode calls white space, plus the four ASCII separators; unlike JavaScript's \s, without U+FEFF.
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACES = new RegExp(`[${SPACE}]+`, 'u');
const LINE_END_HYPHEN = new RegExp(`-[${SPACE}]*\\n[${SPACE}]*`, 'gu');

export interface NormaliseOptions {
  /** Lower-case the text (sets whose labels are upper-cased). */
  readonly fold?: boolean;
  /** Keep only lower-case ASCII letters and digits (scene words). */
  readonly alnum?: boolean;
}

/** NFKC, straight quotes, one dash, round s, single blanks; optionally folded or stripped to alphanumerics. */
export function normaliseText(text: string, options: NormaliseOptions = {}): string {
  let out = text
    .normalize('NFKC')
    .replace(/[\u2018\u2019\u201a\u2032`\u00b4]/gu, "'")
    .replace(/[\u201c\u201d\u201e\u2033]|''/gu, '"')
    .replace(/[\u2010-\u2015\u2212\u00ac\u2e17]/gu, '-')
    .replace(/\u017f/gu, 's');
  if (options.fold || options.alnum) out = out.toLowerCase();
  if (options.alnum) return out.replace(/[^0-9a-z]/gu, '');
  return splitWords(out).join(' ');
}

/** The words of a text: what stands between runs of white space. */
export function splitWords(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '');
}

/** Joins words that a line-end hyphen divides, for pages whose labels are reflowed. */
export function joinLineEndHyphens(text: string): string {
  return text.replace(LINE_END_HYPHEN, '');
}
