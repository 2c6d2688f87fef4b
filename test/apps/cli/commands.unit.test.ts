import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { FORMAT_CHOICES, READER_FLAGS, register } from '../../../apps/cli/commands/ocr.js';
import { COMMANDS } from '../../../apps/cli/commands.js';
import { FORMAT_NAMES } from '../../../apps/ocr/formats/formats.js';
import { ERROR_TABLE } from '../../../models/base/errors.js';
import { packageRoot } from '../../../models/base/paths.js';

const cli = join(packageRoot(), 'apps', 'cli');

describe('the table of commands', () => {
  it('names each file in commands/, and none besides', () => {
    const files = readdirSync(join(cli, 'commands')).filter((name) => name.endsWith('.ts'));
    expect(COMMANDS.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
  });

  it.each(COMMANDS)('$name registers itself with the same summary', async ({ name, summary }) => {
    const program = new Command();
    (await import(`../../../apps/cli/commands/${name}.ts`)).register(program);
    expect(program.commands.map((command) => command.name())).toEqual([name]);
    expect(program.commands[0]!.description()).toBe(summary);
  });
});

describe('options that are lists', () => {
  const below = (command: Command): Command[] => [command, ...command.commands.flatMap(below)];

  it.each(COMMANDS)('of $name have no default that what is given would be added to', async ({ name }) => {
    const program = new Command();
    (await import(`../../../apps/cli/commands/${name}.ts`)).register(program);
    for (const command of below(program)) {
      for (const { long, parseArg, defaultValue } of command.options)
        expect(parseArg !== undefined && Array.isArray(defaultValue), `${command.name()} ${long}`).toBe(
          false,
        );
    }
  });
});

describe('pocketlens ocr', () => {
  const program = new Command();
  register(program);
  const flags = program.commands[0]!.options.map((option) => option.long);

  it('offers every format of the table', () => {
    expect(FORMAT_CHOICES).toEqual(FORMAT_NAMES);
  });

  it('reaches every option of the reader', () => {
    for (const [option, flag] of Object.entries(READER_FLAGS)) expect(flags, option).toContain(flag);
  });
});

describe('README', () => {
  it('lists the exit codes as the table of errors has them', () => {
    const readme = readFileSync(join(cli, 'README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| (\d+) +\| ((?:`\w+` *)+)\|/gm)].map(([, exit, codes]) => [
      Number(exit),
      codes!.trim().replaceAll('`', '').split(' '),
    ]);
    const byExit = new Map<number, string[]>();
    for (const [code, { exit }] of Object.entries(ERROR_TABLE))
      byExit.set(exit, [...(byExit.get(exit) ?? []), code]);
    expect(rows).toEqual([...byExit].sort(([a], [b]) => a - b));
  });
});
