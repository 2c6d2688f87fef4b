/** Dates in the notations of several countries and centuries. */
import type { Random } from '../../../models/base/random.js';
import { time } from './times.js';

const MONTHS: readonly (readonly string[])[] = [
  [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  ['Jan.', 'Feb.', 'Mar.', 'Apr.', 'May', 'June', 'July', 'Aug.', 'Sept.', 'Oct.', 'Nov.', 'Dec.'],
  [
    'Januar',
    'Februar',
    'März',
    'April',
    'Mai',
    'Juni',
    'Juli',
    'August',
    'September',
    'Oktober',
    'November',
    'Dezember',
  ],
  [
    'janvier',
    'février',
    'mars',
    'avril',
    'mai',
    'juin',
    'juillet',
    'août',
    'septembre',
    'octobre',
    'novembre',
    'décembre',
  ],
  [
    'enero',
    'febrero',
    'marzo',
    'abril',
    'mayo',
    'junio',
    'julio',
    'agosto',
    'septiembre',
    'octubre',
    'noviembre',
    'diciembre',
  ],
  [
    'gennaio',
    'febbraio',
    'marzo',
    'aprile',
    'maggio',
    'giugno',
    'luglio',
    'agosto',
    'settembre',
    'ottobre',
    'novembre',
    'dicembre',
  ],
  [
    'januari',
    'februari',
    'maart',
    'april',
    'mei',
    'juni',
    'juli',
    'augustus',
    'september',
    'oktober',
    'november',
    'december',
  ],
  [
    'stycznia',
    'lutego',
    'marca',
    'kwietnia',
    'maja',
    'czerwca',
    'lipca',
    'sierpnia',
    'września',
    'października',
    'listopada',
    'grudnia',
  ],
];
const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
  'Mon',
  'Tue',
  'Wed',
  'Thu',
  'Fri',
  'Sat',
  'Sun',
  'Montag',
  'Mittwoch',
  'Samstag',
  'lundi',
  'jeudi',
  'martes',
  'viernes',
  'zondag',
];

const two = (value: number) => String(value).padStart(2, '0');

export function ordinal(value: number): string {
  const tens = value % 100;
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return value + suffix;
}

export function date(random: Random): string {
  const day = random.int(1, 31);
  const month = random.int(1, 12);
  const year = random.chance(0.75) ? random.int(1960, 2029) : random.int(1700, 1959);
  const short = two(year % 100);
  const english = () => random.pick(MONTHS.slice(0, 3))[month - 1]!;
  const any = () => random.pick(MONTHS)[month - 1]!;
  const core = () => {
    switch (random.int(0, 14)) {
      case 0:
        return `${two(day)}/${two(month)}/${year}`;
      case 1:
        return `${two(month)}/${two(day)}/${short}`;
      case 2:
        return `${day}/${month}/${random.chance(0.5) ? year : short}`;
      case 3:
        return `${two(day)}-${two(month)}-${random.chance(0.7) ? year : short}`;
      case 4:
        return `${year}-${two(month)}-${two(day)}`;
      case 5:
        return `${two(day)}.${two(month)}.${random.chance(0.7) ? year : short}`;
      case 6:
        return `${day}-${MONTHS[1]![month - 1]}-${random.chance(0.5) ? year : short}`;
      case 7:
        return `${english()} ${day}, ${year}`;
      case 8:
        return `${day} ${any()} ${year}`;
      case 9:
        return `${ordinal(day)} ${english()}${random.chance(0.5) ? ',' : ''} ${year}`;
      case 10:
        return `${day}. ${any()} ${year}`;
      case 11:
        return `${any()} ${year}`;
      case 12:
        return `${english()} ${ordinal(day)}`;
      case 13:
        return random.chance(0.5) ? String(year) : `’${short}`;
      default:
        return `${two(day)} ${english()} ${random.chance(0.5) ? `'${short}` : year}`;
    }
  };
  let text = core();
  const extra = random.next();
  if (extra < 0.12) text = `${text} ${time(random)}`;
  else if (extra < 0.2) text = `${random.pick(WEEKDAYS)}, ${text}`;
  else if (extra < 0.25) text = `${text}.`;
  else if (extra < 0.28) text = `(${text})`;
  return random.chance(0.1) ? text.toUpperCase() : text;
}
