import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { loadCheckpoint, readRunState, saveCheckpoint } from '../../../models/training/checkpoint.js';

const builder = new GraphBuilder('line', { seed: 3 });
const graph = builder.finish([builder.dense(builder.input('x', [null, 2]), { name: 'dense', units: 1 })]);
const adam = { save: () => new Map<string, Float32Array>(), load: () => {} };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A checkpoint whose one weight is its step. */
async function save(step: number): Promise<void> {
  const variables = new Map([['weight', tf.variable(tf.tensor1d([step]))]]);
  const data = { next: 10 * step };
  await saveCheckpoint(folder, { graph, variables, adam, hooks: [], step, minutes: 1, data, seed: 7 });
  for (const variable of variables.values()) variable.dispose();
}

async function load() {
  const variables = new Map([['weight', tf.variable(tf.tensor1d([-1]))]]);
  const state = await loadCheckpoint(folder, { variables, adam, hooks: [] });
  const [weight] = await variables.get('weight')!.data();
  for (const variable of variables.values()) variable.dispose();
  return { weight, state };
}

describe('checkpoint', () => {
  it('gives back what was saved last, and keeps one file of variables', async () => {
    await save(1);
    await save(2);
    const { weight, state } = await load();
    expect(weight).toBe(2);
    expect(state).toEqual({ step: 2, minutes: 1, data: { next: 20 }, seed: 7 });
    expect((await readRunState(folder))!.seed).toBe(7);
    expect((await readdir(folder)).sort()).toEqual([
      'latest.safetensors',
      'state-2.safetensors',
      'state.json',
    ]);
  });

  it('ended between its two files, a run resumes from the checkpoint before, whole', async () => {
    await save(1);
    // `state.json` cannot be written: as if killed at that moment.
    await mkdir(join(folder, 'state.json.part'));
    await expect(save(2)).rejects.toThrow();
    expect(existsSync(join(folder, 'state-2.safetensors'))).toBe(true);
    const { weight, state } = await load();
    expect(weight).toBe(1);
    expect(state).toMatchObject({ step: 1, data: { next: 10 } });
    // The next checkpoint clears up.
    await rm(join(folder, 'state.json.part'), { recursive: true });
    await save(3);
    expect((await readdir(folder)).filter((name) => name.startsWith('state-'))).toEqual([
      'state-3.safetensors',
    ]);
  });

  it('reads folders of older versions, which had one name for all', async () => {
    await save(4);
    await rename(join(folder, 'state-4.safetensors'), join(folder, 'state.safetensors'));
    await writeFile(join(folder, 'state.json'), '{"step": 4, "minutes": 2, "data": {"next": 8}}');
    expect(await load()).toEqual({ weight: 4, state: { step: 4, minutes: 2, data: { next: 8 } } });
    await save(5);
    expect((await load()).weight).toBe(5);
    expect(existsSync(join(folder, 'state.safetensors'))).toBe(false);
  });
});
