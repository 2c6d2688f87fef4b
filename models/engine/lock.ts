/** A lock file among processes of one user, so that two set-ups at once do not download the same thing twice. */
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;

/**
 * Runs `work` while holding the lock file `path`; waits for another holder to finish first. A lock whose process died,
 * or whose heartbeat stopped for a minute, is taken over. The lock only saves work: what it guards must stay correct
 * (write aside, then rename) if two holders ever overlap.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const owner = `${hostname()} ${process.pid}`;
  let told = false;
  while (!tryCreate(path, owner)) {
    if (isStale(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) onWait();
    told = true;
    await sleep(200);
  }
  const heartbeat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Taken over or removed: the work goes on, see above.
    }
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (readOwner(path) === owner) rmSync(path, { force: true });
  }
}

function tryCreate(path: string, owner: string): boolean {
  try {
    writeFileSync(path, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isStale(path: string): boolean {
  try {
    const age = Date.now() - statSync(path).mtimeMs;
    if (age > STALE_MS) return true;
    const [host, pid] = (readOwner(path) ?? '').split(' ');
    return host === hostname() && pid !== undefined && pid !== '' && !isAlive(Number(pid));
  } catch {
    return false; // It has just gone: try again.
  }
}

/** True when a process of that id runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
