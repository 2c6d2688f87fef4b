/** Where the package's own files, the user's cache and the data sets lie. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PocketlensError } from './errors.js';

let root: string | undefined;

/** The folder of Pocketlens's package.json: the same for sources, compiled files and an installed package. */
export function packageRoot(): string {
  if (root) return root;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isPackageRoot(folder)) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new PocketlensError('internal', 'Expected package.json above the code but found none.');
    folder = parent;
  }
  root = folder;
  return folder;
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

function isPackageRoot(folder: string): boolean {
  const file = join(folder, 'package.json');
  return (
    existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'pocketlens'
  );
}

/** A user-level cache folder (`POCKETLENS_CACHE`, else `$XDG_CACHE_HOME/pocketlens`, else `~/.cache/pocketlens`). */
export function cacheFolder(...parts: string[]): string {
  const { POCKETLENS_CACHE, XDG_CACHE_HOME } = process.env;
  return join(POCKETLENS_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'pocketlens'), ...parts);
}

/** The data sets (`POCKETLENS_DATA`, else `./data`), or undefined where there are none. */
export function findDataFolder(): string | undefined {
  const folder = resolve(process.env.POCKETLENS_DATA || 'data');
  return existsSync(folder) ? folder : undefined;
}

/** A folder or file below the data sets. @throws data_missing */
export function dataPath(...parts: string[]): string {
  const folder = findDataFolder();
  const path = folder && join(folder, ...parts);
  if (path && existsSync(path)) return path;
  throw new PocketlensError('data_missing', `Expected the data sets' ${join(...parts)} but found none.`, {
    remedy: 'Set POCKETLENS_DATA to the data folder or link it to ./data.',
  });
}
