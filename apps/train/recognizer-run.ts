/** A training run of the recognizer: its config, its task for the loop, and the model folder it ends in. */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { foldBatchNorm } from '../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../compression/export/onnx/export-onnx.js';
import { ctcLoss } from '../../models/engine/kernels/ctc-loss.js';
import type { Graph } from '../../models/graph/ir.js';
import { Charset } from '../../models/recognizer/charset.js';
import { recognizerConfigSchema } from '../../models/recognizer/config.js';
import { recognizerOf } from '../../models/recognizer/open-recognizer.js';
import type { WordRecognizer } from '../../models/recognizer/reading.js';
import { openSession } from '../../models/runtime/session.js';
import type { Dataset } from '../../models/training/dataset.js';
import type { TrainingTask } from '../../models/training/loop.js';
import type { LineBatch } from './line-batches.js';
import { devFigures } from './read-set.js';

const share = z.number().min(0).max(1);

export const recognizerRunSchema = z.strictObject({
  model: recognizerConfigSchema.prefault({}),
  seed: z.int().default(1),
  synth: z
    .strictObject({
      strength: share.default(1),
      compositing: z.boolean().default(true),
      profiles: z.record(z.string(), z.number().min(0)).optional(),
      languages: z.record(z.string(), z.number().min(0)).optional(),
    })
    .prefault({}),
  /** Sets below `ocr/train` → share of their lines among all; the rest is rendered. */
  real: z
    .record(z.string(), z.number().positive().max(0.9))
    .refine((sets) => Object.values(sets).reduce((a, b) => a + b, 0) <= 0.9, 'shares of at most 0.9 together')
    .default({}),
  batchPixels: z.number().positive().default(10_240),
  reuse: z.int().min(1).default(2),
  learningRate: z.number().positive().default(0.002),
  warmupSteps: z.int().min(0).default(200),
  decayShare: share.default(0.4),
  weightDecay: z.number().min(0).default(0.01),
  clipNorm: z.number().positive().default(5),
  averageDecay: share.default(0.999),
});

export type RecognizerRun = z.infer<typeof recognizerRunSchema>;

/** The graph as it is deployed, opened for reading. */
export async function deployGraph(graph: Graph, threads: number): Promise<WordRecognizer> {
  const bytes = exportOnnx(foldBatchNorm(graph).graph);
  return recognizerOf(await openSession(bytes, { threads }), recognizerConfigSchema.parse(graph.meta.config));
}

/** @param every evaluates each n-th dev sample. */
export function recognizerTask(
  dataset: Dataset<LineBatch>,
  run: RecognizerRun,
  every: number,
): TrainingTask<LineBatch> {
  const { height } = run.model.preprocessing;
  const { blank } = new Charset(run.model.charset);
  return {
    dataset,
    feeds: ({ data, labels, width }) => ({ image: tf.tensor4d(data, [labels.length, height, width, 1]) }),
    loss: ([logits], { labels, frames }) => {
      if (logits!.shape[2] !== blank + 1) throw new RangeError('the blank must be the last class');
      // Per character, so that long lines do not drown the short ones.
      const lengths = tf.tensor1d(labels.map((label) => label.length + 2));
      return tf.mean(tf.div(ctcLoss(logits as tf.Tensor3D, labels, frames), lengths)) as tf.Scalar;
    },
    size: ({ labels }) => labels.length,
    lengths: ({ frames }) => frames,
    async evaluate(graph) {
      const recognizer = await deployGraph(graph, 2);
      try {
        return await devFigures(recognizer, every);
      } finally {
        await recognizer.dispose();
      }
    },
    best: { metric: 'mean-line-cer', direction: 'min' },
  };
}
