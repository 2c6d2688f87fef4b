/** Words on signs, shop fronts, packages and web banners: short, mostly capitals, often names. */
import type { Random } from '../../../models/base/random.js';
import { LAST_NAMES, SCENE_WORDS, STREET_WORDS, SYLLABLES, TOWNS } from '../lexicon.js';
import { bare, capitalised, digits, pattern, titleCase, type WordPicker } from '../pattern.js';
import { date } from './dates.js';
import { money } from './money.js';
import { percentage } from './numbers.js';
import { time } from './times.js';

/** A name that no dictionary has. */
function brand(random: Random): string {
  let text = '';
  for (let i = random.int(1, 3); i >= 0; i--) text += random.pick(SYLLABLES);
  if (random.chance(0.08)) text += random.pick(["'s", '!', '24', '®', '™', ' & Co', '+', '360', 'X']);
  return text;
}

function base(random: Random, word: WordPicker): string {
  switch (
    random.weighted({
      corpus: 46,
      sign: 18,
      brand: 10,
      name: 5,
      number: 7,
      code: 3,
      phrase: 6,
      price: 3,
      possessive: 2,
    })
  ) {
    case 'sign':
      return random.pick(SCENE_WORDS);
    case 'brand':
      return brand(random);
    case 'name':
      return random.chance(0.6) ? random.pick(LAST_NAMES) : random.pick(TOWNS);
    case 'number':
      return random.pick([
        () => digits(random, random.int(1, 4)),
        () => String(random.int(1, 99)),
        () =>
          pattern(
            random,
            random.pick([
              '^st',
              '^#th',
              '^#/^',
              '24/7',
              '^#:##',
              '19##',
              '20##',
              '^#-^#',
              '^##-####',
              '#^',
              'No.^#',
              '#^#',
              '1-800',
              '^,###',
              '^.#',
              '^#+',
              '^#%',
            ]),
          ),
        () => percentage(random),
        () => time(random),
        () => date(random),
      ])();
    case 'code':
      return pattern(
        random,
        random.pick([
          '@^',
          '@##',
          '@^-@^',
          '^@',
          '@@ ####',
          '@@@ ###',
          '@&#',
          '@-#',
          '@@',
          '@@@',
          '@.@.',
          '@&@',
          '%%%%',
          '@',
          '&',
          '#',
          '@@@@@',
        ]),
      );
    case 'phrase':
      return random.pick([
        () => `${capitalised(bare(word()))} ${random.pick(STREET_WORDS)}`,
        () => `${random.pick(SCENE_WORDS)} ${random.pick(SCENE_WORDS)}`,
        () => `${random.pick(SCENE_WORDS)} & ${random.pick(SCENE_WORDS)}`,
        () => `${bare(word())} ${bare(word())}`,
        () => `${brand(random)} ${random.pick(SCENE_WORDS)}`,
        () => `${random.pick(SCENE_WORDS)}!`,
        () => `${capitalised(bare(word()))}-${capitalised(bare(word()))}`,
      ])();
    case 'price':
      return money(random);
    case 'possessive':
      return `${random.pick(LAST_NAMES)}${random.pick(["'s", '’s', "'S", "s'"])}`;
    default:
      return bare(word()) || random.pick(SCENE_WORDS);
  }
}

export function scene(random: Random, word: WordPicker): string {
  const text = base(random, word);
  const style = random.next();
  const cased =
    style < 0.45
      ? text.toUpperCase()
      : style < 0.72
        ? titleCase(text.toLowerCase())
        : style < 0.88
          ? text
          : text.toLowerCase();
  if (random.chance(0.06))
    return cased + random.pick(['.', ',', '!', '?', ':', '-', '...', '*', "'", '"', ')', '/', ';']);
  if (random.chance(0.02)) return random.pick(['"', '(', '#', '@', '-', '&', '*', '[', '/', "'"]) + cased;
  return cased;
}
