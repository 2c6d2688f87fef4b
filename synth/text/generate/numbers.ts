/** Numbers, percentages, measures, small formulas, ranges. */
import type { Random } from '../../../models/base/random.js';
import { digits, grouped, integer } from '../pattern.js';

/** Between groups of digits, and before decimals. */
export const SEPARATORS: readonly (readonly [group: string, decimal: string])[] = [
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

/** What the cells of tables hold most: few digits, often a zero. */
function cellNumber(random: Random): string {
  const kind = random.next();
  if (kind < 0.2) return '0';
  if (kind < 0.7) return String(random.int(0, 9));
  return kind < 0.9 ? String(random.int(10, 99)) : random.pick(['0.00', '0.0', '0,00', '0%', '00']);
}

/** A plain number in one of the usual notations. */
export function plainNumber(random: Random): string {
  if (random.chance(0.15)) return cellNumber(random);
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
