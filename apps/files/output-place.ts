/** What the path after -o means. */
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

/** A check that a path is none of the inputs, which must not be overwritten. @throws usage */
export function inputGuard(inputs: readonly Input[]): (path: string) => void {
  const images = new Set(inputs.map(({ source }) => ('path' in source ? resolve(source.path) : undefined)));
  return (path) => {
    if (images.has(resolve(path)))
      throw new PocketlensError('usage', `Expected an output other than the image ${path} itself.`, {
        remedy: 'Choose another name, or another folder.',
      });
  };
}
