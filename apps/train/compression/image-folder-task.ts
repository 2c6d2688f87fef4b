/** Any graph with one image input, and a folder of pictures without labels. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import type { CompressionTask } from '../../../compression/pass.js';
import { expected, PocketlensError } from '../../../models/base/errors.js';
import type { Graph } from '../../../models/graph/ir.js';
import { showShape } from '../../../models/graph/shapes.js';
import { loadSharp } from '../../files/decode-image.js';
import { agreementTask } from './agreement-task.js';

/** `preprocessing.json` in the folder: input = (value / 255 − mean) / std, a number or one a channel. */
const perChannel = z.union([z.number(), z.array(z.number()).min(1).max(4)]);
const preprocessingSchema = z.strictObject({
  /** Pixels; default: the input's own, else 224. */
  width: z.int().min(1).optional(),
  height: z.int().min(1).optional(),
  mean: perChannel.default(0),
  std: perChannel.default(1),
});

type Preprocessing = z.output<typeof preprocessingSchema>;

const PREPROCESSING = 'preprocessing.json';
const SUFFIXES = ['.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff', '.bmp', '.gif'];
const DEFAULT_SIDE = 224;

/** @throws invalid_data, invalid_config, invalid_graph for inputs other than one image */
export async function imageFolderTask(
  graph: Graph,
  folder: string,
  options: { readonly every: number; readonly seed: number },
): Promise<CompressionTask> {
  const names = namesIn(folder);
  const [input, ...more] = graph.inputs;
  const shape = input?.shape;
  if (!input || more.length > 0 || shape?.length !== 4 || ![1, 3].includes(shape[3] ?? 0)) {
    throw new PocketlensError(
      'invalid_graph',
      `Expected one image input (grey or RGB) of "${graph.name}" but received ${graph.inputs.map(({ id, shape: own }) => `${id} ${showShape(own)}`).join(', ')}.`,
      {
        remedy: 'Give .npy files by --data, in a subfolder for each input where there are several.',
      },
    );
  }
  const files = pictures(names, folder);
  const preprocessing = await readPreprocessing(folder);
  const height = preprocessing.height ?? shape[1] ?? DEFAULT_SIDE;
  const width = preprocessing.width ?? shape[2] ?? DEFAULT_SIDE;
  const channels = shape[3] as 1 | 3;
  const dims = [1, height, width, channels];
  const load = (path: string) => loadPicture(path, { width, height, channels }, preprocessing);
  return agreementTask(graph, files, {
    ...options,
    inputShapes: { [input.id]: dims },
    kind: 'pictures',
    fingerprint: fingerprintOf(files, preprocessing, options.every),
    load: async (path) => ({ [input.id]: { shape: dims, data: await load(path) } }),
  });
}

/** Of the pictures by their names and sizes: reading them all would take longer than some passes. */
function fingerprintOf(files: readonly string[], preprocessing: Preprocessing, every: number): string {
  const hash = createHash('sha256').update(JSON.stringify([preprocessing, every]));
  for (const file of files) {
    hash.update(`${basename(file)} ${statSync(file).size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Whether there are pictures in the folder. */
export function holdsPictures(folder: string): boolean {
  return picturesOf(namesIn(folder)).length > 0;
}

function picturesOf(names: readonly string[]): string[] {
  return names.filter((name) => SUFFIXES.includes(extname(name).toLowerCase()));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    throw expected('input_not_found', 'a folder of pictures or .npy files', '--data', folder, { cause });
  }
}

function pictures(names: readonly string[], folder: string): string[] {
  const found = picturesOf(names);
  if (found.length > 0) return found.map((name) => join(folder, name));
  throw expected('invalid_data', `pictures (${SUFFIXES.join(', ')}) or .npy files`, '--data', folder, {
    remedy: 'Name a folder with some dozens of samples like those that the model will see.',
  });
}

async function readPreprocessing(folder: string): Promise<Preprocessing> {
  const file = join(folder, PREPROCESSING);
  let value: unknown = {};
  if (existsSync(file)) {
    try {
      value = JSON.parse(await readFile(file, 'utf8'));
    } catch (cause) {
      throw new PocketlensError('invalid_config', `Expected JSON in ${file} but it does not parse.`, {
        cause,
      });
    }
  }
  const parsed = preprocessingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new PocketlensError(
    'invalid_config',
    `Expected valid ${issue.path.join('.') || 'fields'} in ${file}: ${issue.message}.`,
    {
      remedy:
        'For example {"width": 224, "height": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}.',
    },
  );
}

async function loadPicture(
  path: string,
  { width, height, channels }: { width: number; height: number; channels: 1 | 3 },
  { mean, std }: Preprocessing,
): Promise<Float32Array> {
  const sharp = await loadSharp(1);
  const at = (value: number | readonly number[], channel: number) =>
    typeof value === 'number' ? value : (value[channel] ?? value[0]!);
  let pixels: Buffer;
  try {
    pixels = await sharp(path)
      .rotate()
      .resize(width, height, { fit: 'fill', kernel: 'linear' })
      .flatten({ background: 'white' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer();
  } catch (cause) {
    throw expected('invalid_image', 'a picture', '--data', path, { cause });
  }
  return Float32Array.from(pixels, (value, i) => {
    const channel = i % channels;
    return (value / 255 - at(mean, channel)) / at(std, channel);
  });
}
