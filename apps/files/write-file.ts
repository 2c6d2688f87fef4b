/** Files that appear whole or not at all: written beside their place under a temporary name, then renamed. */
import { unlinkSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { makeFolder } from '../../models/base/make-folder.js';

/** Temporary files that are being written: removed when the process exits, whatever ends it. */
const unfinished = new Set<string>();
let counter = 0;

/** A file that grows under a temporary name until `commit` gives it its own. All methods throw output_unwritable. */
export class WholeFile {
  readonly #path: string;
  /** undefined: what is written goes to its place at once. */
  readonly #temporary: string | undefined;
  readonly #handle: FileHandle;

  private constructor(path: string, temporary: string | undefined, handle: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /**
   * Starts a file, making its folder where there is none. What a link leads to is replaced, not the link; devices and
   * pipes are written to.
   */
  static async create(path: string): Promise<WholeFile> {
    watchExit();
    const place = await realpath(path).catch(() => path);
    const temporary = join(dirname(place), `.pocketlens-${process.pid}-${counter++}.tmp`);
    try {
      const found = await stat(place).catch(() => undefined);
      if (found && !found.isFile() && !found.isDirectory())
        return new WholeFile(place, undefined, await open(place, 'w'));
      await makeFolder(dirname(place));
      unfinished.add(temporary);
      return new WholeFile(place, temporary, await open(temporary, 'wx'));
    } catch (error) {
      unfinished.delete(temporary);
      throw unwritable(path, error);
    }
  }

  async append(data: string | Uint8Array): Promise<void> {
    try {
      await this.#handle.appendFile(data);
    } catch (error) {
      await this.discard();
      throw unwritable(this.#path, error);
    }
  }

  async commit(): Promise<void> {
    try {
      await this.#handle.close();
      if (this.#temporary === undefined) return;
      await rename(this.#temporary, this.#path);
      unfinished.delete(this.#temporary);
    } catch (error) {
      await this.discard();
      throw unwritable(this.#path, error);
    }
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (this.#temporary === undefined) return;
    await rm(this.#temporary, { force: true }).catch(() => {});
    unfinished.delete(this.#temporary);
  }
}

/** Writes a file in one go. @throws output_unwritable */
export async function writeFileWhole(path: string, data: string | Uint8Array): Promise<void> {
  const file = await WholeFile.create(path);
  await file.append(data);
  await file.commit();
}

const REASONS: Record<string, string> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a read-only file system',
  ENOSPC: 'a full disk',
  ENOENT: 'no such folder',
  EISDIR: 'a folder of that name',
  ENOTDIR: 'a file where a folder is needed',
  EEXIST: 'a file where a folder is needed',
  ENAMETOOLONG: 'a name that is too long',
};

/** Says why a file or a folder could not be written. */
export function unwritable(path: string, error: unknown): PocketlensError {
  if (error instanceof PocketlensError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = REASONS[code ?? ''] ?? code ?? message;
  return new PocketlensError('output_unwritable', `Expected to write ${path} but met ${reason}.`, {
    remedy: 'Choose another place for the output.',
    cause: error,
  });
}

let watching = false;

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const path of unfinished) {
      try {
        unlinkSync(path);
      } catch {
        // It was renamed or never made.
      }
    }
  });
}
