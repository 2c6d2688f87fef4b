/** What typesetting does to running text: quotes, dashes, brackets, footnote marks, list numbers, leaders, headings, breaks. */
import type { Random } from '../../models/base/random.js';
import { enumeration } from './generate/enumeration.js';
import { titleCase } from './pattern.js';

const QUOTES: readonly (readonly [string, string])[] = [
  ['“', '”'],
  ['„', '“'],
  ['„', '”'],
  ['”', '”'],
  ['«', '»'],
  ['« ', ' »'],
  ['»', '«'],
  ['‘', '’'],
  ['‚', '‘'],
  ['‹', '›'],
  ['"', '"'],
  ["'", "'"],
  ['(', ')'],
  ['[', ']'],
  ['*', '*'],
  ['—', '—'],
  ['<', '>'],
  ['{', '}'],
  ['/', '/'],
];
const MARKS = [
  '¹',
  '²',
  '³',
  '⁴',
  '*',
  '**',
  '†',
  '‡',
  '§',
  ')',
  '.',
  '©',
  '®',
  '™',
  '¶',
  '°',
  '¹)',
  ' *)',
  '1)',
  ' [1]',
  '(a)',
  '…',
  '...',
  ';',
  ':',
  '!',
  '?',
  ' !',
  ' ?',
  ' :',
  '?!',
  '—',
  ' –',
  ' -',
  ',',
  '.”',
  ',”',
  '."',
  "'",
  '’',
  '."',
  '.)',
  '¬',
];

/** Changes nothing most of the time. */
export function decorate(random: Random, line: string): string {
  let text = line;
  const choice = random.next();
  if (choice < 0.07) text = quoteSome(random, text);
  else if (choice < 0.12) text = `${enumeration(random)} ${text}`;
  else if (choice < 0.15) text += random.pick(MARKS);
  else if (choice < 0.17)
    text += ` ${random.pick(['.....', '..........', '. . . . .', '...............', '....', '— —'])} ${random.int(1, 400)}`;
  else if (choice < 0.18) text = `${random.int(1, 400)} ${text}`;
  else if (choice < 0.19) text = `${text} ${random.int(1, 400)}`;
  else if (choice < 0.21) text = random.pick(QUOTES)[0].trim() + text;
  else if (choice < 0.23) text += random.pick(QUOTES)[1].trim();
  else if (choice < 0.25) text = insertDash(random, text);
  else if (choice < 0.28) text = titleCase(text);
  else if (choice < 0.285)
    text = `${random.pick(['©', '(c)', '® ', '—', '– ', '— ', '- ', '-- ', '¿', '¡', '...', '…', '>', '> '])}${text}`;
  else if (choice < 0.3) text = markWord(random, text);
  return text;
}

/** Breaks the last word as a typesetter would: `emigra-`. Returns the text as it is when the last word is too short. */
export function hyphenate(random: Random, text: string): string {
  const start = text.lastIndexOf(' ') + 1;
  const word = text.slice(start);
  if (!/^\p{L}{6,}$/u.test(word)) return text;
  const cut = random.int(2, word.length - 3);
  return `${text.slice(0, start + cut)}${random.chance(0.97) ? '-' : random.pick(['¬', '=', '‐'])}`;
}

function quoteSome(random: Random, text: string): string {
  const [open, close] = random.pick(QUOTES);
  const words = text.split(' ');
  const from = random.int(0, words.length - 1);
  const to = random.int(from, Math.min(words.length - 1, from + 4));
  words[from] = open + words[from];
  words[to] += close;
  return words.join(' ');
}

function insertDash(random: Random, text: string): string {
  const at = text.indexOf(' ', random.int(0, Math.max(0, text.length - 2)));
  return at < 0
    ? text
    : text.slice(0, at) +
        random.pick([
          ' – ',
          '—',
          ' — ',
          ' - ',
          '–',
          '--',
          ' -- ',
          '/',
          ' / ',
          '…',
          '... ',
          '; ',
          ': ',
          ' & ',
          ' + ',
          ' = ',
        ]) +
        text.slice(at + 1);
}

function markWord(random: Random, text: string): string {
  const at = text.indexOf(' ', random.int(0, Math.max(0, text.length - 2)));
  return at < 0 ? text : text.slice(0, at) + random.pick(MARKS) + text.slice(at);
}
