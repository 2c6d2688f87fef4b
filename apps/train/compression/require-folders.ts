import { PocketlensError } from '../../../models/base/errors.js';
import type { RenderFolders } from '../train-recognizer.js';
import type { TaskOptions } from './task-options.js';

/** What text is rendered from. @throws data_missing */
export async function requireFolders({ folders }: TaskOptions): Promise<RenderFolders> {
  if (folders) return folders();
  throw new PocketlensError('data_missing', 'Expected fonts and text to render from but received none.', {
    remedy: 'Set POCKETLENS_DATA to the data folder.',
  });
}
