/**
 * Fits a text to a character set and a font: what cannot be drawn is replaced by the nearest thing that can (a straight
 * quote for a curly one, a base letter for an accented one) or dropped, so that the label is exactly what is drawn.
 */

/** What stands in for a character, best first. Every string may be several characters. */
const STAND_INS: Readonly<Record<string, readonly string[]>> = {
  '’': ["'"],
  '‘': ["'"],
  '‚': [',', "'"],
  '‛': ["'"],
  '“': ['"'],
  '”': ['"'],
  '„': ['"'],
  '‟': ['"'],
  '«': ['"'],
  '»': ['"'],
  '‹': ["'"],
  '›': ["'"],
  '′': ["'"],
  '″': ['"'],
  '–': ['-'],
  '—': ['–', '-'],
  '―': ['—', '–', '-'],
  '‐': ['-'],
  '‑': ['-'],
  '−': ['–', '-'],
  '…': ['...'],
  '×': ['x'],
  '·': ['.'],
  '•': ['·', '-'],
  '⁄': ['/'],
  ﬁ: ['fi'],
  ﬂ: ['fl'],
  ﬀ: ['ff'],
  ﬃ: ['ffi'],
  ﬄ: ['ffl'],
  ß: ['ss'],
  æ: ['ae'],
  Æ: ['AE'],
  œ: ['oe'],
  Œ: ['OE'],
  ø: ['o'],
  Ø: ['O'],
  ł: ['l'],
  Ł: ['L'],
  đ: ['d'],
  Đ: ['D'],
  ð: ['d'],
  Ð: ['D'],
  þ: ['th'],
  Þ: ['Th'],
  ħ: ['h'],
  Ħ: ['H'],
  ŧ: ['t'],
  Ŧ: ['T'],
  ŋ: ['n'],
  Ŋ: ['N'],
  ı: ['i'],
  ſ: ['s'],
  ĸ: ['k'],
  ŉ: ["'n", 'n'],
  ĳ: ['ij'],
  Ĳ: ['IJ'],
  ŀ: ['l'],
  Ŀ: ['L'],
  ș: ['ş', 's'],
  Ș: ['Ş', 'S'],
  ț: ['ţ', 't'],
  Ț: ['Ţ', 'T'],
  '€': ['EUR'],
  '©': ['(c)'],
  '®': ['(R)'],
  '™': ['TM'],
  '½': ['1/2'],
  '¼': ['1/4'],
  '¾': ['3/4'],
};

const COMBINING = /\p{M}/u;
const COMBINING_ALL = /\p{M}/gu;
const INVISIBLE = /[\p{Z}\p{C}]/u;

export interface Fitted {
  readonly text: string;
  /** How many characters had to be dropped or replaced. */
  readonly losses: number;
}

/** Characters of a set that a line of text may hold: visible, stable under NFC, no combining marks. The space is always in. */
export function drawable(charset: string): ReadonlySet<string> {
  const set = new Set<string>([' ']);
  for (const character of charset) {
    if (INVISIBLE.test(character) || COMBINING.test(character)) continue;
    if (character.normalize('NFC') === character) set.add(character);
  }
  return set;
}

/** @param text NFC. The result has only allowed and supported characters, single spaces, none at the ends; it may be empty. */
export function fitText(
  text: string,
  allowed: ReadonlySet<string>,
  supports: (character: string) => boolean,
): Fitted {
  const can = (character: string) => character === ' ' || (allowed.has(character) && supports(character));
  let out = '';
  let losses = 0;
  for (const character of text) {
    if (character === ' ') {
      if (out !== '' && !out.endsWith(' ')) out += ' ';
    } else if (can(character)) {
      out += character;
    } else {
      losses++;
      out += standIn(character, can);
    }
  }
  if (out.endsWith(' ')) out = out.slice(0, -1);
  return { text: out, losses };
}

function standIn(character: string, can: (character: string) => boolean): string {
  for (const candidate of STAND_INS[character] ?? []) {
    let all = true;
    for (const c of candidate) all &&= can(c);
    if (all) return candidate;
  }
  const base = character.normalize('NFD').replace(COMBINING_ALL, '');
  return base !== '' && base !== character && base !== ' ' && [...base].every(can) ? base : '';
}
