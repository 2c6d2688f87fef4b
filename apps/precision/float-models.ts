/** `--precision float`: the weights that the compressed models were made of, as models that apps load in their place. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { cacheFolder, packageRoot } from '../../models/base/paths.js';
import type { Graph } from '../../models/graph/ir.js';
import type { ModelCard } from '../../models/runtime/model-card.js';
import { CARD_FILE, modelFolder, readCardFile, readModelCard } from '../../models/runtime/model-folder.js';

/**
 * Float models in the place of `models`.
 * @param models folder of model folders; the shipped ones when not given
 * @param names of those that are needed
 * @returns a folder of model folders
 * @throws model_not_found, model_corrupt, engine_missing without TensorFlow.js, output_unwritable
 */
export async function floatModels(models: string | undefined, names: readonly string[]): Promise<string> {
  const folder = models ?? join(packageRoot(), 'models', 'weights');
  const made: FloatModel[] = [];
  for (const name of names) made.push(await floatModel(join(folder, name)));
  const target = folderOf(made);
  for (const [i, name] of names.entries()) await writeOnce(join(target, name), made[i]!);
  return target;
}

/**
 * A float model in the place of the one in `folder`; of the shipped model `name` when none is given.
 * @throws as `floatModels`
 */
export async function floatModelFolder(folder: string | undefined, name: string): Promise<string> {
  const model = await floatModel(folder ?? modelFolder(name));
  const target = join(folderOf([model]), name);
  await writeOnce(target, model);
  return target;
}

/** Named by what is in it, so that it never holds what another version exported. */
function folderOf(models: readonly FloatModel[]): string {
  const hash = createHash('sha256');
  for (const { onnxBytes } of models) hash.update(onnxBytes);
  return cacheFolder('float-models', hash.digest('hex').slice(0, 16));
}

interface FloatModel {
  readonly card: ModelCard;
  readonly graph: Graph;
  readonly onnxBytes: Uint8Array;
}

async function floatModel(folder: string): Promise<FloatModel> {
  const card = await readModelCard(folder);
  const weights = await readCardFile(folder, card, 'weights');
  const { decodeGraph, foldBatchNorm, exportOnnx, deployedSaliency } = await loadExporter();
  const graph = decodeGraph(weights);
  const ships = card.task === 'saliency' ? deployedSaliency(graph) : graph;
  return { card, graph, onnxBytes: exportOnnx(foldBatchNorm(ships).graph) };
}

async function loadExporter() {
  try {
    const [serialize, fold, onnx, saliency] = await Promise.all([
      import('../../models/graph/serialize.js'),
      import('../../compression/cleanup/fold-batch-norm.js'),
      import('../../compression/export/onnx/export-onnx.js'),
      import('../../models/saliency/deployed-graph.js'),
    ]);
    return { ...serialize, ...fold, ...onnx, ...saliency };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new PocketlensError(
      'engine_missing',
      'Expected TensorFlow.js for --precision float but it is not installed.',
      { remedy: 'Run "npm install @tensorflow/tfjs-core@4.22.0", or leave the option out.', cause },
    );
  }
}

async function writeOnce(folder: string, { card, graph, onnxBytes }: FloatModel): Promise<void> {
  if (existsSync(join(folder, CARD_FILE))) return;
  const [{ writeModelFolder }, { mkdir }] = await Promise.all([
    import('../train/write-model-folder.js'),
    import('node:fs/promises'),
  ]);
  await mkdir(dirname(folder), { recursive: true });
  const {
    schemaVersion: _version,
    files: _files,
    compressed,
    format,
    size,
    compression: _passes,
    ...rest
  } = card;
  await writeModelFolder(folder, {
    graph,
    onnxBytes,
    card: {
      ...rest,
      format: { opset: format.opset, precision: 'float32' },
      ...(compressed && { metrics: compressed.parent.metrics }),
      ...(size.macs !== undefined && size.macsAt && { size: { macs: size.macs, macsAt: size.macsAt } }),
    },
  });
}
