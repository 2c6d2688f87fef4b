/**
 * Any graph, and a folder of .npy files: one a sample, in a subfolder for each input where there are several. Their axes
 * are those of the model's file, so an ONNX file's images may be [channels, height, width].
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transposeData } from '../../../compression/export/transpose-data.js';
import type { CompressionTask, FeedData, Feeds } from '../../../compression/pass.js';
import { CHANNELS_LAST } from '../../../compression/perm.js';
import { expected } from '../../../models/base/errors.js';
import type { Graph, Shape, TensorSpec } from '../../../models/graph/ir.js';
import { showShape } from '../../../models/graph/shapes.js';
import { decodeNpy } from '../../files/decode-npy.js';
import { agreementTask } from './agreement-task.js';

/** In small letters. */
const SUFFIX = '.npy';

/** Whether there are .npy files for a graph: in the folder, or in the subfolder of one of its inputs. */
export function holdsArrays({ inputs }: Graph, folder: string): boolean {
  const folders = inputs.length > 1 ? inputs.map(({ id }) => join(folder, id)) : [folder];
  return folders.some((path) => arraysIn(path).length > 0);
}

/**
 * Reads all files once, so that none is refused when the work is half done.
 * @throws invalid_data
 */
export async function arrayFolderTask(
  graph: Graph,
  folder: string,
  options: { readonly every: number; readonly seed: number },
): Promise<CompressionTask> {
  const places = graph.inputs.map((input) => ({
    input,
    layout: layoutOf(graph, input),
    path: graph.inputs.length > 1 ? join(folder, input.id) : folder,
  }));
  const samples = arraysIn(places[0]!.path);
  for (const { input, path } of places) checkNames(input, path, arraysIn(path), samples, places[0]!.path);
  const load = async (sample: string): Promise<Feeds> => {
    const feeds: Record<string, FeedData> = {};
    for (const { input, layout, path } of places)
      feeds[input.id] = await loadArray(join(path, sample), input, layout);
    return feeds;
  };
  const hash = createHash('sha256').update(JSON.stringify(options.every));
  let first: Feeds | undefined;
  for (const sample of samples) {
    const feeds = await load(sample);
    first ??= feeds;
    hash.update(`${sample}\n`);
    for (const { data } of Object.values(feeds)) hash.update(data);
  }
  return agreementTask(graph, samples, {
    ...options,
    // Where the model leaves sizes open, those of the first sample are what costs are counted at.
    inputShapes: Object.fromEntries(Object.entries(first!).map(([id, { shape }]) => [id, shape])),
    kind: 'arrays',
    fingerprint: hash.digest('hex').slice(0, 16),
    load,
  });
}

function arraysIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.toLowerCase().endsWith(SUFFIX))
      .sort();
  } catch {
    return [];
  }
}

function checkNames(
  { id }: TensorSpec,
  path: string,
  names: readonly string[],
  wanted: readonly string[],
  first: string,
): void {
  const remedy = 'Give each input a subfolder of its name, with one .npy file a sample, named alike in all.';
  if (names.length === 0) throw expected('invalid_data', '.npy files', `input "${id}"`, path, { remedy });
  const known = new Set(names);
  const lost = wanted.find((name) => !known.has(name));
  if (lost !== undefined)
    throw expected('invalid_data', join(path, lost), `input "${id}"`, undefined, { remedy });
  const meant = new Set(wanted);
  const spare = names.find((name) => !meant.has(name));
  if (spare !== undefined)
    throw expected('invalid_data', `a file of every name in ${path}`, first, `none named ${spare}`, {
      remedy,
    });
}

/** How a file has an input: its sizes, and whether images are turned for the graph. */
interface Layout {
  readonly shape: Shape;
  readonly turned: boolean;
}

function layoutOf({ meta }: Graph, { id, shape }: TensorSpec): Layout {
  const { layouts } = (meta.onnx ?? {}) as { readonly layouts?: Readonly<Record<string, unknown>> };
  const turned = shape.length === 4 && layouts?.[id] === 'NCHW';
  const [batch, height, width, channels] = shape as readonly [null, null, null, null];
  return { shape: turned ? [batch, channels, height, width] : shape, turned };
}

async function loadArray(file: string, { id }: TensorSpec, { shape, turned }: Layout): Promise<FeedData> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw expected('invalid_data', 'a readable file', `input "${id}"`, file, { cause });
  }
  const { shape: found, data } = decodeNpy(bytes, file);
  const lacksBatch = found.length === shape.length - 1 && (shape[0] ?? 1) === 1;
  const full = lacksBatch ? [1, ...found] : found;
  const fits =
    full.length === shape.length &&
    shape.every((d, axis) => d === full[axis] || (d === null && full[axis]! > 0));
  if (!fits) {
    throw expected('invalid_data', `sizes ${showShape(shape)} of input "${id}"`, file, [...found], {
      remedy:
        'One file is one sample, with its axes in the order of the model, with or without a batch of 1.',
    });
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw expected('invalid_data', 'finite numbers', file, data[bad], { remedy: 'Leave the sample out.' });
  return turned ? transposeData(data, full, CHANNELS_LAST) : { shape: full, data };
}
