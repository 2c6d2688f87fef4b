/**
 * Models that were made of others, in the user's cache: in folders named by what they were made of and by the version that
 * made them, so that none is made twice.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, packageVersion } from '../../models/base/paths.js';
import type { Graph } from '../../models/graph/ir.js';
import type { ModelCard } from '../../models/runtime/model-card.js';
import { readModelFile } from '../../models/runtime/model-file.js';
import { CARD_FILE } from '../../models/runtime/model-folder.js';
import { SPELLING_FILE } from '../../models/spelling/open-spelling.js';
import { unwritable, writeFileWhole } from '../files/write-file.js';
import type { ModelCardDraft } from '../train/write-model-folder.js';

export interface MadeModel {
  /** The float graph to go on training from. */
  readonly graph: Graph;
  readonly onnxBytes: Uint8Array;
  readonly card: ModelCardDraft;
}

/** A model to be made, by the card of what it is made of, which has the hashes of its files. */
export interface ModelToMake {
  readonly card: ModelCard;
  make(): Promise<MadeModel>;
}

/** Folders that nobody has used for so long are removed when another one is made. */
const KEPT_DAYS = 30;

/**
 * @param kind names the folder of the cache
 * @param models by their names
 * @param beside folder of model folders of which the spelling model is taken over, where it has its own
 * @returns a folder of model folders
 * @throws output_unwritable, and what `make` throws
 */
export async function keepModels(
  kind: string,
  models: ReadonlyMap<string, ModelToMake>,
  beside?: string,
): Promise<string> {
  const spelling = await ownSpelling(beside);
  const hash = createHash('sha256').update(packageVersion());
  for (const [name, { card }] of models) hash.update(name).update(JSON.stringify(card));
  if (spelling) hash.update(spelling);
  const target = cacheFolder(kind, hash.digest('hex').slice(0, 16));
  const isNew = !existsSync(target);
  for (const [name, model] of models) await makeOnce(join(target, name), model);
  if (isNew) await removeUnused(dirname(target));
  else await touch(target);
  const copy = join(target, SPELLING_FILE);
  if (spelling && !existsSync(copy)) await writeFileWhole(copy, spelling);
  return target;
}

/** The folder's time is that of its last use. */
async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined);
}

/** What cannot be removed, as another process is at it or the cache is read-only, stays. */
async function removeUnused(parent: string): Promise<void> {
  const oldest = Date.now() - KEPT_DAYS * 24 * 3600 * 1000;
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    const used = await stat(folder).catch(() => undefined);
    if (used && used.mtimeMs < oldest)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Without one readers take the shipped one. */
async function ownSpelling(models: string | undefined): Promise<Uint8Array | undefined> {
  const path = models === undefined ? undefined : join(models, SPELLING_FILE);
  return path !== undefined && existsSync(path) ? readModelFile(path) : undefined;
}

/** Processes may do so side by side: the first one's folder stays. */
async function makeOnce(folder: string, { make }: ModelToMake): Promise<void> {
  if (existsSync(join(folder, CARD_FILE))) return;
  const { writeModelFolder } = await import('../train/write-model-folder.js');
  const own = `${folder}.${randomUUID()}`;
  await writeModelFolder(own, await make());
  try {
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!existsSync(join(folder, CARD_FILE))) throw unwritable(folder, error);
  }
}
