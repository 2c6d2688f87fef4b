/** The bundle that is shown where none is named: the shipped models, as ONNX. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, packageVersion } from '../../../../models/base/paths.js';
import { SPELLING_FILE } from '../../../../models/spelling/open-spelling.js';
import { buildBundle, MODELS } from '../../build/build-bundle.js';
import { openModelSource } from '../../build/model-source.js';
import type { Precision } from '../../build/variants.js';
import { writeBundle } from '../../build/write-bundle.js';

/**
 * Built once, and anew when anything of which it is made may have changed.
 * @param note told before it is built. @returns its folder. @throws what building a bundle throws
 */
export async function shippedBundle(note?: (text: string) => void): Promise<string> {
  const folder = join(packageRoot(), 'runs', 'demo', 'bundle');
  if (isFresh(folder)) return folder;
  note?.('Building the bundle of the shipped models…');
  const bundle = await buildBundle({
    models: MODELS,
    formats: ['onnx'],
    precisions: await shippedPrecisions(),
    version: packageVersion(),
  });
  try {
    await writeBundle(folder, bundle);
  } catch (error) {
    // Another process may have written the same at the same time.
    if (!isFresh(folder)) throw error;
  }
  return folder;
}

/** 8-bit models for WebAssembly, with floats for graphics processors; floats for both where the shipped ones are not 8-bit. */
async function shippedPrecisions(): Promise<Precision[]> {
  const weights = join(packageRoot(), 'models', 'weights');
  const sources = await Promise.all(MODELS.map((name) => openModelSource(join(weights, name))));
  return sources.every(({ isQuantized }) => isQuantized) ? ['int8', 'float16'] : ['float32', 'float16'];
}

/** Newer than the compiled code, and than the models. */
function isFresh(folder: string): boolean {
  const manifest = join(folder, 'manifest.json');
  if (!existsSync(manifest)) return false;
  const built = statSync(manifest).mtimeMs;
  const sources = [
    join(packageRoot(), 'dist', '.built'),
    ...MODELS.map((name) => join(packageRoot(), 'models', 'weights', name, 'card.json')),
    join(packageRoot(), 'models', 'weights', SPELLING_FILE),
  ];
  return sources.every((path) => !existsSync(path) || statSync(path).mtimeMs < built);
}
