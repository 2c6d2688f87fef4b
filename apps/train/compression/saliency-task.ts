/** The saliency network as passes see it. Quality: mean max-F (%) of the dev sets. */

import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import { dataPath } from '../../../models/base/paths.js';
import type { Graph, Node, ValueId } from '../../../models/graph/ir.js';
import { openSession } from '../../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import {
  buildSaliency,
  CONTOUR_OUTPUT,
  deploymentGraph,
  nameOutputs,
  SALIENCY_OUTPUT,
  saliencyInputShapes,
} from '../../../models/saliency/network.js';
import { saliencyOf } from '../../../models/saliency/open-saliency.js';
import { parseRun } from '../run-config.js';
import { openSaliencyBatches } from '../saliency-batches.js';
import { SALIENCY_DEV_SETS, saliencyFigures } from '../saliency-figures.js';
import {
  augmentationOf,
  type SaliencyRun,
  saliencyRates,
  saliencyRunSchema,
  saliencyTask,
} from '../saliency-run.js';
import { type BatchPlan, MILD_AUGMENTATION } from '../saliency-samples.js';
import { loadSaliencySet } from '../scoring/saliency/labelled-set.js';
import { CALIBRATION_FROM, type TaskOptions } from './task-options.js';
import { lossGradients, tuneGraph } from './tune.js';

export function saliencyCompressionTask(graph: Graph, options: TaskOptions): CompressionTask {
  const model = saliencyConfigSchema.parse(graph.meta.config);
  const run: SaliencyRun = { ...parseRun(saliencyRunSchema, options.config ?? {}), model };
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
    const photos = run.data.flatMap((set) => loadSaliencySet(dataPath('saliency', 'train', set)).samples);
    const segments = model.segment && { segments: model.segment.counts };
    const paths = photos.map(({ image, mask }) => ({ image, mask }));
    return openSaliencyBatches({ ...plan, photos: paths, ...segments }, from, workers);
  };
  const training = async (from: number) => {
    const { seed, batch } = run;
    const dataset = batches({ seed, batch, sides, augmentation: augmentationOf(run) }, from, options.workers);
    return saliencyTask(dataset, run, options.every);
  };
  return {
    inputShapes,
    deployed: deployedSaliency,
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
    async evaluate(candidate) {
      const bytes = exportOnnx(foldBatchNorm(deployedSaliency(candidate)).graph);
      const opened = saliencyOf(await openSession(bytes, { threads: 2 }), model);
      try {
        const metrics = await saliencyFigures(opened, options.every);
        const maxF = SALIENCY_DEV_SETS.map((set) => metrics[`${set}.max-f`]!);
        return { quality: maxF.reduce((sum, value) => sum + value, 0) / maxF.length, metrics };
      } finally {
        await opened.dispose();
      }
    },
    tune: (candidate, tuning) =>
      tuneGraph(candidate, training, { ...run, rateFactor: saliencyRates(run) }, tuning, options),
    gradients: async (candidate, count) => lossGradients(candidate, await training(CALIBRATION_FROM), count),
  };
}

/**
 * The trained graph as it ships: what only training needs goes, and the logits become probabilities at the picture's size,
 * by nodes as the network's own `deploymentGraph` adds. Unlike that it keeps what passes changed.
 */
export function deployedSaliency(trained: Graph): Graph {
  if (trained.outputs.includes(SALIENCY_OUTPUT)) return trained;
  const config = saliencyConfigSchema.parse(trained.meta.config);
  const template = deploymentGraph(buildSaliency(config));
  const { dense, contour, streams } = nameOutputs(trained.outputs);
  const ends = [
    ...endOf(template, SALIENCY_OUTPUT, streams?.fused ?? dense),
    ...endOf(template, CONTOUR_OUTPUT, contour),
  ];
  const needed = new Set([SALIENCY_OUTPUT, CONTOUR_OUTPUT, ...ends.flatMap(({ inputs }) => inputs)]);
  const kept = trained.nodes.toReversed().filter(({ outputs, inputs }) => {
    if (!outputs.some((id) => needed.has(id))) return false;
    for (const id of inputs) needed.add(id);
    return true;
  });
  const nodes = [...kept.toReversed(), ...ends];
  const used = new Set(nodes.flatMap(({ params }) => Object.values(params)));
  return {
    ...trained,
    nodes,
    outputs: [SALIENCY_OUTPUT, CONTOUR_OUTPUT],
    params: new Map([...trained.params].filter(([id]) => used.has(id))),
  };
}

/** The template's resizing and sigmoid before an output, after these logits. */
function endOf(template: Graph, output: ValueId, logits: ValueId): Node[] {
  const producer = (id: ValueId) => template.nodes.find(({ outputs }) => outputs.includes(id))!;
  const sigmoid = producer(output);
  const resize = producer(sigmoid.inputs[0]!);
  const resized = `${output}/resized`;
  return [
    { ...resize, id: resized, inputs: [logits], outputs: [resized] },
    { ...sigmoid, inputs: [resized] },
  ];
}
