/** What the path after -o means. */
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import type { Input } from './inputs.js';

/** Whether a path is a folder, or, where nothing stands there yet, is to be one. */
export async function isFolder(path: string, otherwise: boolean): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => /[\\/]$/.test(path) || otherwise,
  );
}

/**
 * A check that a path is none of the inputs, nor a list of them, which must not be overwritten: not by another name either
 * (links, another case of letters). @throws usage
 */
export function inputGuard(inputs: readonly Input[]): (path: string) => void {
  const paths = inputs.flatMap(({ source, list }) => [
    ...('path' in source ? [source.path] : []),
    ...(list === undefined ? [] : [list]),
  ]);
  const taken = new Set(paths.flatMap(namesOf));
  return (path) => {
    if (namesOf(path).some((name) => taken.has(name)))
      throw new PocketlensError('usage', `Expected an output other than the input ${path} itself.`, {
        remedy: 'Choose another name, or another folder.',
      });
  };
}

/** The path, and the file that stands there, whatever it is called. */
function namesOf(path: string): string[] {
  const name = resolve(path);
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return [name, `${dev}:${ino}`];
  } catch {
    // Nothing stands there, or nothing can be seen of it.
    return [name];
  }
}
