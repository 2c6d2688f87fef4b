/** A training run of the saliency network: its config, its task for the loop, and how it is deployed. */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { foldBatchNorm } from '../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../compression/export/onnx/export-onnx.js';
import type { Graph } from '../../models/graph/ir.js';
import { openSession } from '../../models/runtime/session.js';
import { BACKBONE_SCOPE, BACKBONE_STEM, backboneBlock } from '../../models/saliency/backbone.js';
import { saliencyConfigSchema } from '../../models/saliency/config.js';
import { deployedSaliency, type StreamChoice } from '../../models/saliency/deployed-graph.js';
import { nameOutputs } from '../../models/saliency/network.js';
import { saliencyOf } from '../../models/saliency/open-saliency.js';
import type { SaliencyModel } from '../../models/saliency/saliency.js';
import type { SegmentFeeds } from '../../models/saliency/segment-feeds.js';
import type { SegmentMatrices } from '../../models/saliency/segment-stream.js';
import type { Dataset } from '../../models/training/dataset.js';
import type { TrainingTask } from '../../models/training/loop.js';
import { saliencyLoss } from '../../models/training/losses/saliency.js';
import { saliencyFigures } from './saliency-figures.js';
import type { JudgedSaliency } from './saliency-sample-figures.js';
import { type Augmentation, MILD_AUGMENTATION, type SaliencyBatch } from './saliency-samples.js';

const share = z.number().min(0).max(1);

export const saliencyRunSchema = z.strictObject({
  model: saliencyConfigSchema.prefault({}),
  seed: z.int().default(1),
  /** Sets below `saliency/train`, and "pseudo/NAME" of `pocketlens train pseudo-mask`. */
  data: z
    .array(z.string().regex(/^(pseudo\/)?[\w-]+$/))
    .min(1)
    .default(['duts-tr', 'msra-1000']),
  /** File of the pretrained backbone below `backbones`; null: start from random weights. */
  backbone: z.string().nullable().default('mobilenet-v2-1.0-bn.safetensors'),
  /** The backbone's learning rate as a share of the others'. */
  backboneRate: share.default(0.2),
  /** The stem and so many blocks of the backbone stay as they are: what they see is the same in any photograph. */
  frozenBlocks: z.int().min(0).max(17).default(1),
  /** What is trained; the rest stays as it is. The paper's scheme: dense first, then segment, then fusion, then all. */
  learn: z
    .array(z.enum(['backbone', 'dense', 'segment', 'fusion']))
    .min(1)
    .default(['backbone', 'dense', 'segment', 'fusion']),
  /** Normalise by the running statistics. Needed where the dense stream is not trained. */
  freezeBatchNorm: z.boolean().default(false),
  batch: z.int().positive().default(8),
  /** Sides of the training squares; each batch has one of them. A side given twice is taken twice as often. */
  sides: z.array(z.int().multipleOf(32)).min(1).default([224, 256, 256, 320]),
  /** See `Augmentation`. */
  minCrop: share.default(MILD_AUGMENTATION.minCrop),
  maxCrop: z.number().min(0).max(2).default(MILD_AUGMENTATION.maxCrop),
  rotation: z.number().min(0).max(180).default(MILD_AUGMENTATION.rotation),
  colour: share.default(MILD_AUGMENTATION.colour),
  degrade: share.default(MILD_AUGMENTATION.degrade),
  paste: share.default(MILD_AUGMENTATION.paste),
  learningRate: z.number().positive().default(0.001),
  warmupSteps: z.int().min(0).default(200),
  decayShare: share.default(0.6),
  weightDecay: z.number().min(0).default(0.02),
  clipNorm: z.number().positive().default(5),
  averageDecay: share.default(0.998),
});

export type SaliencyRun = z.infer<typeof saliencyRunSchema>;

export function augmentationOf(run: SaliencyRun): Augmentation {
  const { minCrop, maxCrop, rotation, colour, degrade, paste } = run;
  return { minCrop, maxCrop, rotation, colour, degrade, paste };
}

/** Factor on the learning rate of a param. */
export function saliencyRates(run: SaliencyRun): (id: string) => number {
  const frozen = Array.from({ length: run.frozenBlocks }, (_, i) => backboneBlock(i));
  const still = run.frozenBlocks > 0 ? [BACKBONE_STEM, ...frozen] : [];
  const learnt: ReadonlySet<string> = new Set(run.learn);
  return (id) => {
    if (!learnt.has(id.slice(0, id.indexOf('/')))) return 0;
    if (!id.startsWith(`${BACKBONE_SCOPE}/`)) return 1;
    return still.some((name) => id.startsWith(`${BACKBONE_SCOPE}/${name}/`)) ? 0 : run.backboneRate;
  };
}

/** The trained graph as ONNX bytes: probabilities at the image's size, batch normalisation folded. */
export function exportSaliency(graph: Graph, choice: StreamChoice = 'fusion'): Uint8Array {
  return exportOnnx(foldBatchNorm(deployedSaliency(graph, choice)).graph);
}

/** The graph as it is deployed, opened for prediction. */
export async function deploySaliency(
  graph: Graph,
  threads: number,
  choice: StreamChoice = 'fusion',
): Promise<SaliencyModel> {
  const { onnx, config } = judgedSaliency(graph, choice);
  return saliencyOf(await openSession(onnx, { threads }), config);
}

/** The graph as it is deployed, to be judged. */
export function judgedSaliency(graph: Graph, choice: StreamChoice = 'fusion'): JudgedSaliency {
  const { meta } = deployedSaliency(graph, choice);
  return { onnx: exportSaliency(graph, choice), config: saliencyConfigSchema.parse(meta.config) };
}

/** @param every evaluates each n-th dev image. */
export function saliencyTask(
  dataset: Dataset<SaliencyBatch>,
  run: SaliencyRun,
  every: number,
): TrainingTask<SaliencyBatch> {
  // What has not been taught yet is not judged either.
  const choice = run.learn.includes('fusion') ? 'fusion' : run.learn.includes('dense') ? 'dense' : 'segment';
  return {
    dataset,
    feeds: ({ data, count, side, segments }) => ({
      image: tf.tensor4d(data, [count, side, side, 3]),
      ...(segments && segmentTensors(segments)),
    }),
    loss: (outputs, { count, side, ...maps }) =>
      saliencyLoss(nameOutputs(outputs as tf.Tensor4D[]), {
        mask: tf.tensor4d(maps.mask, [count, side, side, 1]),
        weight: tf.tensor4d(maps.weight, [count, side, side, 1]),
        contour: tf.tensor4d(maps.contour, [count, side / 2, side / 2, 1]),
      }),
    size: ({ count }) => count,
    evaluate: (graph) => saliencyFigures(judgedSaliency(graph, choice), every),
    best: { metric: 'quality', direction: 'max' },
  };
}

function segmentTensors(segments: readonly SegmentFeeds[]): Record<keyof SegmentMatrices, tf.Tensor> {
  const { slots } = segments[0]!;
  const stack = (key: keyof SegmentMatrices, rows: number) =>
    tf.stack(segments.map((feeds) => tf.tensor2d(feeds[key], [rows, feeds[key].length / rows])));
  const cells = segments[0]!.paint.length / slots;
  return { pool: stack('pool', slots), neighbours: stack('neighbours', slots), paint: stack('paint', cells) };
}
