/** The saliency network as passes see it. Quality: mean max-F (%) of the dev sets. */

import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import { type TaughtOutput, taughtOutputSchema } from '../../../compression/distill/outputs.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import type { Graph } from '../../../models/graph/ir.js';
import { openSession } from '../../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { deployedSaliency } from '../../../models/saliency/deployed-graph.js';
import { nameOutputs, saliencyInputShapes } from '../../../models/saliency/network.js';
import { saliencyOf } from '../../../models/saliency/open-saliency.js';
import type { SaliencyModel } from '../../../models/saliency/saliency.js';
import { parseRun } from '../run-config.js';
import { openSaliencyBatches } from '../saliency-batches.js';
import { loadLabelledPhotos } from '../saliency-data.js';
import { SALIENCY_DEV_SETS, saliencyFigures } from '../saliency-figures.js';
import {
  augmentationOf,
  type SaliencyRun,
  saliencyRates,
  saliencyRunSchema,
  saliencyTask,
} from '../saliency-run.js';
import type { JudgedSaliency } from '../saliency-sample-figures.js';
import { type BatchPlan, MILD_AUGMENTATION } from '../saliency-samples.js';
import { CALIBRATION_FROM, type TaskOptions } from './task-options.js';
import { lossGradients, tuneGraph } from './tune.js';

export function saliencyCompressionTask(graph: Graph, options: TaskOptions): CompressionTask {
  const model = saliencyConfigSchema.parse(graph.meta.config);
  // Nothing stays as it was: what passes take from the first blocks has to be mended.
  const run: SaliencyRun = { ...parseRun(saliencyRunSchema, options.config ?? {}), model, frozenBlocks: 0 };
  const [image] = graph.inputs;
  // A network with a segment stream is bound to one side.
  const own = image!.shape[1];
  const sides = own == null ? run.sides : [own];
  const side = own ?? model.side;
  const inputShapes = saliencyInputShapes({ ...model, side });
  const batches = (
    plan: Pick<BatchPlan, 'seed' | 'batch' | 'sides' | 'augmentation'>,
    from: number,
    workers: number,
  ) => {
    const segments = model.segment && { segments: model.segment.counts };
    return openSaliencyBatches({ ...plan, photos: loadLabelledPhotos(run.data), ...segments }, from, workers);
  };
  const training = async (from: number, seed: number) => {
    const plan = { seed, batch: run.batch, sides, augmentation: augmentationOf(run) };
    const dataset = batches(plan, from, options.workers);
    return saliencyTask(dataset, run, options.every);
  };
  const judge = async (judged: JudgedSaliency) => {
    const metrics = await saliencyFigures(judged, options.every);
    const maxF = SALIENCY_DEV_SETS.map((set) => metrics[`${set}.max-f`]!);
    return { quality: maxF.reduce((sum, value) => sum + value, 0) / maxF.length, metrics };
  };
  return {
    inputShapes,
    taughtOutputs: taughtOutputs(graph),
    deployed: deployedSaliency,
    calibratedOn: `photographs of ${run.data.join(', ')} (train)`,
    async calibration(count) {
      const augmentation = { ...MILD_AUGMENTATION, minCrop: 1, colour: 0 };
      const plan = { seed: options.seed, batch: 1, sides: [side], augmentation };
      const pictures = batches(plan, CALIBRATION_FROM, 0);
      const feeds: Feeds[] = [];
      while (feeds.length < count) {
        const { data, segments } = await pictures.next();
        const { pool, neighbours, paint } = segments?.[0] ?? {};
        const values: Readonly<Record<string, Float32Array | undefined>> = {
          pool,
          neighbours,
          paint,
          [image!.id]: data,
        };
        feeds.push(
          Object.fromEntries(
            graph.inputs.map(({ id }) => [id, { shape: inputShapes[id]!, data: values[id]! }]),
          ),
        );
      }
      await pictures.close();
      return feeds;
    },
    evaluate: (candidate) => judge(judgedCompressed(candidate)),
    evaluateOnnx: (onnx) => judge({ onnx, config: model }),
    tune: (candidate, tuning) =>
      tuneGraph(candidate, training, { ...run, rateFactor: saliencyRates(run) }, tuning, options),
    gradients: async (candidate, count) =>
      lossGradients(candidate, await training(CALIBRATION_FROM, options.seed), count),
  };
}

/** The map that is deployed, and of two streams each by itself, half as much. */
function taughtOutputs({ outputs }: Graph): TaughtOutput[] {
  const { dense, streams } = nameOutputs(outputs.map((_, index) => index));
  const taught = (output: number, weight: number) =>
    taughtOutputSchema.parse({ kind: 'sigmoid', output, weight });
  if (!streams) return [taught(dense, 1)];
  return [taught(streams.fused, 1), taught(dense, 0.5), taught(streams.segment, 0.5)];
}

/** A network that passes may have changed, as it is deployed, opened for prediction. */
export async function deployCompressed(graph: Graph, threads: number): Promise<SaliencyModel> {
  const { onnx, config } = judgedCompressed(graph);
  return saliencyOf(await openSession(onnx, { threads }), config);
}

function judgedCompressed(graph: Graph): JudgedSaliency {
  const onnx = exportOnnx(foldBatchNorm(deployedSaliency(graph)).graph);
  return { onnx, config: saliencyConfigSchema.parse(graph.meta.config) };
}
