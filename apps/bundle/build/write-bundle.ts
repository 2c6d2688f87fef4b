/** A bundle on disk: a folder, or a zip file. Either appears whole or not at all. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { zipSync } from 'fflate';
import { PocketlensError } from '../../../models/base/errors.js';
import { writeFileWhole } from '../../files/write-file.js';
import type { Bundle } from './build-bundle.js';

/** What every file of a zip is dated: the earliest that the format can say, in local time as it has no zone. */
const EPOCH = new Date(1980, 0, 1);

export const isZip = (path: string): boolean => /\.zip$/i.test(path);

/** Equal files give equal bytes: names are sorted, times fixed, and the compressor is our own dependency. */
export function zipBundle({ files }: Bundle): Uint8Array {
  const entries = [...files].map(([path, bytes]) => [
    path,
    [bytes, { mtime: EPOCH, level: 9 as const, os: 3 }] as const,
  ]);
  return zipSync(Object.fromEntries(entries));
}

/**
 * @param path ends in .zip for a file; else a folder that is not there yet, is empty, or holds a bundle, which it replaces
 * @throws output_unwritable
 */
export async function writeBundle(path: string, bundle: Bundle): Promise<void> {
  if (isZip(path)) return writeFileWhole(path, zipBundle(bundle));
  const target = resolve(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    for (const [name, bytes] of bundle.files) {
      const file = join(temporary, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    await takePlace(temporary, target);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw new PocketlensError(
      'output_unwritable',
      `Expected to write the bundle ${path} but could not: ${(cause as Error).message}.`,
      { remedy: 'Check the permissions and the free space.', cause },
    );
  }
}

/** Refuses, before the work, what could not be written after it. @throws invalid_argument, output_unwritable */
export function checkTarget(path: string): void {
  if (isZip(path) || !existsSync(path) || existsSync(join(path, 'manifest.json'))) return;
  throw new PocketlensError(
    'invalid_argument',
    `Expected a new folder or one of a bundle for --output but received ${path}.`,
    {
      remedy: 'What is in a folder is replaced as a whole: name another.',
    },
  );
}

async function takePlace(temporary: string, target: string): Promise<void> {
  if (!existsSync(target)) return rename(temporary, target);
  const old = `${temporary}.old`;
  await rename(target, old);
  try {
    await rename(temporary, target);
  } catch (cause) {
    await rename(old, target);
    throw cause;
  }
  await rm(old, { recursive: true, force: true });
}
