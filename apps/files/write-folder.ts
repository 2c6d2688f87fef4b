/** Folders that appear whole or not at all, and never in the place of somebody else's. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { makeFolder } from '../../models/base/make-folder.js';
import { unwritable } from './write-file.js';

/** What tells a folder that we wrote: a file in it, and what that says. */
export interface FolderMark {
  readonly file: string;
  isOurs(content: string): boolean;
}

/**
 * Refuses, before the work, what may not be replaced after it.
 *
 * @param what it is that is written, for the message
 * @throws output_unwritable unless `path` is free, an empty folder, or one with our mark
 */
export async function checkFolderPlace(path: string, mark: FolderMark, what: string): Promise<void> {
  if (!existsSync(path)) return;
  const names = await readdir(path).catch(() => undefined);
  if (names?.length === 0) return;
  const content = names && (await readFile(join(path, mark.file), 'utf8').catch(() => undefined));
  if (content !== undefined && mark.isOurs(content)) return;
  throw new PocketlensError(
    'output_unwritable',
    `Expected a new or empty folder, or one that was written before, for ${what} but received ${path}.`,
    { remedy: 'What is in a folder is replaced as a whole: name another.' },
  );
}

/**
 * Writes a folder, in place of one that is there; that one comes back where the new one fails.
 *
 * @param files path below the folder, with slashes → bytes
 * @throws output_unwritable
 */
export async function writeFolderWhole(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const target = resolve(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    for (const [name, bytes] of files) {
      const file = join(temporary, name);
      await makeFolder(dirname(file));
      await writeFile(file, bytes);
    }
    await takePlace(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
}

async function takePlace(temporary: string, target: string): Promise<void> {
  if (!existsSync(target)) return rename(temporary, target);
  const old = `${temporary}.old`;
  await rename(target, old);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
