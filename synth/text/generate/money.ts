/** Amounts of money, as receipts, invoices and price tags print them. */
import type { Random } from '../../../models/base/random.js';
import { digits, grouped, integer } from '../pattern.js';
import { SEPARATORS } from './numbers.js';

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
