/** The option `--precision` of the commands that run models. */
import type { Command } from 'commander';
import { choice } from './values.js';

const PRECISIONS = ['compressed', 'float'] as const;

export interface PrecisionFlags {
  readonly precision: (typeof PRECISIONS)[number];
}

export function withPrecision(command: Command): Command {
  return command.option(
    '--precision <name>',
    'compressed; or float: the weights that those models were made of, slower',
    choice('--precision', PRECISIONS),
    'compressed',
  );
}

/** Folder of model folders to open instead of `models`, of which `names` are needed. */
export async function modelsOf(
  { precision }: PrecisionFlags,
  models: string | undefined,
  names: readonly string[],
): Promise<string | undefined> {
  if (precision === 'compressed')
    return models && (await import('../precision/unpacked-models.js')).unpackedModels(models, names);
  return (await import('../precision/float-models.js')).floatModels(models, names);
}

/** Model folder to open instead of `folder`, which is one of `name`. */
export async function modelFolderOf(
  { precision }: PrecisionFlags,
  folder: string | undefined,
  name: string,
): Promise<string | undefined> {
  if (precision === 'compressed')
    return folder && (await import('../precision/unpacked-models.js')).unpackedModelFolder(folder);
  return (await import('../precision/float-models.js')).floatModelFolder(folder, name);
}
