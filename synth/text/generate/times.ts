/** Times of day and durations. */
import type { Random } from '../../../models/base/random.js';

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
