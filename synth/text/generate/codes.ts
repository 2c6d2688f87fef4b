/** Serial numbers, identifiers, references, and lines of program text: strings that no dictionary helps with. */
import type { Random } from '../../../models/base/random.js';
import { bare, digits, pattern, type WordPicker } from '../pattern.js';

const TEMPLATES = [
  '########',
  '#########',
  '##########',
  '############',
  '########-####',
  '#####',
  '######',
  '@@@-###',
  '@@ ####',
  '@#######',
  '@@######',
  '%%%%-%%%%',
  '%%%%%%',
  '%%%%-%%%%-%%%%',
  '%%%%%%%%%%',
  '@####',
  '@-###',
  '#@-##',
  '@@/##/###',
  '@/@@@/##/###',
  '###-###-##',
  '##-#####',
  '#####-####-##',
  '@@@@ ####',
  '@@ @@@ ##',
  '@@## @@@',
  '###/##',
  '##/@-##',
  '#-###-#####-#',
  'ISBN ###-#-###-#####-#',
  'ISSN ####-###@',
  'DE## #### #### #### #### ##',
  'GB## @@@@ #### #### ####',
  '#### #### #### ####',
  '**** **** **** ####',
  'XXXX-XXXX-XXXX-####',
  'S/N: %%%%%%%%',
  'P/N ###-####',
  'Ref: @@/####/##',
  'No. ######',
  '# ####',
  '#####*',
  '###.###.#.##',
  '~~~~~~~~',
  '0x~~~~',
  '~~:~~:~~:~~:~~:~~',
  '{~~~~~~~~-~~~~-~~~~}',
  '#~~~~~~',
  'v#.#.#',
  'V#.##',
  'Ver. #.#',
  '(######-@)',
  '(###)',
  '[##]',
  '[#]',
  '##:##',
  '000#########',
  '0000#####',
  '@#############',
  '@@@',
  '@@@@',
  '@@',
  '@.@.@.',
  '@&@&',
  '@@&##',
  '@##',
  '#@',
  '#@#',
  '@#@',
  '%%',
  '%%%',
];

export function serial(random: Random): string {
  return pattern(random, random.pick(TEMPLATES));
}

const OPERATORS = [
  '=',
  '==',
  '!=',
  '+=',
  '->',
  '=>',
  '<=',
  '>=',
  '&&',
  '||',
  '<<',
  '%',
  '^',
  '~',
  '|',
  ':=',
  '*',
  '/',
  '-',
  '+',
];

/** A line of some program, shell or markup. */
export function program(random: Random, word: WordPicker): string {
  const name = () => {
    const first = bare(word()).toLowerCase() || 'x';
    return random.chance(0.25)
      ? `${first}_${bare(word()).toLowerCase()}`
      : random.chance(0.15)
        ? `$${first}`
        : random.chance(0.1)
          ? first.toUpperCase()
          : first;
  };
  const value = () =>
    random.pick([
      name,
      name,
      () => digits(random, random.int(1, 3)),
      () => `"${name()}"`,
      () => `'${name()}'`,
      () => `${name()}[${random.int(0, 9)}]`,
      () => `${name()}.${name()}`,
      () => `&${name()}`,
      () => `*${name()}`,
      () => `@${name()}`,
      () => `!${name()}`,
    ])();
  return random.pick([
    () => `${name()} ${random.pick(OPERATORS)} ${value()};`,
    () => `if (${name()} ${random.pick(OPERATORS)} ${value()}) {`,
    () => `${name()}(${value()}, ${value()});`,
    () => `for (i = 0; i < ${value()}; i++)`,
    () => `return ${value()} ${random.pick(OPERATORS)} ${value()}; }`,
    () => `<${name()} ${name()}="${name()}">`,
    () => `</${name()}>`,
    () => `$ ${name()} -${pattern(random, '&')} ${name()} | ${name()} > ${name()}.txt`,
    () => `# ${name()} --${name()}=${value()} \\`,
    () => `{"${name()}": ${value()}}`,
    () => `{ ${name()}: [${value()}, ${value()}] }`,
    () => `\\${name()}{${name()}}^{${random.int(0, 9)}}_${pattern(random, '&')}`,
    () => `// ${name()} ${name()}`,
    () => `\`${name()}\``,
    () => `#${name()}`,
    () => `@${name()}`,
    () => `~/${name()}/${name()}`,
    () => `<${name()}@${name()}>`,
    () => `${name()}?${name()}:${name()}`,
    () => `%${pattern(random, '&')} ${name()} ^ ${name()}`,
  ])();
}
