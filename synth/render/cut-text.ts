/** Cuts a text to about a wished length at blanks, as lines of a page are: its beginning, its end or a part between. */
import type { Random } from '../../models/base/random.js';

/** A length for one line: words and phrases, lines of columns, full lines of a page; mean about 40 characters. */
export function drawLength(random: Random): number {
  const kind = random.next();
  if (kind < 0.5) return random.int(5, 44);
  if (kind < 0.87) return random.int(36, 70);
  return random.int(60, 100);
}

/** @returns at most `length` characters, blanks single and inside only; the whole text where it is short enough */
export function cutText(text: string, length: number, random: Random): string {
  const words = text.trim().split(/\s+/u);
  const whole = words.join(' ');
  if ([...whole].length <= length) return whole;
  // Half of all lines begin where the text begins.
  const start = random.chance(0.5) ? 0 : random.int(0, words.length - 1);
  let line = '';
  for (let i = start; i < words.length; i++) {
    const longer = line === '' ? (words[i] as string) : `${line} ${words[i]}`;
    if ([...longer].length > length) break;
    line = longer;
  }
  return line || [...(words[start] as string)].slice(0, length).join('');
}

/** One word of the text. */
export function pickWord(text: string, random: Random): string {
  return random.pick(text.trim().split(/\s+/u));
}
