import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ensureBuilt } from '../../../apps/cli/build.mjs';
import { SALIENCY_DEV_SETS } from '../../../apps/train/saliency-figures.js';
import { deploySaliency } from '../../../apps/train/saliency-run.js';
import { trainSaliency } from '../../../apps/train/train-saliency.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import type { Graph } from '../../../models/graph/ir.js';
import { loadGraph, saveGraph } from '../../../models/graph/serialize.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { buildSaliency } from '../../../models/saliency/network.js';
import { readRunState } from '../../../models/training/checkpoint.js';

const SIDE = 32;
let folder = '';
beforeAll(async () => {
  await ensureBuilt();
  await loadEngine();
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-train-'));
  vi.stubEnv('POCKETLENS_DATA', join(folder, 'data'));
  await drawSet('train/tiny', 4);
  for (const set of SALIENCY_DEV_SETS) await drawSet(`dev/${set}`, 1);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Red squares on grey. */
async function drawSet(set: string, count: number): Promise<void> {
  const at = (part: string, file: string) => join(folder, 'data', 'saliency', set, part, file);
  for (const part of ['images', 'masks']) await mkdir(at(part, ''), { recursive: true });
  const square = (background: string) => ({
    create: { width: 16, height: 16, channels: 3 as const, background },
  });
  const draw = (ground: string, object: string, id: number) =>
    sharp({ create: { width: 40, height: 40, channels: 3, background: ground } }).composite([
      { input: square(object), left: 4 + 4 * id, top: 12 },
    ]);
  for (let id = 0; id < count; id++) {
    await draw('#808080', '#ff0000', id)
      .png()
      .toFile(at('images', `${id}.png`));
    await draw('#000000', '#ffffff', id)
      .toColourspace('b-w')
      .png()
      .toFile(at('masks', `${id}.png`));
  }
}

const dense = { context: 4, dilations: [1], channels: [4, 4, 4, 4], mixes: [1, 1, 1] };
const segment = { counts: [4, 8], features: 4, hidden: 4, fusion: 4 };
const common = {
  data: ['tiny'],
  backbone: null,
  sides: [SIDE],
  batch: 2,
  warmupSteps: 0,
  learningRate: 0.01,
};

async function save(name: string, graph: Graph): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  await saveGraph(path, graph);
  return path;
}

/** One step of training. @returns its graph */
async function step(
  name: string,
  config: object,
  files: { init?: string; dense?: string; folder?: string },
): Promise<Graph> {
  const { graph } = await trainSaliency(
    { ...common, ...config },
    {
      folder: await mkdtemp(join(folder, `${name}-`)),
      minutes: 1,
      steps: 1,
      resume: false,
      evaluateEveryMinutes: 100,
      workers: 0,
      every: 1,
      ...files,
    },
  );
  return graph;
}

const changed = (a: Graph, b: Graph, scope: string) =>
  [...a.params].some(
    ([id, { data }]) => id.startsWith(`${scope}/`) && data.some((v, i) => v !== b.params.get(id)!.data[i]),
  );

it('trains in turns: the dense stream, the segment stream above it, the fusion of both, all', async () => {
  const whole = { side: SIDE, mirror: true, dense, segment };
  const frozen = { model: whole, freezeBatchNorm: true };
  const first = await step('dense', { model: { side: SIDE, dense } }, {});
  const old = await save('old', await step('old', { ...frozen, seed: 9 }, {}));
  const files = { init: old, dense: await save('dense', first) };
  const second = await step('segment', { ...frozen, learn: ['segment'] }, files);
  const before = await loadGraph(old);
  // The dense stream of one file, what it lacks of the other.
  for (const scope of ['backbone', 'dense']) expect(changed(first, second, scope), scope).toBe(false);
  expect(changed(second, before, 'fusion')).toBe(false);
  expect(changed(second, before, 'segment')).toBe(true);

  const third = await step('fusion', { ...frozen, learn: ['fusion'] }, { init: await save('b', second) });
  for (const scope of ['backbone', 'dense', 'segment'])
    expect(changed(second, third, scope), scope).toBe(false);
  expect(changed(second, third, 'fusion')).toBe(true);

  const varied = { maxCrop: 1.2, rotation: 20, degrade: 1, paste: 0.5, frozenBlocks: 2 };
  const last = await step('joint', { ...frozen, ...varied }, { init: await save('c', third) });
  for (const scope of ['backbone/expanded_conv_3', 'dense', 'segment', 'fusion'])
    expect(changed(third, last, scope), scope).toBe(true);
  for (const scope of ['backbone/Conv', 'backbone/expanded_conv', 'backbone/expanded_conv_1'])
    expect(changed(third, last, scope), scope).toBe(false);

  const model = await deploySaliency(last, 1);
  const { map } = await model.predict({ width: 9, height: 7, data: new Uint8Array(189).fill(90) });
  await model.dispose();
  expect(map.data.length).toBe(SIDE * SIDE);
  expect(map.data.every((p) => p >= 0 && p <= 1)).toBe(true);
});

it('takes no more than the backbone and the dense stream from --dense, and keeps the seed in its state', async () => {
  const model = saliencyConfigSchema.parse({ side: SIDE, mirror: true, dense, segment });
  const init = buildSaliency(model, 1, SIDE);
  const other = buildSaliency(model, 2, SIDE);
  const at = await mkdtemp(join(folder, 'scopes-'));
  const config = { model, freezeBatchNorm: true, learn: ['fusion'], seed: 6 };
  const files = { init: await save('init', init), dense: await save('other', other), folder: at };
  const graph = await step('scopes', config, files);
  for (const scope of ['backbone', 'dense']) expect(changed(other, graph, scope), scope).toBe(false);
  expect(changed(init, graph, 'segment')).toBe(false);
  expect(changed(init, graph, 'dense')).toBe(true);
  expect((await readRunState(at))!.seed).toBe(6);
});

it('takes one side only for a network with segments', async () => {
  const config = { model: { side: SIDE, dense, segment }, sides: [32, 64] };
  await expect(step('sides', config, {})).rejects.toMatchObject({ code: 'invalid_config' });
});
