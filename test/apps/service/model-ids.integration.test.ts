import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readModelIds } from '../../../apps/service/model-ids.js';
import { packageRoot } from '../../../models/base/paths.js';
import { modelFolder } from '../../../models/runtime/model-folder.js';
import { openSpelling, SPELLING_FILE } from '../../../models/spelling/open-spelling.js';
import { SpellingModel } from '../../../models/spelling/spelling-model.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-ids-'));
  for (const name of ['saliency', 'detector', 'recognizer'])
    await symlink(modelFolder(name), join(folder, name));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('names a reader by its spelling model too, its own or the shipped one', async () => {
  const shipped = await readModelIds(join(packageRoot(), 'models', 'weights'));
  expect(await readModelIds(folder)).toEqual(shipped);
  const { tables } = await openSpelling();
  const other = new SpellingModel({ ...tables, trigrams: tables.trigrams.map((value) => value ^ 1) });
  await writeFile(join(folder, SPELLING_FILE), other.encode());
  const own = await readModelIds(folder);
  expect(own.saliencyId).toBe(shipped.saliencyId);
  const idOf = ({ models }: typeof own) => models.find(({ kind }) => kind === 'ocr')!.id;
  expect(idOf(own)).toMatch(/^ocr@[\d.+]+-[0-9a-f]{12}$/);
  expect(idOf(own)).not.toBe(idOf(shipped));
  expect(own.models.find(({ kind }) => kind === 'ocr')!.charset).toContain('A');
});
