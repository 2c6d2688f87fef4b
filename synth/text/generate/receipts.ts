/** Lines of shop receipts and bills. */
import type { Random } from '../../../models/base/random.js';
import { RECEIPT_FIELDS, RECEIPT_ITEMS, RECEIPT_LABELS, RECEIPT_PHRASES } from '../lexicon.js';
import { bare, digits, integer, pattern, titleCase, type WordPicker } from '../pattern.js';
import { serial } from './codes.js';
import { address, company, phone } from './contact.js';
import { date } from './dates.js';
import { money } from './money.js';
import { plainNumber } from './numbers.js';
import { time } from './times.js';

/** A price without a currency sign, as in the columns of a receipt. */
const price = (random: Random): string =>
  `${random.chance(0.06) ? '-' : ''}${integer(random, 4)}.${random.chance(0.6) ? random.pick(['00', '90', '50', '95', '10', '20']) : digits(random, 2)}`;

function item(random: Random, word: WordPicker): string {
  let name: string = random.pick(RECEIPT_ITEMS);
  if (random.chance(0.35)) {
    const extra = bare(word());
    name = random.chance(0.5) ? `${extra} ${name}` : `${name} ${extra}`;
    name = random.chance(0.8) ? name.toUpperCase() : titleCase(name);
  }
  const size = random.next();
  if (size < 0.15)
    name += ` ${random.int(1, 900)}${random.pick(['G', 'ML', 'KG', 'L', 'g', 'ml', "'S", 'PCS', 'MM', 'CM', '"'])}`;
  else if (size < 0.2)
    name += ` ${pattern(random, random.pick(['##X##', '(@)', '#X#', '@##', '(###)', '- #']))}`;
  else if (size < 0.25) name += `/${random.pick(RECEIPT_ITEMS)}`;
  return name;
}

export function receipt(random: Random, word: WordPicker): string {
  switch (
    random.weighted({
      item: 17,
      itemLine: 8,
      quantity: 8,
      price: 22,
      label: 7,
      total: 8,
      phrase: 9,
      field: 12,
      firm: 4,
      address: 6,
      phone: 3,
      date: 5,
      code: 4,
    })
  ) {
    case 'item':
      return item(random, word);
    case 'itemLine': {
      const prefix = random.pick([
        '',
        '',
        `${random.int(1, 9)} `,
        `${random.int(1, 9)}. `,
        `${pattern(random, '######')} `,
        'SR ',
        '* ',
      ]);
      const tax = random.pick(['', '', '', ' SR', ' S', ' Z', ' *', ' A', ' B', ' T']);
      return `${prefix}${item(random, word)} ${random.chance(0.3) ? `${random.int(1, 20)} ${price(random)} ` : ''}${random.pick(['', '', '', 'RM', '$', 'RM '])}${price(random)}${tax}`;
    }
    case 'quantity': {
      const quantity = random.chance(0.8)
        ? String(random.int(1, 24))
        : `${random.int(1, 9)}.${digits(random, 3)}`;
      const unit = random.pick(['', '', '', ' PC', ' PCS', ' KG', ' UNIT', ' EA', 'pc']);
      return random.pick([
        `${quantity}${unit} ${random.pick(['X', 'x', '@', '*', '×'])} ${price(random)}`,
        `${quantity} ${random.pick(['X', 'x', '@'])} ${random.pick(['RM', '$', '€', ''])}${price(random)} ${price(random)}`,
        `${quantity}${unit}`,
        `${quantity}${random.pick(['X', 'x'])}`,
        `(${quantity} x ${price(random)})`,
        `${item(random, word)} @ ${quantity}`,
        `${quantity} X ${digits(random, 1)}.${digits(random, 4)}`,
      ]);
    }
    case 'price':
      return random.chance(0.5)
        ? price(random)
        : random.chance(0.7)
          ? money(random)
          : random.chance(0.5)
            ? `RM${price(random)}`
            : plainNumber(random);
    case 'label':
      return random.pick(RECEIPT_LABELS) + random.pick(['', '', '', ':', ' :', ' (RM)', '(RM)', ' :']);
    case 'total':
      return `${random.pick(RECEIPT_LABELS)}${random.pick([' ', ': ', ' : ', ':', ' RM ', ' $', ' € '])}${price(random)}`;
    case 'phrase': {
      const phrase = random.pick(RECEIPT_PHRASES);
      const choice = random.next();
      return choice < 0.1
        ? `*** ${phrase} ***`
        : choice < 0.2
          ? titleCase(phrase.toLowerCase())
          : choice < 0.25
            ? `${phrase}!`
            : phrase;
    }
    case 'field': {
      const label = random.pick(RECEIPT_FIELDS) + random.pick([':', ': ', ' : ', ' :', '', ' ', '. ', '#: ']);
      return (
        label +
        random.pick([
          serial,
          date,
          time,
          (r: Random) => digits(r, r.int(2, 12)),
          () => '',
          () => bare(word()).toUpperCase(),
        ])(random)
      ).trim();
    }
    case 'firm':
      return company(random, word);
    case 'address':
      return random.chance(0.7) ? address(random, word).toUpperCase() : address(random, word);
    case 'phone':
      return phone(random);
    case 'date':
      return random.chance(0.7) ? date(random) : `${date(random)} ${time(random)}`;
    default:
      return random.chance(0.5) ? serial(random) : digits(random, random.int(4, 14));
  }
}
