/** Packed graphs on disk. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph } from '../../models/graph/ir.js';
import { packGraph, unpackGraph } from './pack-graph.js';

/** Writes beside the target and renames. @throws invalid_graph, output_unwritable */
export async function savePackedGraph(path: string, graph: Graph): Promise<void> {
  const bytes = packGraph(graph);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const message = `Expected to write "${path}" but failed: ${(cause as Error).message}.`;
    throw new PocketlensError('output_unwritable', message, { cause });
  }
}

/** @throws model_not_found, model_corrupt, unsupported_operator */
export async function loadPackedGraph(path: string): Promise<Graph> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const message = `Expected a packed model at "${path}" but failed: ${(cause as Error).message}.`;
    throw new PocketlensError('model_not_found', message, { cause });
  }
  return unpackGraph(bytes);
}
