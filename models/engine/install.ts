/**
 * Sets up native TensorFlow for training: unpacks the C++ library out of TensorFlow's Python wheel into the user's
 * cache, compiles tfjs-node's addon against it, and puts the addon where tfjs-node looks for it. Nothing of Python
 * stays or runs later. Needs python with pip, a C++ compiler, and some 1.5 GB of disk while it works (0.9 GB after).
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PocketlensError } from '../base/errors.js';
import { compileAddon, placeAddon } from './addon.js';
import { engineMissing } from './engine-missing.js';
import { isAlive, withLock } from './lock.js';
import { type EnginePlatform, enginePlatform, TENSORFLOW_VERSION } from './platform.js';
import { describeSetup, hasLibraries, isInstalled } from './setup.js';
import { fetchLibraries } from './wheel.js';

export interface InstallOptions {
  /** A wheel file of TensorFlow that is here already, instead of pip's download. */
  wheel?: string;
  /** Progress, one line each. */
  log?: (line: string) => void;
}

export interface InstallResult {
  /** False when everything was in place already. */
  readonly changed: boolean;
  readonly addon: string;
  readonly libraryFolder: string;
}

/**
 * Makes native TensorFlow ready, doing only what is missing. Safe to run in several processes at once.
 * @throws engine_missing with a remedy when the platform, python, pip or a compiler is lacking, or a step failed.
 */
export async function installEngine(options: InstallOptions = {}): Promise<InstallResult> {
  const log = options.log ?? (() => {});
  const platform = requirePlatform();
  const setup = describeSetup(platform);
  const result = { addon: setup.addon, libraryFolder: setup.libraryFolder };
  if (isInstalled(setup)) return { ...result, changed: false };
  if (!platform.tested)
    log(`Native TensorFlow on ${platform.name} has not been tested by this project; trying it.`);
  const waiting = () => log('Another process is setting up the engine; waiting for it.');
  try {
    await withLock(join(setup.cache, '.lock'), waiting, async () => {
      removeLeftovers(setup.cache);
      if (!hasLibraries(setup)) await fetchLibraries(setup, options.wheel, log);
      if (!existsSync(setup.built)) await compileAddon(setup, log);
      placeAddon(setup);
    });
  } catch (cause) {
    if (cause instanceof PocketlensError) throw cause;
    const remedy = 'Make the cache (POCKETLENS_CACHE) and the installed tfjs-node package writable.';
    throw engineMissing(cause instanceof Error ? cause.message : String(cause), { remedy, cause });
  }
  return { ...result, changed: true };
}

/** True when native TensorFlow is set up for this checkout by `installEngine`. Takes milliseconds. */
export function engineInstalled(): boolean {
  const platform = enginePlatform();
  if (!platform) return false;
  try {
    return isInstalled(describeSetup(platform));
  } catch {
    return false;
  }
}

function requirePlatform(): EnginePlatform {
  const platform = enginePlatform();
  if (platform) return platform;
  throw engineMissing(
    `no TensorFlow ${TENSORFLOW_VERSION} library is published for ${process.platform}-${process.arch}`,
    {
      remedy: 'Train on Linux (x86-64 or arm64) or macOS (arm64); reading pages needs no TensorFlow.',
    },
  );
}

/** Folders of set-ups that were killed. */
function removeLeftovers(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = /^tmp-(\d+)$/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
