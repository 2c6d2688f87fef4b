/** A model folder compressed to a model folder. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { unpackedModelFolder, unpackedModels } from '../../../../apps/precision/unpacked-models.js';
import { readModel, writeModel } from '../../../../apps/train/compression/model-file.js';
import { runCompress } from '../../../../apps/train/compression/run-compress.js';
import { writeModelFolder } from '../../../../apps/train/write-model-folder.js';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import type { CompressionTask } from '../../../../compression/pass.js';
import { parseRecipe, type RecipeJson } from '../../../../compression/recipe.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { encodeGraph } from '../../../../models/graph/serialize.js';
import { isPacked, openModelFolder, readModelCard } from '../../../../models/runtime/model-folder.js';
import { randomFeed } from '../../../compression/export/onnx/parity.js';
import { smallGraph } from '../../../compression/small-graph.js';

const original = smallGraph();
const input = original.inputs[0]!;
const shape = input.shape.map((d) => d ?? 1);
const task: CompressionTask = {
  inputShapes: { [input.id]: shape },
  calibratedOn: 'random numbers',
  calibration: async (count) =>
    Array.from({ length: Math.min(count, 4) }, (_, i) => ({ [input.id]: randomFeed(shape, i) })),
  evaluate: async () => ({ quality: 90, metrics: { 'set.accuracy': 90 } }),
};

let folder: string;
beforeAll(async () => {
  await loadEngine({ quiet: true });
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-folder-'));
  await writeModelFolder(join(folder, 'float'), {
    graph: original,
    onnxBytes: exportOnnx(original),
    card: {
      name: 'small',
      task: 'small',
      version: '1.0.0',
      summary: 'A small network.',
      format: { precision: 'float32' },
      config: {},
      preprocessing: { colour: 'grey', height: null, width: null, multipleOf: 1 },
      metrics: {},
      training: { seed: 1, steps: 1, data: [] },
      licence: 'Apache-2.0',
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;
async function written(from: string, passes: RecipeJson['passes']) {
  const model = await readModel(join(folder, from));
  const result = await runCompress({
    model,
    source: from,
    recipe: parseRecipe({ name: 'test', passes }),
    task,
    evaluate: true,
    judgedBy: 'nothing',
    every: 1,
    folder: join(folder, `run-${runs++}`),
    resume: false,
    seed: 1,
    timed: false,
  });
  return result.written;
}

async function compressed(from: string, to: string, passes: RecipeJson['passes']) {
  await writeModel(join(folder, to), await written(from, passes));
  return readModelCard(join(folder, to));
}

const INT8 = [{ pass: 'fold-batch-norm' }, { pass: 'quantize' }];

describe('a compressed model folder', () => {
  it('loads the integer model, keeps the float weights, and says of both what they are', async () => {
    const card = await compressed('float', 'int8', INT8);
    expect(card.format.precision).toMatch(/int8|mixed/);
    expect(card.compression.map(({ pass, deployedOnly }) => [pass, deployedOnly])).toEqual([
      ['fold-batch-norm', true],
      ['quantize', true],
    ]);
    expect(card.metrics).toEqual({ 'dev/set': { accuracy: 0.9 } });
    expect(card.compressed).toMatchObject({
      recipe: 'test',
      calibration: 'random numbers',
      parent: { precision: 'float32', metrics: { 'dev/set': { accuracy: 0.9 } } },
    });
    const { graph } = await readModel(join(folder, 'int8'));
    expect(Buffer.from(encodeGraph(graph)).equals(Buffer.from(encodeGraph(original)))).toBe(true);
    const { session } = await openModelFolder(join(folder, 'int8'));
    expect(session.inputs.map(({ name }) => name)).toEqual([input.id]);
    await session.dispose();
  });

  it('is made of the weights again, not of what was done to the deployed model before', async () => {
    const once = await compressed('float', 'once', INT8);
    const twice = await compressed('once', 'twice', INT8);
    expect(twice.compression).toEqual(once.compression);
    expect(twice.files).toEqual(once.files);
  });

  it('goes on from what was pruned where pruning came before rounding', async () => {
    const card = await compressed('float', 'pruned', [{ pass: 'prune-weights', sparsity: 0.5 }, ...INT8]);
    expect(card.compression.map(({ deployedOnly }) => deployedOnly ?? false)).toEqual([false, true, true]);
    const { graph } = await readModel(join(folder, 'pruned'));
    expect([...graph.params.values()].every(({ encoding }) => encoding === undefined)).toBe(true);
    const zeros = (g: typeof graph) =>
      [...g.params.values()].reduce((n, { data }) => n + data.filter((v) => v === 0).length, 0);
    expect(zeros(graph)).toBeGreaterThan(zeros(original));
  });

  it('names as left in float what rounding left, not what an earlier pass had nothing to do with', async () => {
    const plain = await compressed('float', 'plain', INT8);
    const energy = { pass: 'factorize', energy: 1, method: 'svd' };
    const factorized = await compressed('float', 'factorized', [energy, ...INT8]);
    expect(factorized.compression.map(({ pass }) => pass)).toContain('factorize');
    expect(factorized.compressed!.leftInFloat).toEqual(plain.compressed!.leftInFloat);
  });

  it('of few bits holds them packed, which is what the apps unpack', async () => {
    vi.stubEnv('POCKETLENS_CACHE', join(folder, 'cache'));
    const passes = [
      { pass: 'fold-batch-norm' },
      { pass: 'quantize', activations: 'none', weights: { bits: 2 } },
    ];
    const card = await compressed('float', 'packed', passes);
    expect(isPacked(card)).toBe(true);
    const expected = join(folder, 'two-bits.onnx');
    await writeModel(expected, await written('float', passes));
    expect(card.files.model!.bytes).toBeLessThan(0.75 * readFileSync(expected).length);
    const unpacked = await unpackedModels(folder, ['packed']);
    expect(unpacked).not.toBe(folder);
    const file = (await readModelCard(join(unpacked, 'packed'))).files.model!;
    expect(readFileSync(join(unpacked, 'packed', file.path)).equals(readFileSync(expected))).toBe(true);
    await (await openModelFolder(await unpackedModelFolder(join(folder, 'packed/')))).session.dispose();
    // What is not packed stays where it is.
    expect(await unpackedModels(folder, ['float'])).toBe(folder);
    vi.unstubAllEnvs();
  });
});
