/** Telephone numbers, e-mail and web addresses, postal addresses, names of people and firms. */
import type { Random } from '../../../models/base/random.js';
import {
  COMPANY_SUFFIXES,
  COMPANY_WORDS,
  DOMAINS,
  FILE_TYPES,
  FIRST_NAMES,
  LAST_NAMES,
  STREET_PREFIXES,
  STREET_SUFFIXES_COMPOUND,
  STREET_WORDS,
  TITLES,
  TOWNS,
} from '../lexicon.js';
import { bare, capitalised, pattern, type WordPicker } from '../pattern.js';

const PHONES = [
  '(^##) ^##-####',
  '^##-^##-####',
  '^##.^##.####',
  '+1 ^## ^## ####',
  '1-800-^##-####',
  '+60^-#### ####',
  '0^-########',
  '0^ - ########',
  '0^#-####### ',
  '0^-#### ####',
  '0^#-### ####',
  '+44 20 #### ####',
  '0^## ### ####',
  '+49 ^## #######',
  '0^##/######',
  '0^ ## ## ## ##',
  '+33 ^ ## ## ## ##',
  '+39 0^ #######',
  '+48 ^## ### ###',
  '^## ### ###',
  '+46 ^-### ## ##',
  '^##-####',
  '^## ####',
  '(0^) ### ####',
  '^#########',
  '+358 ^# ### ####',
  '(+351) ^## ### ###',
  'x####',
  'ext. ###',
];
const PHONE_LABELS = [
  'TEL:',
  'TEL :',
  'TEL: ',
  'Tel. ',
  'Tel: ',
  'TEL NO: ',
  'Phone: ',
  'FAX: ',
  'FAX:',
  'Fax ',
  'FAX NO.: ',
  'Mobile: ',
  'H/P: ',
  'HP: ',
  'T: ',
  'F: ',
  '☎ ',
  'Tél. : ',
  'Telefon ',
  'Tfn ',
];

export function phone(random: Random): string {
  const number = pattern(random, random.pick(PHONES)).trim();
  if (random.chance(0.45)) return number;
  const text = random.pick(PHONE_LABELS) + number;
  return random.chance(0.15)
    ? `${text} ${random.pick(['FAX:', 'FAX: ', 'Fax ', '/ '])}${pattern(random, random.pick(PHONES)).trim()}`
    : text;
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase() || 'info';

export function email(random: Random, word: WordPicker): string {
  const first = plain(random.chance(0.5) ? random.pick(FIRST_NAMES) : word());
  const last = plain(random.chance(0.5) ? random.pick(LAST_NAMES) : word());
  const user = random.pick([
    first,
    `${first}.${last}`,
    `${first[0]}${last}`,
    `${first}_${last}`,
    `${first}-${last}`,
    'info',
    'contact',
    'sales',
    `${last}${random.int(1, 99)}`,
  ]);
  const address = `${user}@${domain(random, word)}`;
  const label = random.chance(0.15)
    ? random.pick(['E-mail: ', 'Email: ', 'EMAIL:', 'e-mail ', 'Mail: '])
    : '';
  return (
    label + (random.chance(0.15) ? address.toUpperCase() : random.chance(0.05) ? `<${address}>` : address)
  );
}

function domain(random: Random, word: WordPicker): string {
  const name = random.chance(0.3)
    ? `${plain(word())}-${plain(word())}`
    : plain(word()) + (random.chance(0.4) ? plain(word()) : '');
  return `${name.slice(0, 24)}.${random.pick(DOMAINS)}`;
}

export function url(random: Random, word: WordPicker): string {
  const host = `${random.pick(['http://', 'https://', 'https://www.', 'www.', 'www.', 'www.', ''])}${domain(random, word)}`;
  const path = random.pick([
    () => '',
    () => '',
    () => '/',
    () => `/${plain(word())}`,
    () => `/${plain(word())}/${plain(word())}.${random.pick(['html', 'htm', 'php', 'pdf', 'aspx'])}`,
    () => `/?${plain(word())}=${random.int(1, 999)}&${plain(word())}=${plain(word())}`,
    () => `/~${plain(word())}/#${plain(word())}`,
    () => `:${random.int(80, 9999)}/${plain(word())}_${plain(word())}`,
  ])();
  return random.chance(0.08) ? (host + path).toUpperCase() : host + path;
}

export function person(random: Random): string {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  const initial = () => `${pattern(random, '@')}.`;
  const text = random.pick([
    `${first} ${last}`,
    `${first} ${initial()} ${last}`,
    `${initial()} ${last}`,
    `${initial()}${initial()} ${last}`,
    `${last}, ${first}`,
    `${last}, ${initial()}`,
    `${random.pick(TITLES)} ${last}`,
    `${random.pick(TITLES)} ${initial()} ${last}`,
    `${first} ${last}, ${random.pick(['Jr.', 'Ph.D.', 'M.D.', 'Esq.', 'Director', 'Manager', 'Secretary'])}`,
    `${last}-${random.pick(LAST_NAMES)}`,
  ]);
  return random.chance(0.15) ? text.toUpperCase() : text;
}

export function company(random: Random, word: WordPicker): string {
  const name = () => {
    const picked = bare(random.chance(0.5) ? random.pick(LAST_NAMES) : word());
    return picked === '' ? 'ABC' : picked;
  };
  const text = random.pick([
    () => `${name()} ${random.pick(COMPANY_WORDS)} ${random.pick(COMPANY_SUFFIXES)}`,
    () => `${name()} & ${name()} ${random.pick(COMPANY_SUFFIXES)}`,
    () => `${name()} ${random.pick(COMPANY_WORDS)}`,
    () => `${name()}'s ${random.pick(COMPANY_WORDS)}`,
    () => `${pattern(random, '@@@')} ${random.pick(COMPANY_WORDS)} ${random.pick(COMPANY_SUFFIXES)}`,
    () => `${pattern(random, '@.@.')} ${name()} ${random.pick(COMPANY_SUFFIXES)}`,
  ])();
  const registration = random.chance(0.2)
    ? ` (${pattern(random, random.pick(['######-@', '#####-@', '#######-@', 'CO. ###']))})`
    : '';
  return (random.chance(0.65) ? text.toUpperCase() : text) + registration;
}

export function address(random: Random, word: WordPicker): string {
  const name = () => capitalised(bare(word()) || 'Park');
  const house = random.pick(['##', '#', '^##', '^#-#', '^#@', '^##, Suite ^##', '^, ^@']);
  const street = random.pick([
    () => `${pattern(random, house)} ${name()} ${random.pick(STREET_WORDS)}`,
    () =>
      `${pattern(random, house)} ${random.pick(['N.', 'S.', 'E.', 'W.', 'West', 'North'])} ${name()} ${random.pick(STREET_WORDS)}`,
    () =>
      `${random.pick(['NO. ', 'NO ', 'No. ', 'NO.', 'LOT ', ''])}${pattern(random, house)}, ${random.pick(STREET_PREFIXES)} ${name()} ${pattern(random, random.pick(['^/^', '^/##', '^', '^/^@', '', '']))}`,
    () =>
      `${name()}${random.pick(STREET_SUFFIXES_COMPOUND)} ${pattern(random, random.pick(['^', '^#', '^#a', '^##']))}`,
    () =>
      `${pattern(random, '^#')}, ${random.pick(STREET_PREFIXES)} ${random.pick(['de ', 'du ', 'della ', 'do ', ''])}${name()}`,
    () => `P.O. Box ${pattern(random, '^###')}`,
    () => pattern(random, '^##TH STREET'),
  ]);
  const town = () => {
    const name = random.pick(TOWNS);
    return random.pick([
      `${pattern(random, '^####')} ${name}`,
      `${name} ${pattern(random, '^####')}`,
      `${name}, ${pattern(random, '@@ ^####')}`,
      `${pattern(random, '@@^ ^@@')} ${name}`,
      `${pattern(random, '##-###')} ${name}`,
      name,
      `${pattern(random, '^####')} ${name}.`,
      `${name}, ${pattern(random, '^####-####')}`,
      `${name} ${pattern(random, '@^@ ^@^')}`,
    ]);
  };
  const choice = random.next();
  const text = choice < 0.45 ? street() : choice < 0.8 ? town() : `${street()}, ${town()}`;
  return text.replace(/ $/, '') + (random.chance(0.25) ? ',' : '');
}

export function fileName(random: Random, word: WordPicker): string {
  const base = random.pick([
    plain(word()),
    `${plain(word())}_${plain(word())}`,
    `${plain(word())}-${random.int(1, 99)}`,
    pattern(random, 'IMG_####'),
    pattern(random, '########'),
  ]);
  const folder = random.pick([
    '',
    '',
    '',
    `/${plain(word())}/`,
    `C:\\${plain(word())}\\`,
    `../${plain(word())}/`,
    `~/${plain(word())}/`,
  ]);
  return `${folder}${base}.${random.pick(FILE_TYPES)}`;
}
