/** What counts as a word for the letter model: runs of a … z and the apostrophe, without case and diacritics. */

/** Symbols by index: 0 is the border of a word, which begins and ends it. */
export const ALPHABET = "\0abcdefghijklmnopqrstuvwxyz'";
export const SYMBOLS = ALPHABET.length;
export const BORDER = 0;
export const APOSTROPHE = ALPHABET.indexOf("'");

/** Letters that Unicode does not decompose, as they are spelled without their signs. */
export const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ı: 'i',
  ĸ: 'k',
  '’': "'",
};

/** The words of a text as symbols, borders left out. Digits and other signs part words and are not judged. */
export function wordsOf(text: string): number[][] {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþħŧŋıĸ’]/gu, (letter) => PLAIN[letter]!);
  return (plain.match(/[a-z']+/g) ?? []).map((word) =>
    Array.from(word, (letter) => ALPHABET.indexOf(letter)),
  );
}
