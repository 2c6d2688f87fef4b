/** The spelling model that comes with the package, or another one beside other models. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../base/paths.js';
import { readModelFile } from '../runtime/model-file.js';
import { SpellingModel } from './spelling-model.js';

export const SPELLING_FILE = 'spelling.safetensors';

/** @param folder of model folders, which may have a spelling model of its own. @throws model_not_found, model_corrupt */
export async function openSpelling(folder?: string): Promise<SpellingModel> {
  const own = folder === undefined ? undefined : join(folder, SPELLING_FILE);
  const path = own && existsSync(own) ? own : join(packageRoot(), 'models', 'weights', SPELLING_FILE);
  return SpellingModel.decode(await readModelFile(path), path);
}
