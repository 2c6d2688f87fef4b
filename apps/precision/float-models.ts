/** `--precision float`: the weights that the compressed models were made of, as models that apps load in their place. */
import { join } from 'node:path';
import { packageRoot } from '../../models/base/paths.js';
import type { ModelCard } from '../../models/runtime/model-card.js';
import { modelFolder, readCardFile, readModelCard } from '../../models/runtime/model-folder.js';
import type { ModelCardDraft } from '../train/write-model-folder.js';
import { floatMetrics } from './float-metrics.js';
import { loadExporter } from './load-exporter.js';
import { keepModels, type ModelToMake } from './made-models.js';

/** Folder of the cache. */
const KIND = 'float-models';

/**
 * Float models in the place of `models`, with its spelling model where it has its own.
 * @param models folder of model folders; the shipped ones when not given
 * @param names of those that are needed
 * @returns a folder of model folders
 * @throws model_not_found, model_corrupt, engine_missing without TensorFlow.js, output_unwritable
 */
export async function floatModels(models: string | undefined, names: readonly string[]): Promise<string> {
  const folder = models ?? join(packageRoot(), 'models', 'weights');
  const made = new Map<string, ModelToMake>();
  for (const name of names) made.set(name, await floatModel(join(folder, name)));
  return keepModels(KIND, made, models);
}

/**
 * A float model in the place of the one in `folder`; of the shipped model `name` when none is given.
 * @throws as `floatModels`
 */
export async function floatModelFolder(folder: string | undefined, name: string): Promise<string> {
  const model = await floatModel(folder ?? modelFolder(name));
  return join(await keepModels(KIND, new Map([[name, model]])), name);
}

async function floatModel(folder: string): Promise<ModelToMake> {
  const card = await readModelCard(folder);
  return {
    card,
    async make() {
      const weights = await readCardFile(folder, card, 'weights');
      const { decodeGraph, foldBatchNorm, exportOnnx, deployedSaliency } = await loadExporter();
      const graph = decodeGraph(weights);
      const ships = card.task === 'saliency' ? deployedSaliency(graph) : graph;
      return { graph, onnxBytes: exportOnnx(foldBatchNorm(ships).graph), card: floatCard(card) };
    },
  };
}

/** The card without what is true of the compressed model only. */
function floatCard(card: ModelCard): ModelCardDraft {
  const {
    schemaVersion: _version,
    files: _files,
    compressed: _compressed,
    compression: _passes,
    format,
    size,
    ...rest
  } = card;
  return {
    ...rest,
    format: { opset: format.opset, precision: 'float32' },
    metrics: floatMetrics(card) ?? {},
    ...(size.macs !== undefined && size.macsAt && { size: { macs: size.macs, macsAt: size.macsAt } }),
  };
}
