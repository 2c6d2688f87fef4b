/** A shipped model as bundles take it: its card, its float graph and its 8-bit graph, each made when it is first needed. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph } from '../../../models/graph/ir.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import { isPacked, readCardFile, readModelCard } from '../../../models/runtime/model-folder.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { floatMetrics } from '../../precision/float-metrics.js';
import type { Precision } from './variants.js';

export interface ModelSource {
  readonly card: ModelCard;
  /** The file that apps load. */
  readonly deployed: Uint8Array;
  /** In float32, as it ships: normalisation folded, nothing that only training needs. */
  float(): Promise<Graph>;
  /** 8-bit weights and activations. */
  int8(): Promise<Graph>;
  /** Whether `deployed` is the 8-bit graph. */
  readonly isQuantized: boolean;
}

/**
 * The 8-bit graph is the deployed one where the folder's card says that it is; it holds the ranges of its activations, so
 * that no data is needed here.
 * @throws model_not_found, model_corrupt; later invalid_argument where there is no 8-bit graph
 */
export async function openModelSource(folder: string): Promise<ModelSource> {
  const card = await readModelCard(folder);
  const deployed = await deployedOnnx(folder, card);
  const isQuantized = card.format.precision === 'int8' || card.format.precision === 'mixed';
  return {
    card,
    deployed,
    isQuantized,
    float: once(async () => {
      const { decodeGraph } = await import('../../../models/graph/serialize.js');
      const trained = decodeGraph(await readCardFile(folder, card, 'weights'));
      return floatGraph(trained);
    }),
    int8: once(async () => {
      if (!isQuantized) throw noInt8(card.name);
      const { importOnnx } = await import('../../../compression/import/onnx/import-onnx.js');
      return importOnnx(deployed, { name: card.name }).graph;
    }),
  };
}

async function deployedOnnx(folder: string, card: ModelCard): Promise<Uint8Array> {
  const bytes = await readCardFile(folder, card, 'model');
  if (!isPacked(card)) return bytes;
  const [{ unpackGraph }, { exportOnnx }] = await Promise.all([
    import('../../../compression/pack/pack-graph.js'),
    import('../../../compression/export/onnx/export-onnx.js'),
  ]);
  return exportOnnx(unpackGraph(bytes));
}

async function floatGraph(trained: Graph): Promise<Graph> {
  const { foldBatchNorm } = await import('../../../compression/cleanup/fold-batch-norm.js');
  if (trained.name !== 'saliency') return foldBatchNorm(trained).graph;
  const { deployedSaliency } = await import('../../../models/saliency/deployed-graph.js');
  return foldBatchNorm(deployedSaliency(trained)).graph;
}

/** What the card says was measured on a precision: of the file that apps load, and of the weights in float. */
export function cardMetrics(
  { card, isQuantized }: ModelSource,
  precision: Precision,
): ModelCard['metrics'] | undefined {
  const isShipped = precision === 'int8' && isQuantized;
  const metrics = isShipped ? card.metrics : precision === 'float32' ? floatMetrics(card) : undefined;
  return metrics && Object.keys(metrics).length > 0 ? metrics : undefined;
}

/** Shapes at which costs are counted: the card's, with those of the segment matrices. */
export async function costShapes({ card }: ModelSource): Promise<Record<string, number[]> | undefined> {
  const { macsAt } = card.size;
  if (card.task === 'saliency') {
    const { saliencyInputShapes } = await import('../../../models/saliency/network.js');
    return saliencyInputShapes(saliencyConfigSchema.parse(card.config));
  }
  return macsAt && { [card.format.inputs[0]!.name]: macsAt };
}

function noInt8(name: string): PocketlensError {
  return new PocketlensError(
    'invalid_argument',
    `Expected an 8-bit model in the folder of "${name}" for --precision int8 but it holds a float one.`,
    {
      remedy: `Make one with "pocketlens compress ${name} --recipe accurate -o FOLDER/${name}" and give --weights FOLDER.`,
    },
  );
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
