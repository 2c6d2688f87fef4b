/** List numbers, bullets and captions: what stands at the head of an item. */
import type { Random } from '../../../models/base/random.js';
import { pattern } from '../pattern.js';

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
