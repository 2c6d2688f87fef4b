/**
 * State of a run in its folder: `latest.safetensors` (graph with the weights as they are deployed), `state.safetensors`
 * (variables, optimizer moments, hooks) and `state.json` (step, minutes, place in the data). Each is written by rename,
 * `state.json` last, so a run killed while it writes resumes from the checkpoint before.
 */
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
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
}

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
  await writeByRename(join(folder, 'state.safetensors'), encodeSafetensors({ tensors, metadata: {} }));
  const { step, minutes, best, data } = parts;
  await writeByRename(
    join(folder, 'state.json'),
    `${JSON.stringify({ step, minutes, best, data }, null, 1)}\n`,
  );
}

/** Restores variables, optimizer and hooks in place; undefined where the folder holds no checkpoint. */
export async function loadCheckpoint(folder: string, parts: CheckpointParts): Promise<RunState | undefined> {
  const state = await readRunState(folder);
  if (!state) return undefined;
  const { tensors } = decodeSafetensors(await readFile(join(folder, 'state.safetensors')));
  const below = (prefix: string) => {
    const found = new Map<string, Float32Array>();
    for (const [key, tensor] of tensors) {
      if (key.startsWith(`${prefix}/`)) found.set(key.slice(prefix.length + 1), tensor.data as Float32Array);
    }
    return found;
  };
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
  return state;
}

export async function readRunState(folder: string): Promise<RunState | undefined> {
  const file = join(folder, 'state.json');
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as RunState) : undefined;
}

async function writeByRename(file: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
}
