import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { register } from '../../../apps/cli/commands/ocr.js';
import { applyConfigFile } from '../../../apps/cli/config-file.js';

const folder = mkdtempSync(join(tmpdir(), 'config-file-'));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** The options of `pocketlens ocr` with a command line and a file. */
async function optionsOf(argv: readonly string[], path: string): Promise<Record<string, unknown>> {
  const program = new Command();
  register(program);
  const command = program.commands[0]!;
  command.action(() => {});
  await program.parseAsync(['ocr', 'a.png', ...argv], { from: 'user' });
  await applyConfigFile(command, path);
  return command.opts();
}

describe('applyConfigFile', () => {
  it('sets options through their own parsers', async () => {
    const path = file('all.json', {
      format: ['text', 'hocr'],
      'min-confidence': 0.3,
      region: '0,0,40,20',
      characters: true,
      jobs: '2',
      output: 'out/',
    });
    expect(await optionsOf([], path)).toMatchObject({
      format: ['text', 'hocr'],
      minConfidence: 0.3,
      region: { x: 0, y: 0, width: 40, height: 20 },
      characters: true,
      jobs: 2,
      output: 'out/',
      mode: 'page',
    });
  });

  it('takes a switch that turns something off as the command line does', async () => {
    expect(await optionsOf([], file('off.json', { 'no-spelling': true }))).toMatchObject({ spelling: false });
    expect(await optionsOf([], file('on.json', { 'no-spelling': false }))).toMatchObject({ spelling: true });
  });

  it('lets the command line win, but not the defaults', async () => {
    const path = file('win.json', { mode: 'line', format: 'json', jobs: 3 });
    expect(await optionsOf(['-f', 'tsv', '--jobs', '1'], path)).toMatchObject({
      mode: 'line',
      format: ['tsv'],
      jobs: 1,
    });
  });

  it.each([
    ['an unknown name', { colour: 'red' }, 'invalid_config', /colour.*format/s],
    ['itself', { config: 'other.json' }, 'invalid_config', /config/],
    ['a switch that is no switch', { characters: 'yes' }, 'invalid_config', /true or false/],
    ['a value that is none', { output: { a: 1 } }, 'invalid_config', /output/],
    ["a value that the option's parser refuses", { jobs: 0 }, 'invalid_argument', /--jobs/],
    ['a list for the whole', [1], 'invalid_config', /one object/],
    ['no JSON', '{', 'invalid_config', /does not parse/],
  ])('refuses %s', async (_, content, code, text) => {
    const refused = optionsOf([], file('bad.json', content));
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused.catch((error) => error.toLine())).resolves.toMatch(text);
  });

  it('says that there is no file', async () => {
    await expect(optionsOf([], join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'input_not_found',
    });
  });
});
