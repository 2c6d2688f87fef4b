import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../models/engine/lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('withLock', () => {
  it('lets one holder in at a time and tells who waits', async () => {
    const path = join(folder, 'deep', '.lock');
    let inside = 0;
    let waited = 0;
    const work = () =>
      withLock(
        path,
        () => waited++,
        async () => {
          inside++;
          expect(inside).toBe(1);
          await sleep(50);
          inside--;
        },
      );
    await Promise.all([work(), work(), work()]);
    expect(waited).toBe(2);
    expect(existsSync(path)).toBe(false);
  });

  it('lets go when the work fails', async () => {
    const path = join(folder, '.lock');
    const fail = withLock(
      path,
      () => {},
      () => Promise.reject(new Error('no')),
    );
    await expect(fail).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  it('takes over from a dead process and from a silent machine, at once', async () => {
    const path = join(folder, '.lock');
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(path, `${hostname()} ${dead}`);
    expect(await withLock(path, unexpected, async () => 'taken')).toBe('taken');
    writeFileSync(path, 'another-machine 1');
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    expect(await withLock(path, unexpected, async () => 'taken')).toBe('taken');
  });
});

function unexpected(): never {
  throw new Error('waited for a stale lock');
}
