import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../../apps/cli/build.mjs';
import { packageRoot } from '../../../models/base/paths.js';

beforeAll(() => ensureBuilt());

/** Runs `work`, the body of an async function of `signal`, and interrupts it whenever it prints a line. */
async function interruptAtEachLine(work: string, kind: 'SIGINT' | 'SIGTERM' = 'SIGINT') {
  const module = pathToFileURL(join(packageRoot(), 'dist', 'apps', 'cli', 'interrupt.js')).href;
  const code = `
    import { writeSync } from 'node:fs';
    import { interruptible } from ${JSON.stringify(module)};
    const timer = setInterval(() => {}, 1000);
    try {
      await interruptible(async (signal) => { ${work} });
      process.exitCode = 3;
    } catch (error) {
      process.exitCode = error.exitCode;
    }
    clearInterval(timer);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (data: Buffer) => {
    printed += data;
    for (const _ of data.toString().matchAll(/\n/g)) child.kill(kind);
  });
  const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on('close', (...end) => resolve(end)),
  );
  return { exitCode, signal, printed };
}

describe('interruptible', () => {
  it('lets the work clean up after the first interrupt', async () => {
    const work = `
      writeSync(1, 'started\\n');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      writeSync(1, 'clean');
      throw signal.reason;`;
    expect(await interruptAtEachLine(work)).toEqual({
      exitCode: 130,
      signal: null,
      printed: 'started\nclean',
    });
  });

  it('ends at once at the second, though the thread is busy for good', async () => {
    const work = `
      writeSync(1, 'started\\n');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      writeSync(1, 'busy\\n');
      for (;;);`;
    for (const kind of ['SIGINT', 'SIGTERM'] as const) {
      expect(await interruptAtEachLine(work, kind)).toEqual({
        exitCode: null,
        signal: kind,
        printed: 'started\nbusy\n',
      });
    }
  });

  it('leaves signals alone once the work has ended', async () => {
    const work = `
      setTimeout(() => { writeSync(1, 'later\\n'); for (;;); }, 100);`;
    expect((await interruptAtEachLine(work)).signal).toBe('SIGINT');
  });
});
