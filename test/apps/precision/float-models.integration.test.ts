/** `--precision float`: what the shipped models' weights give, opened by what opens shipped models. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { floatModelFolder, floatModels } from '../../../apps/precision/float-models.js';
import { loadGray } from '../../../apps/train/load-gray.js';
import { packageRoot } from '../../../models/base/paths.js';
import { openDetector } from '../../../models/detector/open-detector.js';
import { readModelCard } from '../../../models/runtime/model-folder.js';

let cache: string;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'pocketlens-precision-'));
  vi.stubEnv('POCKETLENS_CACHE', cache);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

it('exports the float weights once, as model folders with valid cards', async () => {
  const folder = await floatModels(undefined, ['detector', 'saliency']);
  expect(readdirSync(folder).sort()).toEqual(['detector', 'saliency']);
  for (const name of ['detector', 'saliency']) {
    const card = await readModelCard(join(folder, name));
    expect([card.name, card.format.precision, card.compression]).toEqual([name, 'float32', []]);
  }
  const before = readdirSync(join(cache, 'float-models'));
  expect(await floatModels(undefined, ['detector', 'saliency'])).toBe(folder);
  expect(readdirSync(join(cache, 'float-models'))).toEqual(before);
});

it('finds the lines that the shipped model finds', async () => {
  const image = await loadGray(join(packageRoot(), 'samples', 'selftest.png'));
  const count = async (folder: string) => {
    const detector = await openDetector(folder);
    try {
      return (await detector.detect(image)).length;
    } finally {
      await detector.dispose();
    }
  };
  const shipped = await count(join(packageRoot(), 'models', 'weights', 'detector'));
  expect(shipped).toBeGreaterThan(0);
  expect(await count(await floatModelFolder(undefined, 'detector'))).toBe(shipped);
});

it('refuses a folder that is none of a model', async () => {
  await expect(floatModels(cache, ['detector'])).rejects.toMatchObject({ code: 'model_not_found' });
});
