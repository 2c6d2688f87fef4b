/**
 * What typesetting makes of typed text: curly quotes and apostrophes for straight ones, en dashes in ranges and between
 * words. Corpora are mostly typed, print is not. The quotes of other languages (« », „ “) stay as they are.
 */
import type { Random } from '../../models/base/random.js';

/** Share of lines with straight quotes that get curly ones. */
const CURLY_SHARE = 1 / 3;
/** Share of ranges and of spaced hyphens that get an en dash. */
const DASH_SHARE = 1 / 4;

/** Two whole numbers with a hyphen between them that belong to no date, telephone or serial number. */
const RANGE = /(?<![\p{L}\d.,/:–—-])([1-9]\d{0,3})-(\d{1,4})(?![\p{L}\d/:–—-]|[.,]\d)/gu;
const SPACED_HYPHEN = /(?<=[\p{L},.]) - (?=\p{L})/gu;
const OWN_QUOTES = /[„“”«»]/u;
const LETTER = /\p{L}/u;
/** What a quotation may begin behind. */
const OPENS_BEHIND = /[\s([{/—–-]/u;
/** Of a quotation within another. */
const QUOTE = /["'“‘]/u;
/** Words that lost their beginning: their apostrophe is no quote. */
const ELIDED = /^(?:t(?:is|was|were|will|il)|em|n|cause|bout|round|s|t|\d\ds?)(?!\p{L})/iu;

/** @param can whether a character can be drawn: what cannot stays plain */
export function typeset(random: Random, text: string, can: (character: string) => boolean): string {
  let out = text;
  if (/['"]/.test(out) && random.chance(CURLY_SHARE)) out = curlQuotes(out, can);
  if (out.includes('-') && can('–')) {
    out = out.replace(RANGE, (range, low: string, high: string) =>
      isRange(low, high) && random.chance(DASH_SHARE) ? `${low}–${high}` : range,
    );
    out = out.replace(SPACED_HYPHEN, (hyphen) => (random.chance(DASH_SHARE) ? ' – ' : hyphen));
  }
  return out;
}

/** Ascending, the second number perhaps cut to its last digits (1990-95). */
function isRange(low: string, high: string): boolean {
  if (high.length > low.length) return high.length === low.length + 1 && low.length < 3;
  return Number(high) > Number(low.slice(-high.length));
}

/** Every straight quote and apostrophe as it would be set. Primes (5'10", 6'484) and what has no clear place stay. */
export function curlQuotes(text: string, can: (character: string) => boolean): string {
  const characters = [...text];
  const doubles = !OWN_QUOTES.test(text) && can('“') && can('”');
  const singles = can('‘') && can('’');
  const open = { "'": false, '"': false };
  return characters
    .map((character, i) => {
      if (character !== "'" && character !== '"') return character;
      if (!(character === '"' ? doubles : singles)) return character;
      const before = characters[i - 1] ?? ' ';
      const after = characters[i + 1] ?? ' ';
      if (before === character || after === character) return character;
      const [left, right] = character === '"' ? ['“', '”'] : ['‘', '’'];
      if (OPENS_BEHIND.test(before) || (QUOTE.test(before) && LETTER.test(after))) {
        if (/\s/u.test(after)) return character;
        if (character === "'" && ELIDED.test(characters.slice(i + 1).join(''))) return right;
        open[character] = true;
        return left;
      }
      if (character === "'" && LETTER.test(before) && LETTER.test(after)) return right;
      // Behind a digit it closes what was opened, else it is a prime or parts thousands.
      if (/\d/.test(before) && !open[character]) return character;
      if (LETTER.test(after) || /\d/.test(after)) return character;
      open[character] = false;
      return right;
    })
    .join('');
}
