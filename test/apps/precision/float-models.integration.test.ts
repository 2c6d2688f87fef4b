/** `--precision float`: what the shipped models' weights give, opened by what opens shipped models. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { floatMetrics } from '../../../apps/precision/float-metrics.js';
import { floatModelFolder, floatModels } from '../../../apps/precision/float-models.js';
import { loadGray } from '../../../apps/train/load-gray.js';
import { packageRoot } from '../../../models/base/paths.js';
import { openDetector } from '../../../models/detector/open-detector.js';
import { modelFolder, readModelCard } from '../../../models/runtime/model-folder.js';
import { SPELLING_FILE } from '../../../models/spelling/open-spelling.js';

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
    expect(card.compressed).toBeUndefined();
    expect(card.metrics).toEqual(floatMetrics(await readModelCard(modelFolder(name))) ?? {});
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

it('takes the spelling model beside the models along, and keeps folders with different ones apart', async () => {
  const models = join(cache, 'own-models');
  mkdirSync(models);
  symlinkSync(modelFolder('detector'), join(models, 'detector'));
  const without = await floatModels(models, ['detector']);
  expect(readdirSync(without)).toEqual(['detector']);
  const folders = [];
  for (const bytes of ['one', 'other']) {
    writeFileSync(join(models, SPELLING_FILE), bytes);
    const folder = await floatModels(models, ['detector']);
    expect(readFileSync(join(folder, SPELLING_FILE), 'utf8')).toBe(bytes);
    folders.push(folder);
  }
  expect(new Set([without, ...folders]).size).toBe(3);
});

it('removes what was not used for a month when it makes another', async () => {
  const models = join(cache, 'aged-models');
  mkdirSync(models);
  symlinkSync(modelFolder('detector'), join(models, 'detector'));
  const make = (spelling: string) => {
    writeFileSync(join(models, SPELLING_FILE), spelling);
    return floatModels(models, ['detector']);
  };
  const age = (folder: string) => {
    const time = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    utimesSync(folder, time, time);
  };
  const [unused, used] = [await make('unused'), await make('used')];
  age(unused);
  age(used);
  expect(await make('used')).toBe(used);
  expect(existsSync(unused)).toBe(true);
  const made = await make('third');
  expect([unused, used, made].map((folder) => existsSync(folder))).toEqual([false, true, true]);
});

it('refuses a folder that is none of a model', async () => {
  await expect(floatModels(cache, ['detector'])).rejects.toMatchObject({ code: 'model_not_found' });
});
