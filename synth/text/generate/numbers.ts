/** Numbers, amounts of money, percentages, measures. */
import type { Random } from '../../../models/base/random.js';
import { digits, grouped, integer, pattern } from '../pattern.js';

const SEPARATORS: readonly (readonly [group: string, decimal: string])[] = [
  [',', '.'],
  [',', '.'],
  [',', '.'],
  ['', '.'],
  ['', '.'],
  ['', ','],
  ['.', ','],
  [' ', ','],
  ["'", '.'],
  ['’', '.'],
];

const PREFIX_CURRENCIES = [
  '$',
  '$',
  '$',
  '£',
  '€',
  'RM',
  'RM ',
  'RM',
  '$ ',
  '¥',
  'US$',
  'A$',
  'C$',
  'S$',
  'HK$',
  '€ ',
  'EUR ',
  'USD ',
  'MYR ',
  'CHF ',
  'Fr. ',
  'Rs. ',
  'Rs ',
  '₹',
  '₩',
  '₱',
  '₫',
  '₦',
  '₪',
  '₺',
  '₽',
  '₴',
  '£ ',
  'Kč ',
  'R$ ',
];
const SUFFIX_CURRENCIES = [
  ' €',
  '€',
  ' €',
  ' EUR',
  ' kr',
  ' kr.',
  ' zł',
  ' PLN',
  ' CHF',
  ' Fr.',
  ' USD',
  ' £',
  ',- €',
  '¢',
  ' Kč',
  ' Ft',
  ' ₽',
  ' ₺',
  ' DM',
  ' Mk.',
  ' fl.',
  ' SEK',
  ' NOK',
];
const UNITS = [
  'kg',
  'g',
  'mg',
  'km',
  'm',
  'cm',
  'mm',
  'ml',
  'l',
  'L',
  'kW',
  'MHz',
  'GB',
  'MB',
  '°C',
  '°F',
  '°',
  'm²',
  'km²',
  'm³',
  'µm',
  'lbs',
  'lb',
  'oz',
  'ft',
  'ft.',
  'in.',
  'miles',
  'pcs',
  'PCS',
  'hrs',
  'min.',
  's',
  'V',
  'A',
  'Hz',
  'KG',
  'ML',
  'Ω',
  'kΩ',
  'sq km',
  'mph',
  'km/h',
  'cal',
  'days',
  'yrs',
  'p.',
  'dpi',
  'px',
  "'",
  '"',
  '″',
  '′',
];
const FRACTIONS = ['½', '¼', '¾', '½', '¼', '¾', '⅓', '⅔', '⅛', '⅜', '⅝', '⅞', ' 1/2', '-1/4', ' 3/4'];
const RELATIONS = ['=', '<', '>', '±', '≤', '≥', '≈', '~', '≠', '+', '-', '−', '×', '÷', '*', '/', ':', '→'];

/** A plain number in one of the usual notations. */
export function plainNumber(random: Random): string {
  const [group, decimal] = random.pick(SEPARATORS);
  const value = integer(random, 7);
  const whole = value >= 10000 || random.chance(0.7) ? grouped(value, group) : String(value);
  const places = random.chance(0.5) ? 0 : random.int(1, random.chance(0.8) ? 2 : 4);
  const number = places === 0 ? whole : whole + decimal + digits(random, places);
  switch (random.int(0, 24)) {
    case 0:
      return `-${number}`;
    case 1:
      return `(${number})`;
    case 2:
      return `${number}*`;
    case 3:
      return `+${number}`;
    case 4:
      return `(${digits(random, random.int(1, 3))})`;
    case 5:
      return `.${digits(random, random.int(1, 3))}`;
    case 6:
      return `${number}.`;
    case 7:
      return random.pick([
        '0',
        '0.00',
        '0.0',
        '-',
        '–',
        '—',
        'N/A',
        'n/a',
        '1',
        '2',
        '3',
        '10',
        '100',
        '0.00',
        '1.00',
        'nil',
        '--',
        '***',
      ]);
    default:
      return number;
  }
}

/** An amount as it is printed on receipts and price tags, with or without a currency. */
export function money(random: Random): string {
  const [group, decimal] = random.pick(SEPARATORS);
  const whole = grouped(integer(random, random.chance(0.8) ? 4 : 7), group);
  const cents = random.chance(0.5)
    ? random.pick(['00', '90', '50', '95', '99', '20', '80', '40'])
    : digits(random, 2);
  const amount = random.chance(0.85)
    ? whole + decimal + cents
    : random.chance(0.3)
      ? `${whole}.-`
      : random.chance(0.2)
        ? `${whole}.—`
        : whole;
  const sign = random.chance(0.06) ? '-' : '';
  const choice = random.next();
  if (choice < 0.4) return sign + amount;
  if (choice < 0.8) return sign + random.pick(PREFIX_CURRENCIES) + amount;
  return sign + amount + random.pick(SUFFIX_CURRENCIES);
}

export function percentage(random: Random): string {
  const [, decimal] = random.pick(SEPARATORS);
  const value = random.int(0, 100) + (random.chance(0.5) ? decimal + digits(random, random.int(1, 2)) : '');
  const sign = random.chance(0.1) ? random.pick(['+', '-', '−', '±', '<', '>', '~']) : '';
  return (
    sign +
    value +
    random.pick(['%', '%', '%', '%', ' %', '‰', ' per cent', ' percent']) +
    (random.chance(0.08) ? ' OFF' : '')
  );
}

export function measure(random: Random): string {
  if (random.chance(0.2))
    return `${random.int(1, 40)}${random.pick(FRACTIONS)}${random.pick(['"', '″', '', ' in.', ' x ', '%', ' h']).trimEnd()}`;
  if (random.chance(0.25))
    return `${random.int(1, 300)} ${random.pick(['x', '×', 'X', 'by'])} ${random.int(1, 300)}${random.pick(['', ' cm', ' mm', '"', ' px'])}`;
  return `${plainNumber(random)}${random.pick([' ', ' ', ''])}${random.pick(UNITS)}`;
}

/** Small sums and comparisons. */
export function formula(random: Random): string {
  const gap = random.chance(0.7) ? ' ' : '';
  const term = () =>
    random.chance(0.5)
      ? plainNumber(random)
      : random.pick([
          'x',
          'y',
          'n',
          'p',
          'N',
          'a²',
          'b³',
          'x²',
          '√2',
          'π',
          'Δt',
          '∑ x',
          '∞',
          '10⁶',
          'f(x)',
          '2n',
          'α',
          'μ',
          'σ',
          '∂y',
          '∫ f',
          'x₁',
          '¹⁄₂',
          '|x|',
          'n!',
          'H₂O',
          'CO₂',
        ]);
  const parts = [term()];
  for (let i = random.int(1, 3); i > 0; i--) parts.push(random.pick(RELATIONS), term());
  return parts.join(gap);
}

/** A range: of pages, years, prices. */
export function span(random: Random): string {
  const low = integer(random, 4);
  const high = low + integer(random, 3) + 1;
  return `${random.pick(['', '', '', 'pp. ', 'p. ', 'S. ', 'Nos. ', 'ss. '])}${low}${random.pick(['-', '–', '—', ' - ', ' – ', ' to ', '/', '...'])}${high}`;
}

/** Times and durations. */
export function time(random: Random): string {
  const h24 = random.int(0, 23);
  const minute = String(random.int(0, 59)).padStart(2, '0');
  const second = String(random.int(0, 59)).padStart(2, '0');
  const h12 = (h24 % 12) + 1;
  switch (random.int(0, 6)) {
    case 0:
      return `${h12}:${minute} ${random.pick(['AM', 'PM', 'am', 'pm', 'a.m.', 'p.m.'])}`;
    case 1:
      return `${h12}:${minute}:${second} ${random.pick(['AM', 'PM'])}`;
    case 2:
      return `${String(h24).padStart(2, '0')}:${minute}:${second}`;
    case 3:
      return `${h12}${random.pick(['am', 'pm', ' AM', ' PM', ' Uhr', 'h', " o'clock"])}`;
    case 4:
      return `${h24}${random.pick(['.', 'h', ':'])}${minute}${random.pick(['', '', ' Uhr', ' h'])}`;
    case 5:
      return `${h12}:${minute} - ${random.int(1, 12)}:${random.pick(['00', '30'])}`;
    default:
      return `${String(h24).padStart(2, '0')}:${minute}`;
  }
}

/** A list number or label at the head of an item. */
export function enumeration(random: Random): string {
  return random.pick([
    () => `${random.int(1, 400)}.`,
    () => `${random.int(1, 40)})`,
    () => `(${random.int(1, 20)})`,
    () => pattern(random, '(&)'),
    () => pattern(random, '&)'),
    () => pattern(random, '@.'),
    () => `${random.int(1, 12)}.${random.int(1, 12)}`,
    () => `${random.int(1, 12)}.${random.int(1, 12)}.${random.int(1, 9)}`,
    () =>
      random.pick([
        'I.',
        'II.',
        'III.',
        'IV.',
        'V.',
        'VI.',
        'VII.',
        'VIII.',
        'IX.',
        'X.',
        'XI.',
        'XII.',
        'XIV.',
        'i.',
        'ii.',
        'iii.',
        '(iv)',
        '(v)',
      ]),
    () =>
      random.pick([
        '•',
        '•',
        '-',
        '–',
        '—',
        '*',
        '·',
        '►',
        '■',
        '○',
        '▪',
        '→',
        '✓',
        '>',
        '+',
        '†',
        '‡',
        '§',
        '¶',
        'o',
      ]),
    () => `#${random.int(1, 99)}`,
    () => `No. ${random.int(1, 300)}`,
    () => `§ ${random.int(1, 300)}`,
    () =>
      `${random.pick(['Fig.', 'Table', 'Chapter', 'Abb.', 'Art.', 'Sec.', 'Tab.', 'Kap.'])} ${random.int(1, 60)}${random.pick(['', '.', ':', ''])}`,
    () => `${random.int(1, 30)} Q.`,
    () => `${random.int(1, 30)}`,
  ])();
}
