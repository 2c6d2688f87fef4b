/** A bundle on disk: a folder, or a zip file. Either appears whole or not at all. */
import { zipSync } from 'fflate';
import { writeFileWhole } from '../../files/write-file.js';
import { checkFolderPlace, type FolderMark, writeFolderWhole } from '../../files/write-folder.js';
import { BUNDLE_ID, type Bundle } from './build-bundle.js';

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

/** Of the folders that are bundles. */
const MARK: FolderMark = {
  file: 'manifest.json',
  isOurs: (content) => {
    try {
      const { id, schemaVersion } = JSON.parse(content) as Record<string, unknown>;
      return id === BUNDLE_ID && typeof schemaVersion === 'number';
    } catch {
      return false;
    }
  },
};

/**
 * @param path ends in .zip for a file; else a folder that is not there yet, is empty, or holds a bundle, which it replaces
 * @throws output_unwritable
 */
export async function writeBundle(path: string, bundle: Bundle): Promise<void> {
  return isZip(path) ? writeFileWhole(path, zipBundle(bundle)) : writeFolderWhole(path, bundle.files);
}

/** Refuses, before the work, what may not be replaced after it. @throws output_unwritable */
export async function checkTarget(path: string): Promise<void> {
  if (!isZip(path)) await checkFolderPlace(path, MARK, 'the bundle');
}
