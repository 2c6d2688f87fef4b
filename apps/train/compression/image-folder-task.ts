/**
 * Any graph with one image input, and a folder of pictures without labels: calibration takes them, and quality is how
 * well a compressed graph agrees with the one it was made of, in points of 100. No training.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { relativeError } from '../../../compression/measure/layers.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import { borderFeeds } from '../../../compression/run-feeds.js';
import { expected, PocketlensError } from '../../../models/base/errors.js';
import { Random } from '../../../models/base/random.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph } from '../../../models/graph/ir.js';
import { openSession } from '../../../models/runtime/session.js';
import { loadSharp } from '../../files/decode-image.js';

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
/** Every so many-th picture is for calibration alone; the others judge. */
const CALIBRATION_EVERY = 2;

/** @throws invalid_data, invalid_config, invalid_graph for inputs other than one image */
export async function imageFolderTask(
  graph: Graph,
  folder: string,
  options: { readonly every: number; readonly seed: number },
): Promise<CompressionTask> {
  const files = pictures(folder);
  const preprocessing = await readPreprocessing(folder);
  const [input, ...more] = graph.inputs;
  const shape = input?.shape;
  if (!input || more.length > 0 || shape?.length !== 4 || ![1, 3].includes(shape[3] ?? 0)) {
    throw new PocketlensError(
      'invalid_graph',
      `Expected one image input (grey or RGB) of "${graph.name}" but received ${graph.inputs.length} inputs of other shapes.`,
      {
        remedy:
          'Compress it without --data, by passes that need none, or from TypeScript with a task of your own.',
      },
    );
  }
  const height = preprocessing.height ?? shape[1] ?? DEFAULT_SIDE;
  const width = preprocessing.width ?? shape[2] ?? DEFAULT_SIDE;
  const channels = shape[3] as 1 | 3;
  const dims = [1, height, width, channels];
  const shapes = inferShapes(graph, { [input.id]: dims });
  const load = (path: string) => loadPicture(path, { width, height, channels }, preprocessing);
  const order = new Random(options.seed, 'pictures').shuffle([...files]);
  const alone = order.length < 2 * CALIBRATION_EVERY;
  const forCalibration = alone ? order : order.filter((_, i) => i % CALIBRATION_EVERY === 0);
  const judging = (alone ? order : order.filter((_, i) => i % CALIBRATION_EVERY !== 0)).filter(
    (_, i) => i % options.every === 0,
  );
  const loadAll = async (paths: readonly string[]) => {
    const feeds: Feeds[] = [];
    for (const path of paths) feeds.push({ [input.id]: { shape: dims, data: await load(path) } });
    return feeds;
  };
  let judged: Promise<Feeds[]> | undefined;
  let wanted: Promise<Float32Array[][]> | undefined;
  const answers = async (candidate: Graph) => {
    judged ??= loadAll(judging);
    return runAll(candidate, await judged);
  };
  return {
    inputShapes: { [input.id]: dims },
    calibratedOn: 'pictures of the user',
    fingerprint: fingerprintOf(files, preprocessing, options.every),
    calibration: (count) => loadAll(forCalibration.slice(0, count)),
    async evaluate(candidate) {
      wanted ??= answers(graph);
      return agreement(await answers(candidate), await wanted, classesOf(graph, shapes));
    },
  };
}

/** Of the pictures by their names and sizes: reading them all would take longer than some passes. */
function fingerprintOf(files: readonly string[], preprocessing: Preprocessing, every: number): string {
  const hash = createHash('sha256').update(JSON.stringify([preprocessing, every]));
  for (const file of files) {
    hash.update(`${basename(file)} ${statSync(file).size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Length of the last axis where the first output is one row of scores a picture. */
function classesOf(graph: Graph, shapes: ReturnType<typeof inferShapes>): number | undefined {
  const shape = shapes.get(graph.outputs[0]!);
  return shape?.length === 2 && (shape[1] ?? 0) > 1 ? shape[1]! : undefined;
}

/** 100 · (1 − relative error), averaged over pictures and outputs; of classifiers, how often the first class is the same. */
function agreement(
  found: readonly Float32Array[][],
  wanted: readonly Float32Array[][],
  classes: number | undefined,
) {
  let [error, same, count] = [0, 0, 0];
  found.forEach((outputs, i) => {
    outputs.forEach((output, k) => {
      error += Math.min(1, relativeError(output, wanted[i]![k]!));
      count += 1;
    });
    if (classes !== undefined) same += Number(argmax(outputs[0]!) === argmax(wanted[i]![0]!));
  });
  const closeness = 100 * (1 - error / count);
  const judged = { closeness, pictures: found.length };
  if (classes === undefined) return { quality: closeness, metrics: judged };
  const agreed = (100 * same) / found.length;
  return { quality: agreed, metrics: { 'first-class-agreement': agreed, ...judged } };
}

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

async function runAll(graph: Graph, feeds: readonly Feeds[]): Promise<Float32Array[][]> {
  const session = await openSession(exportOnnx(graph), { threads: 2, name: graph.name });
  try {
    const all: Float32Array[][] = [];
    for (const one of feeds) {
      const results = await session.run(borderFeeds(graph, one));
      all.push(session.outputs.map(({ name }) => Float32Array.from(results[name]!.data as Float32Array)));
    }
    return all;
  } finally {
    await session.dispose();
  }
}

function pictures(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (cause) {
    throw expected('input_not_found', 'a folder of pictures', '--data', folder, { cause });
  }
  const found = names.filter((name) => SUFFIXES.includes(extname(name).toLowerCase()));
  if (found.length > 0) return found.map((name) => join(folder, name));
  throw expected('invalid_data', `pictures (${SUFFIXES.join(', ')})`, '--data', folder, {
    remedy: 'Name a folder with some dozens of pictures like those that the model will see.',
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
