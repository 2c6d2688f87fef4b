import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../apps/cli/commands.js';
import { FORMAT_NAMES, FORMATS } from '../apps/ocr/formats/formats.js';
import { packageRoot } from '../models/base/paths.js';
import { listFiles, readSource } from './architecture.js';

const readme = readSource('README.md');

/** The commands in the README's blocks of shell, with continued lines joined and remarks left out. */
const lines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => block!.replaceAll('\\\n', ' ').split('\n'))
  .flatMap((line) => {
    const words = /npx pocketlens ([^#>]*)/.exec(line)?.[1]?.trim().split(/\s+/);
    return words ? [words] : [];
  });

describe('the README', () => {
  it('shows every command', () => {
    const shown = new Set([
      ...lines.map(([name]) => name),
      ...(readme.includes('npm run engine') ? ['engine'] : []),
    ]);
    expect([...shown].sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  });

  it('shows only commands and options that there are', async () => {
    for (const words of lines) {
      const program = new Command();
      (await import(`../apps/cli/commands/${words[0]}.ts`)).register(program);
      let command = program;
      for (const word of words) {
        const next = command.commands.find((sub) => sub.name() === word);
        if (!next) break;
        command = next;
      }
      // A group that does something by itself needs no subcommand.
      if (!Reflect.get(command, '_actionHandler')) expect(command.commands, words.join(' ')).toEqual([]);
      for (const flag of words.filter((word) => /^--?[a-z]/.test(word)))
        expect(
          command.options.some(({ long, short }) => long === flag || short === flag),
          `${words.join(' ')}: ${flag}`,
        ).toBe(true);
    }
  });

  it('lists every output format with its ending', () => {
    for (const name of FORMAT_NAMES) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row, name).toContain(`\`${FORMATS[name].suffixes[0]}\``);
    }
  });

  it('holds each region that a command writes, once', () => {
    const regions = listFiles(['apps'])
      .filter((file) => file.startsWith('apps/cli/bench/'))
      .flatMap((file) => [...readSource(file).matchAll(/REGION\w* = '([^']+)'/g)].map(([, name]) => name!));
    expect(regions).toContain('bench:ocr');
    for (const region of regions)
      for (const mark of [`<!-- ${region} -->`, `<!-- /${region} -->`])
        expect(readme.split(mark).length - 1, mark).toBe(1);
  });

  it('names files that are there', () => {
    const named = [
      ...[...readme.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path]) => path!),
      ...[...readme.matchAll(/\b(?:apps|models\/base|samples|synth)\/[\w./-]*\w/g)].map(([path]) => path),
    ];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
  });
});

describe("the folders' READMEs", () => {
  it('link to what is there', () => {
    const files = [...listFiles(), 'samples/README.md'].filter((file) => file.endsWith('/README.md'));
    expect(files.length).toBeGreaterThan(10);
    const lost = files.flatMap((file) =>
      [...readSource(file).matchAll(/\]\((?!http)([^)#]+)/g)]
        .filter(([, path]) => !existsSync(join(packageRoot(), dirname(file), path!)))
        .map(([, path]) => `${file} → ${path}`),
    );
    expect(lost).toEqual([]);
  });
});
