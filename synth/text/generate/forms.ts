/** Labels and entries of office forms, letters and fax sheets; rows of tables. */
import type { Random } from '../../../models/base/random.js';
import { FORM_LABELS, FORM_PHRASES } from '../lexicon.js';
import { bare, capitalised, titleCase, type WordPicker } from '../pattern.js';
import { serial } from './codes.js';
import { address, company, email, person, phone } from './contact.js';
import { date } from './dates.js';
import { enumeration } from './enumeration.js';
import { money } from './money.js';
import { measure, percentage, plainNumber, span } from './numbers.js';
import { time } from './times.js';

function label(random: Random, word: WordPicker): string {
  let text: string = random.pick(FORM_LABELS);
  if (random.chance(0.3)) {
    const extra = bare(word());
    text = random.chance(0.6)
      ? `${extra.toUpperCase()} ${text.toUpperCase()}`
      : `${capitalised(extra)} ${titleCase(text.toLowerCase())}`;
  } else if (random.chance(0.25)) {
    text = titleCase(text.toLowerCase());
  }
  if (random.chance(0.06))
    text += `(${random.pick(['S', 's', '1', '2', 'A', 'mm', '%', '$', 'RM', 'cm', 'mg/cig.'])})`;
  return (
    text +
    random.pick([
      ':',
      ':',
      ':',
      ':',
      '',
      '',
      '',
      ' :',
      '.',
      ' -',
      '?',
      ' #',
      ':*',
      '*',
      ' ...',
      ' .....',
      '_____',
      ' ____',
      '/',
    ])
  );
}

function entry(random: Random, word: WordPicker): string {
  return random.pick([
    () => person(random),
    () => date(random),
    () => serial(random),
    () => plainNumber(random),
    () => money(random),
    () => phone(random),
    () => company(random, word),
    () => address(random, word),
    () => email(random, word),
    () => time(random),
    () => `${capitalised(bare(word()))} ${bare(word())}`,
  ])();
}

export function form(random: Random, word: WordPicker): string {
  const choice = random.next();
  if (choice < 0.4) return label(random, word);
  if (choice < 0.6) return `${label(random, word)} ${entry(random, word)}`;
  if (choice < 0.72) return random.pick(FORM_PHRASES);
  if (choice < 0.88) return entry(random, word);
  if (choice < 0.92) return `(${random.int(1, 9)} = ${capitalised(bare(word()))})`;
  return tableRow(random, word);
}

/** Cells of one table row; the wide gaps between them are one space in the text. */
export function tableRow(random: Random, word: WordPicker): string {
  const cell = random.pick([plainNumber, plainNumber, money, percentage, measure, serial, date, span]);
  const head = random.chance(0.6)
    ? `${random.chance(0.2) ? `${enumeration(random)} ` : ''}${capitalised(word())}${random.chance(0.5) ? ` ${word()}` : ''} `
    : '';
  const leader =
    head !== '' && random.chance(0.15)
      ? random.pick(['..... ', '........ ', '. . . . ', '............... ', '.....'])
      : '';
  const cells: string[] = [];
  for (let i = random.int(1, 4); i > 0; i--) cells.push(cell(random));
  return head + leader + cells.join(' ');
}
