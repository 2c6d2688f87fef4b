/** Loads TensorFlow.js on the best backend that is here. Every other module just imports `@tensorflow/tfjs-core`. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-core';
import { PocketlensError } from '../base/errors.js';
import { packageRoot } from '../base/paths.js';
import { registerFastGradients } from './gradients.js';
import { keepInt64Quiet, TENSORFLOW_BACKEND } from './native.js';
import { QUIET_ADDON_FILE } from './quiet-addon.js';

export type EngineBackend = 'gpu' | 'native' | 'portable';

export interface EngineOptions {
  /** Default: native where it is set up, else portable. `native` includes the GPU. */
  backend?: 'native' | 'portable';
  /** Threads of the native backend; counts only in the first load of a process. Default: all cores. */
  threads?: number;
  /** No warning when falling back to the portable backend. */
  quiet?: boolean;
}

export interface Engine {
  readonly backend: EngineBackend;
  readonly tf: typeof TensorFlow;
  /** E.g. "TensorFlow 2.21.0 (tfjs 4.22.0)". */
  readonly version: string;
}

interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding: { readonly TF_Version: string };
}

let nativeFailure: string | undefined;
let nativeLoaded = false;
let warned = false;

/**
 * Makes a backend the current one of `@tensorflow/tfjs-core` and waits until it is ready. Call it before the first
 * tensor; a later call may switch the backend.
 * @throws engine_missing when native is asked for and is not here, or TensorFlow.js is not installed at all.
 */
export async function loadEngine(options: EngineOptions = {}): Promise<Engine> {
  if (options.backend !== 'portable') {
    if (await loadNative(options.threads)) return nativeEngine();
    if (options.backend === 'native') {
      throw new PocketlensError('engine_missing', `Native TensorFlow cannot be loaded: ${nativeFailure}.`, {
        remedy: 'Run "npm run engine" (or "pocketlens engine") to set it up.',
      });
    }
    if (!options.quiet && !warned) {
      warned = true;
      process.stderr.write(
        `Warning: native TensorFlow cannot be loaded (${nativeFailure}); using the portable backend, which is ` +
          'some fifty times slower. Run "npm run engine" to set up the native one.\n',
      );
    }
  }
  return portableEngine();
}

async function loadNative(threads: number | undefined): Promise<boolean> {
  if (nativeLoaded || nativeFailure !== undefined) return nativeLoaded;
  prepareEnvironment(threads);
  const failures: string[] = [];
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      keepLoadingQuiet(name);
      await importOptional(name);
      nativeLoaded = true;
      return true;
    } catch (error) {
      if (!name.endsWith('-gpu')) failures.push(reason(error));
    }
  }
  nativeFailure = failures.join('; ').replace(/\.$/, '');
  return false;
}

async function nativeEngine(): Promise<Engine> {
  const tf = await import('@tensorflow/tfjs-core');
  await tf.setBackend(TENSORFLOW_BACKEND);
  await tf.ready();
  keepInt64Quiet();
  registerFastGradients();
  const backend = tf.backend() as unknown as NodeBackend;
  const version = `TensorFlow ${backend.binding.TF_Version} (tfjs ${tf.version_core})`;
  return { backend: backend.isUsingGpuDevice ? 'gpu' : 'native', tf, version };
}

async function portableEngine(): Promise<Engine> {
  try {
    // The union package registers the backend's kernels and every operator's gradient.
    await importOptional('@tensorflow/tfjs');
  } catch (cause) {
    throw new PocketlensError('engine_missing', 'Training needs TensorFlow.js, which is not installed.', {
      remedy: 'Run npm install @tensorflow/tfjs @tensorflow/tfjs-node.',
      cause,
    });
  }
  const tf = await import('@tensorflow/tfjs-core');
  await tf.setBackend('cpu');
  await tf.ready();
  // The backend's first use would advertise tfjs-node on stderr; our own warning says it better.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  return { backend: 'portable', tf, version: `tfjs ${tf.version_core}` };
}

/** Settings that count only before the native library is loaded. What the user has set stays. */
function prepareEnvironment(threads: number | undefined): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(threads);
    process.env.TF_NUM_INTEROP_THREADS = String(threads);
    process.env.OMP_NUM_THREADS ??= String(threads);
  }
  // tfjs-node 4 calls the first, which Node 23 removed, and the second, which newer Nodes print a warning about.
  const old = util as {
    isNullOrUndefined?: (value: unknown) => boolean;
    isArray: (value: unknown) => boolean;
  };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray = Array.isArray;
}

/** Loads the addon that silences TensorFlow's loading, where `installEngine` has put it. See quiet-addon.ts. */
function keepLoadingQuiet(name: string): void {
  const require = createRequire(join(packageRoot(), 'package.json'));
  try {
    require(join(dirname(require.resolve(`${name}/package.json`)), 'lib', 'napi-v8', QUIET_ADDON_FILE));
  } catch {
    // Without it TensorFlow works just as well, only noisier.
  }
}

/** Imports a package that may be absent; the name is not literal, so that no bundler and no type check asks for it. */
async function importOptional(name: string): Promise<void> {
  const path = createRequire(join(packageRoot(), 'package.json')).resolve(name);
  await import(pathToFileURL(path).href);
}

/** Why an import failed, in one line. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('can not be found at path')) return 'its compiled addon is not here';
  return (message.split('\n')[0] ?? '').slice(0, 300);
}
