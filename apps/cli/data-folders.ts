/** Finds what text is rendered from: fonts, corpora and textures. Packed data sets are unpacked once, to the user's cache. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PocketlensError } from '../../models/base/errors.js';
import { cacheFolder, findDataFolder } from '../../models/base/paths.js';

export interface RenderingFolders {
  readonly fontFolder: string;
  readonly corpusFolder: string;
  /** Where there are none, backgrounds are plain. */
  readonly textureFolder?: string;
}

/** Folders named by the user go before those that are found. @throws data_missing, tool_missing */
export async function renderingFolders(named: {
  fonts?: string | undefined;
  corpus?: string | undefined;
  textures?: string | undefined;
}): Promise<RenderingFolders> {
  const data = findDataFolder();
  const found = data && join(data, 'textures');
  const textures = named.textures ?? (found && existsSync(found) ? found : undefined);
  return {
    fontFolder: named.fonts ?? (await unpacked('fonts')),
    corpusFolder: named.corpus ?? (await unpacked('corpus')),
    ...(textures !== undefined && { textureFolder: textures }),
  };
}

/** A folder of the data sets, or of the cache, where `<name>.tar.xz` of the data sets is unpacked at first. */
async function unpacked(name: 'fonts' | 'corpus'): Promise<string> {
  const cached = cacheFolder('data', name);
  if (existsSync(join(cached, 'index.json'))) return cached;
  const data = findDataFolder();
  if (data && existsSync(join(data, name, 'index.json'))) return join(data, name);
  const archive = data && join(data, `${name}.tar.xz`);
  if (!archive || !existsSync(archive))
    throw new PocketlensError('data_missing', `Expected ${name} to render text with but found none.`, {
      remedy: `Name a folder with --${name}, or set POCKETLENS_DATA to the data sets.`,
    });
  await unpack(archive, name, cached);
  return cached;
}

/** The archive holds one folder called `name`. Two processes may unpack at once: the first rename wins. */
async function unpack(archive: string, name: string, target: string): Promise<void> {
  const temporary = `${target}-${process.pid}`;
  try {
    await mkdir(temporary, { recursive: true });
    await promisify(execFile)('tar', ['-xJf', archive, '-C', temporary]);
    await mkdir(dirname(target), { recursive: true });
    await rename(join(temporary, name), target);
  } catch (cause) {
    if (existsSync(join(target, 'index.json'))) return;
    throw new PocketlensError('tool_missing', `Expected to unpack ${archive} with tar but it failed.`, {
      remedy: `Install tar and xz, or unpack it yourself and name the folder with --${name}.`,
      cause,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
