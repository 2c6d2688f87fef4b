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

/** What any command may open of a folder of models. */
const ALL = ['detector', 'recognizer', 'saliency'];

/** Folder of model folders to open instead of `models`: what is packed is unpacked. */
export async function openableModels(models: string): Promise<string> {
  return (await import('../precision/unpacked-models.js')).unpackedModels(models, ALL);
}

/** As `openableModels`, of one model folder. */
export async function openableFolder(folder: string): Promise<string> {
  return (await import('../precision/unpacked-models.js')).unpackedModelFolder(folder);
}

/** Folder of model folders to open instead of `models`, of which `names` are needed. */
export async function modelsOf(
  { precision }: PrecisionFlags,
  models: string | undefined,
  names: readonly string[],
): Promise<string | undefined> {
  if (precision === 'compressed') return models && openableModels(models);
  return (await import('../precision/float-models.js')).floatModels(models, names);
}

/** Model folder to open instead of `folder`, which is one of `name`. */
export async function modelFolderOf(
  { precision }: PrecisionFlags,
  folder: string | undefined,
  name: string,
): Promise<string | undefined> {
  if (precision === 'compressed') return folder && openableFolder(folder);
  return (await import('../precision/float-models.js')).floatModelFolder(folder, name);
}
