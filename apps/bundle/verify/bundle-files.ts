/** The files of a bundle, from a folder or a zip, with nothing written anywhere. What must not be in one is refused at once. */
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { PocketlensError } from '../../../models/base/errors.js';
import { relativePath } from '../manifest/parts.js';

/** Of all files together, unpacked: more is no bundle for a phone, and may be a bomb. */
const MOST_BYTES = 512 * 2 ** 20;
const MOST_FILES = 2000;

export interface BundleFiles {
  /** Sorted. */
  readonly paths: readonly string[];
  /** @throws model_integrity_failed where it is not there or cannot be unpacked, input_unreadable */
  read(path: string): Promise<Uint8Array>;
}

/** @throws input_not_found, input_unreadable, invalid_model_bundle, limit_exceeded */
export async function openBundleFiles(path: string): Promise<BundleFiles> {
  let isFolder: boolean;
  try {
    // The bundle itself may be a link; what is in it may not.
    isFolder = (await stat(path)).isDirectory();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(path, cause);
    throw new PocketlensError(
      'input_not_found',
      `Expected a bundle's folder or zip file but found no ${path}.`,
      {
        remedy: 'Check the path.',
        cause,
      },
    );
  }
  return isFolder ? folderFiles(path) : zipFiles(path);
}

function unreadable(path: string, cause: unknown): PocketlensError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new PocketlensError('input_unreadable', `Expected to read ${path} but met ${code ?? message}.`, {
    remedy: 'Check that it is a bundle, its permissions, and the disk.',
    cause,
  });
}

export function invalid(
  what: string,
  details: Record<string, unknown> = {},
  remedy?: string,
): PocketlensError {
  return new PocketlensError('invalid_model_bundle', what, {
    remedy: remedy ?? 'Build the bundle anew, or get it from where it was built.',
    details,
  });
}

/** Names that lead out of the bundle, that come twice, or that are too many. */
class Listing {
  readonly #sizes = new Map<string, number>();
  #total = 0;

  add(name: string, bytes: number): void {
    if (!relativePath.safeParse(name).success)
      throw invalid(`Expected paths below the bundle's folder but received "${printable(name)}".`, {
        path: name,
      });
    if (this.#sizes.has(name))
      throw invalid(`Expected every path once but "${name}" comes twice.`, { path: name });
    this.#sizes.set(name, bytes);
    this.#total += bytes;
    if (this.#sizes.size > MOST_FILES) throw tooMuch(`${MOST_FILES} files`, `"${name}" and more`);
    if (this.#total > MOST_BYTES) throw tooMuch(`${MOST_BYTES} bytes`, `${this.#total} by "${name}"`);
  }

  get paths(): string[] {
    return [...this.#sizes.keys()].sort();
  }
}

function tooMuch(most: string, actual: string): PocketlensError {
  return new PocketlensError(
    'limit_exceeded',
    `Expected at most ${most} in a bundle but received ${actual}.`,
    {
      remedy: 'This is no bundle that Pocketlens built.',
    },
  );
}

const printable = (name: string) => JSON.stringify(name).slice(1, -1).slice(0, 120);

async function folderFiles(root: string): Promise<BundleFiles> {
  const listing = new Listing();
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((cause) => {
      throw unreadable(join(root, folder), cause);
    });
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) listing.add(path, (await lstat(join(root, path))).size);
      else
        throw invalid(`Expected plain files in a bundle but "${printable(path)}" is a link or a device.`, {
          path,
        });
    }
  };
  await walk('');
  const { paths } = listing;
  return {
    paths,
    read: async (path) => {
      if (!paths.includes(path)) throw damaged(path, 'it is not there');
      const bytes = await readFile(join(root, path)).catch((cause) => {
        throw unreadable(join(root, path), cause);
      });
      return new Uint8Array(bytes);
    },
  };
}

async function zipFiles(file: string): Promise<BundleFiles> {
  let zip: Uint8Array;
  try {
    if ((await stat(file)).size > MOST_BYTES) throw tooMuch(`${MOST_BYTES} bytes`, file);
    zip = new Uint8Array(await readFile(file));
  } catch (cause) {
    if (cause instanceof PocketlensError) throw cause;
    throw unreadable(file, cause);
  }
  const listing = new Listing();
  try {
    unzipSync(zip, {
      filter: ({ name, originalSize }) => {
        // Ordinary programs list folders, too.
        if (!(name.endsWith('/') && originalSize === 0)) listing.add(name, originalSize);
        return false;
      },
    });
  } catch (cause) {
    if (cause instanceof PocketlensError) throw cause;
    throw invalid(`Expected a zip file in ${file} but it is damaged or cut short.`, {
      file,
      reason: String(cause),
    });
  }
  return {
    paths: listing.paths,
    read: async (path) => {
      let bytes: Uint8Array | undefined;
      try {
        // The buffer is as large as the listing said: what unpacks to more fails.
        bytes = unzipSync(zip, { filter: ({ name }) => name === path })[path];
      } catch (cause) {
        throw damaged(path, 'it does not unpack', cause);
      }
      if (!bytes) throw damaged(path, 'it is not there');
      return bytes;
    },
  };
}

export function damaged(path: string, why: string, cause?: unknown): PocketlensError {
  return new PocketlensError(
    'model_integrity_failed',
    `Expected the file "${path}" as it was built but ${why}.`,
    {
      remedy: 'Get the bundle again from where it was built.',
      details: { path },
      ...(cause !== undefined && { cause }),
    },
  );
}
