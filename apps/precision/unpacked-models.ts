/**
 * Models whose file is packed: few bits a weight, for which ONNX has no type. They are unpacked when they are first opened,
 * and kept in the user's cache as ONNX.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ModelCard } from '../../models/runtime/model-card.js';
import { CARD_FILE, isPacked, readCardFile, readModelCard } from '../../models/runtime/model-folder.js';
import { loadExporter } from './load-exporter.js';
import { keepModels, type MadeModel, type ModelToMake } from './made-models.js';

/**
 * @param models folder of model folders
 * @param names of those that may be needed; what is not there is left out
 * @returns the folder itself where none of them is packed, else one of their copies
 * @throws model_not_found, model_corrupt, engine_missing without TensorFlow.js, output_unwritable
 */
export async function unpackedModels(models: string, names: readonly string[]): Promise<string> {
  const cards = new Map<string, ModelCard>();
  for (const name of names) {
    const folder = join(models, name);
    if (existsSync(join(folder, CARD_FILE))) cards.set(name, await readModelCard(folder));
  }
  if (![...cards.values()].some(isPacked)) return models;
  const made = new Map<string, ModelToMake>();
  for (const [name, card] of cards) made.set(name, { card, make: () => openable(join(models, name), card) });
  return keepModels('unpacked-models', made, models);
}

/** As `unpackedModels`, of one model folder. */
export async function unpackedModelFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const name = basename(path);
  return join(await unpackedModels(dirname(path), [name]), name);
}

async function openable(folder: string, card: ModelCard): Promise<MadeModel> {
  const { decodeGraph, unpackGraph, exportOnnx } = await loadExporter();
  const graph = decodeGraph(await readCardFile(folder, card, 'weights'));
  const bytes = await readCardFile(folder, card, 'model');
  const onnxBytes = isPacked(card) ? exportOnnx(unpackGraph(bytes)) : bytes;
  const { schemaVersion: _version, files: _files, format, ...rest } = card;
  return {
    graph,
    onnxBytes,
    card: { ...rest, format: { opset: format.opset, precision: format.precision } },
  };
}
