import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { register } from '../../../apps/cli/commands/engine.js';
import { engineInstalled, installEngine } from '../../../models/engine/install.js';
import { enginePlatform } from '../../../models/engine/platform.js';

/** A machine whose only programs are the scripts given here, and whose cache is empty. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-engine-'));
  mkdirSync(join(folder, 'bin'));
  vi.stubEnv('PATH', join(folder, 'bin'));
  vi.stubEnv('CXX', '');
  vi.stubEnv('PYTHON', '');
  vi.stubEnv('POCKETLENS_CACHE', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function program(name: string, script: string): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

async function failure(): Promise<{ code: string; message: string; remedy: string; exitCode: number }> {
  return installEngine().then(
    () => expect.fail('it succeeded'),
    (error) => error,
  );
}

function leftovers(): string[] {
  const cache = join(folder, 'cache', 'engine');
  return existsSync(cache) ? readdirSync(cache) : [];
}

describe.runIf(enginePlatform())('installEngine on a machine that lacks something', () => {
  it('names the missing python or pip', async () => {
    expect(await failure()).toMatchObject({ code: 'engine_missing', exitCode: 70 });
    program('python3', 'exit 1');
    const error = await failure();
    expect(error.message).toContain('python with pip is not here');
    expect(error.remedy).toContain('python3-pip');
  });

  it('names the missing compiler before it downloads anything', async () => {
    program('python3', `[ "$3" = --version ] || echo "$@" > ${join(folder, 'called')}`);
    const error = await failure();
    expect(error.message).toContain('a C++ compiler is not here');
    expect(existsSync(join(folder, 'called'))).toBe(false);
  });

  it('passes on what pip said, and leaves nothing half-done', async () => {
    program('c++', 'exit 0');
    program('python3', '[ "$3" = --version ] && exit 0; echo "ERROR: no route to the index" >&2; exit 1');
    const error = await failure();
    expect(error.message).toContain('no route to the index');
    expect(leftovers()).toEqual([]);
    expect(engineInstalled()).toBe(false);
  });
});

describe('pocketlens engine', () => {
  async function run(...args: string[]): Promise<string> {
    const lines: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const command = new Command();
    register(command);
    await command.parseAsync(['node', 'pocketlens', 'engine', ...args]);
    return lines.join('');
  }

  it('fails with a coded error where it cannot set up', async () => {
    await expect(run()).rejects.toMatchObject({ code: 'engine_missing' });
  });

  it('says one line and succeeds with --for-tests', async () => {
    const output = await run('--for-tests');
    expect(output).toMatch(/^Native TensorFlow is not set up: .* portable backend at smaller sizes\.\n$/);
  });
});
