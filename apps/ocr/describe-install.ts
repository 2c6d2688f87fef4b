/** What `pocketlens info` tells: versions, models, backends and limits of this installation. */
import { readdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { packageRoot } from '../../models/base/paths.js';
import { DEFAULT_LIMITS, loadSharp } from '../files/decode-image.js';
import { IMAGE_KINDS_TEXT } from '../files/image-kind.js';
import { FORMAT_NAMES, FORMATS } from './formats/formats.js';

export interface ModelDescription {
  readonly name: string;
  /** "ok", or what is wrong with it, as an error code. */
  readonly state: string;
  /** Present unless the card cannot be read. */
  readonly version?: string;
  readonly task?: string;
  readonly precision?: string;
  /** Bytes of what apps load. */
  readonly bytes?: number;
  readonly parameters?: number;
  /** What is wrong, for people. */
  readonly problem?: string;
}

export interface InstallDescription {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly threads: number;
  readonly memoryBytes: number;
  /** Libraries and their versions; "missing" where one does not load. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly backends: { readonly inference: string; readonly training: 'native' | 'portable' | 'none' };
  readonly models: readonly ModelDescription[];
  readonly formats: { readonly input: string; readonly output: Readonly<Record<string, readonly string[]>> };
  readonly limits: typeof DEFAULT_LIMITS;
}

/** @param models folder of model folders; the shipped ones by default. Problems are told in the result, not thrown. */
export async function describeInstall(version: string, models?: string): Promise<InstallDescription> {
  const [onnxruntime, sharp, libvips, canvas, training, described, spelling] = await Promise.all([
    import('../../models/runtime/session.js').then(({ runtimeVersion }) => runtimeVersion()).catch(missing),
    loadSharp()
      .then((sharp) => sharp.versions.sharp ?? 'unknown')
      .catch(missing),
    loadSharp()
      .then((sharp) => sharp.versions.vips)
      .catch(missing),
    canvasVersion().catch(missing),
    trainingBackend(),
    describeModels(models ?? join(packageRoot(), 'models', 'weights')),
    describeSpelling(models),
  ]);
  return {
    version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    libraries: { 'onnxruntime-node': onnxruntime, sharp, libvips, '@napi-rs/canvas': canvas },
    backends: { inference: onnxruntime === 'missing' ? 'none' : 'ONNX Runtime (CPU)', training },
    models: [...described, spelling],
    formats: {
      input: IMAGE_KINDS_TEXT,
      output: Object.fromEntries(FORMAT_NAMES.map((name) => [name, FORMATS[name].suffixes])),
    },
    limits: DEFAULT_LIMITS,
  };
}

const missing = () => 'missing';

async function canvasVersion(): Promise<string> {
  const canvas = (await import('@napi-rs/canvas')) as { clearAllCache?: unknown; version?: string };
  if (canvas.version) return canvas.version;
  const { createRequire } = await import('node:module');
  return (createRequire(import.meta.url)('@napi-rs/canvas/package.json') as { version: string }).version;
}

async function trainingBackend(): Promise<'native' | 'portable' | 'none'> {
  const { engineInstalled } = await import('../../models/engine/install.js');
  if (engineInstalled()) return 'native';
  const { createRequire } = await import('node:module');
  try {
    createRequire(import.meta.url).resolve('@tensorflow/tfjs');
    return 'portable';
  } catch {
    return 'none';
  }
}

/** Every folder with its card read and its files checked, in the order of their names. */
async function describeModels(folder: string): Promise<ModelDescription[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  if (names.length === 0)
    return [
      { name: '–', state: 'model_not_found', problem: `Expected model folders in ${folder} but found none.` },
    ];
  return Promise.all(names.sort().map((name) => describeModel(folder, name)));
}

async function describeModel(folder: string, name: string): Promise<ModelDescription> {
  const { readCardFile, readModelCard } = await import('../../models/runtime/model-folder.js');
  const path = join(folder, name);
  try {
    const card = await readModelCard(path);
    const facts = {
      name,
      version: card.version,
      task: card.task,
      precision: card.format.precision,
      bytes: card.files.model!.bytes,
      parameters: card.size.parameters,
    };
    try {
      for (const role of Object.keys(card.files)) await readCardFile(path, card, role);
      return { ...facts, state: 'ok' };
    } catch (error) {
      return { ...facts, ...problemOf(error) };
    }
  } catch (error) {
    return { name, ...problemOf(error) };
  }
}

/** Of the spelling model, which has no card. */
async function describeSpelling(folder: string | undefined): Promise<ModelDescription> {
  const facts = { name: 'spelling', task: 'spelling' };
  try {
    const { openSpelling } = await import('../../models/spelling/open-spelling.js');
    return { ...facts, bytes: (await openSpelling(folder)).encode().length, state: 'ok' };
  } catch (error) {
    return { ...facts, ...problemOf(error) };
  }
}

function problemOf(error: unknown): { state: string; problem: string } {
  if (error instanceof PocketlensError) return { state: error.code, problem: error.message };
  return { state: 'internal', problem: String(error) };
}
