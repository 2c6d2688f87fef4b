/**
 * State of a run in its folder: `latest.safetensors` (graph with the weights as they are deployed), `state-STEP.safetensors`
 * (variables, optimizer moments, hooks) and `state.json` (step, minutes, place in the data, and which of those files goes
 * with them). Each is written by rename, `state.json` last, and the file that it named before is kept until then: a run
 * killed while it writes resumes from the checkpoint before.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { PocketlensError } from '../base/errors.js';
import type { Graph, ParamId } from '../graph/ir.js';
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../graph/safetensors.js';
import { saveGraph } from '../graph/serialize.js';
import type { DatasetState } from './dataset.js';
import type { Hook } from './hooks.js';

interface Saveable {
  save(): ReadonlyMap<string, Float32Array>;
  load(saved: ReadonlyMap<string, Float32Array>): void;
}

export interface RunState {
  readonly step: number;
  /** Minutes of training over all sessions. */
  readonly minutes: number;
  /** Best value so far of the task's deciding figure. */
  readonly best?: number;
  readonly data: DatasetState;
  /** That the run was started with; missing in folders of older versions. */
  readonly seed?: number;
}

/** As `state.json` has it. */
interface StoredState extends RunState {
  /** File with the variables; missing in folders of older versions, whose one file was overwritten. */
  readonly weights?: string;
}

const OLD_WEIGHTS = 'state.safetensors';
const WEIGHTS = /^state(-\d+)?\.safetensors(\.part)?$/;

export interface CheckpointParts {
  readonly variables: ReadonlyMap<ParamId, tf.Variable>;
  readonly adam: Saveable;
  readonly hooks: readonly Hook[];
}

export async function saveCheckpoint(
  folder: string,
  parts: CheckpointParts & RunState & { graph: Graph },
): Promise<void> {
  await saveGraph(join(folder, 'latest.safetensors'), parts.graph);
  const tensors = new Map<string, SafetensorsTensor>();
  const put = (prefix: string, saved: ReadonlyMap<string, Float32Array>) => {
    for (const [key, data] of saved)
      tensors.set(`${prefix}/${key}`, { dtype: 'F32', shape: [data.length], data });
  };
  for (const [id, variable] of parts.variables) {
    tensors.set(`variable/${id}`, {
      dtype: 'F32',
      shape: variable.shape,
      data: (await variable.data()) as Float32Array,
    });
  }
  put('adam', parts.adam.save());
  for (const hook of parts.hooks) if (hook.save) put(`hook/${hook.name}`, hook.save());
  const { step, minutes, best, data, seed } = parts;
  const weights = `state-${step}.safetensors`;
  await writeByRename(join(folder, weights), encodeSafetensors({ tensors, metadata: {} }));
  const stored: StoredState = {
    step,
    minutes,
    ...(best !== undefined && { best }),
    data,
    ...(seed !== undefined && { seed }),
    weights,
  };
  await writeByRename(join(folder, 'state.json'), `${JSON.stringify(stored, null, 1)}\n`);
  for (const name of await readdir(folder))
    if (WEIGHTS.test(name) && name !== weights) await rm(join(folder, name), { force: true });
}

/** Restores variables, optimizer and hooks in place; undefined where the folder holds no checkpoint. */
export async function loadCheckpoint(folder: string, parts: CheckpointParts): Promise<RunState | undefined> {
  const state = await readStored(folder);
  if (!state) return undefined;
  const { weights = OLD_WEIGHTS, ...run } = state;
  const below = await readSaved(join(folder, weights));
  for (const [id, data] of below('variable')) {
    const variable = parts.variables.get(id);
    if (!variable || variable.size !== data.length) {
      throw new PocketlensError(
        'invalid_config',
        `Expected the run's network but its checkpoint holds another ${id}.`,
        {
          remedy: 'Resume with the config the run was started with, or start in a new folder.',
        },
      );
    }
    tf.tidy(() => variable.assign(tf.tensor(data, variable.shape)));
  }
  parts.adam.load(below('adam'));
  for (const hook of parts.hooks) hook.load?.(below(`hook/${hook.name}`));
  return run;
}

/** Restores hooks alone, of a run that has ended. */
export async function loadHooks(folder: string, hooks: readonly Hook[]): Promise<void> {
  const state = await readStored(folder);
  if (!state) return;
  const below = await readSaved(join(folder, state.weights ?? OLD_WEIGHTS));
  for (const hook of hooks) hook.load?.(below(`hook/${hook.name}`));
}

/** What was put into a file, by its prefix. */
async function readSaved(file: string): Promise<(prefix: string) => Map<string, Float32Array>> {
  const { tensors } = decodeSafetensors(await readFile(file));
  return (prefix) =>
    new Map(
      [...tensors]
        .filter(([key]) => key.startsWith(`${prefix}/`))
        .map(([key, { data }]) => [key.slice(prefix.length + 1), data as Float32Array]),
    );
}

/** Undefined where the folder holds no checkpoint. */
export async function readRunState(folder: string): Promise<RunState | undefined> {
  return readStored(folder);
}

async function readStored(folder: string): Promise<StoredState | undefined> {
  const file = join(folder, 'state.json');
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as StoredState) : undefined;
}

async function writeByRename(file: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
}
