/** A training run of the detector: its config, its task for the loop, and how it is measured. */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { foldBatchNorm } from '../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../compression/export/onnx/export-onnx.js';
import type { PageSample } from '../../models/base/image.js';
import { dataPath } from '../../models/base/paths.js';
import { detectorConfigSchema } from '../../models/detector/config.js';
import type { Detector } from '../../models/detector/detection.js';
import {
  addCounts,
  countCoverage,
  countMatches,
  NO_COUNTS,
  score,
} from '../../models/detector/detection-metrics.js';
import { CORE_STRIDE, GEOMETRY_CHANNELS, GEOMETRY_STRIDE } from '../../models/detector/maps.js';
import { detectorOf } from '../../models/detector/open-detector.js';
import type { Graph } from '../../models/graph/ir.js';
import { openSession } from '../../models/runtime/session.js';
import type { Dataset } from '../../models/training/dataset.js';
import type { TrainingTask } from '../../models/training/loop.js';
import { detectionLoss } from '../../models/training/losses/detection.js';
import { loadGray } from './load-gray.js';
import type { PageBatch } from './page-batches.js';
import { loadLabels } from './scoring/labels.js';

const share = z.number().min(0).max(1);

export const detectorRunSchema = z.strictObject({
  model: detectorConfigSchema.prefault({}),
  seed: z.int().default(1),
  synth: z
    .strictObject({
      strength: share.default(1),
      kinds: z.record(z.string(), z.number().min(0)).optional(),
      /** Folder below the data folder with photographs, before which scenes stand. */
      photos: z.string().optional(),
    })
    .prefault({}),
  /** Sets below `ocr/train` → share of the squares that are cut from their pages; the rest is rendered. */
  real: z
    .record(z.string(), z.number().positive().max(0.9))
    .refine((sets) => Object.values(sets).reduce((a, b) => a + b, 0) <= 0.6, 'shares of at most 0.6 together')
    .default({}),
  /** Real words, pasted on photographs. */
  pasted: z
    .strictObject({
      /** Sets of words below `ocr/train`. */
      words: z.array(z.string()).min(1),
      /** Folder below the data folder with photographs that hold no text. */
      photos: z.string(),
      share: z.number().positive().max(0.3),
    })
    .optional(),
  side: z.int().multipleOf(32).default(448),
  batch: z.int().positive().default(8),
  cuts: z.int().positive().default(3),
  learningRate: z.number().positive().default(0.002),
  warmupSteps: z.int().min(0).default(100),
  decayShare: share.default(0.5),
  weightDecay: z.number().min(0).default(0.01),
  clipNorm: z.number().positive().default(5),
  averageDecay: share.default(0.998),
});

export type DetectorRun = z.infer<typeof detectorRunSchema>;

/** Dev page sets with line, segment or word boxes; found lines are measured by coverage. */
export const DETECTION_SETS = [
  'scribeocr',
  'funsd',
  'sroie',
  'ehri-typewritten-english',
  'icdar2013-borndigital',
  'icdar2015',
] as const;

/** The graph as it is deployed, opened for detecting. */
export async function deployDetector(graph: Graph, threads: number): Promise<Detector> {
  const bytes = exportOnnx(foldBatchNorm(graph).graph);
  return detectorOf(await openSession(bytes, { threads }), detectorConfigSchema.parse(graph.meta.config));
}

/** F1 by coverage on each dev set (in %), their mean, and, of rendered pages, F1 at IoU 0.5. */
export async function detectionFigures(
  detector: Detector,
  rendered: readonly PageSample[],
  every: number,
): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  let counts = NO_COUNTS;
  for (const { image, lines } of rendered) {
    const found = await detector.detect(image);
    counts = addCounts(
      counts,
      countMatches(
        lines,
        found.map(({ quad }) => quad),
      ),
    );
  }
  if (rendered.length) figures['rendered.f1'] = 100 * score(counts).f1;
  let sum = 0;
  for (const set of DETECTION_SETS) {
    const { samples } = loadLabels(dataPath('ocr', 'dev', 'pages', set));
    let total = NO_COUNTS;
    for (const sample of samples.filter((_, i) => i % every === 0)) {
      const found = await detector.detect(await loadGray(sample.path));
      total = addCounts(
        total,
        countCoverage(
          sample.lines ?? [],
          found.map(({ quad }) => quad),
        ),
      );
    }
    const { precision, recall, f1 } = score(total);
    figures[`${set}.precision`] = 100 * precision;
    figures[`${set}.recall`] = 100 * recall;
    figures[`${set}.f1`] = 100 * f1;
    sum += 100 * f1;
  }
  figures['mean-coverage-f1'] = sum / DETECTION_SETS.length;
  return figures;
}

export function detectorTask(
  dataset: Dataset<PageBatch>,
  rendered: readonly PageSample[],
  every: number,
): TrainingTask<PageBatch> {
  return {
    dataset,
    feeds: ({ data, count, side }) => ({ image: tf.tensor4d(data, [count, side, side, 1]) }),
    loss: ([core, geometry], { count, side, ...maps }) => {
      const fine = side / CORE_STRIDE;
      const coarse = side / GEOMETRY_STRIDE;
      return detectionLoss(core as tf.Tensor4D, geometry as tf.Tensor4D, {
        core: tf.tensor4d(maps.core, [count, fine, fine, 1]),
        coreWeight: tf.tensor4d(maps.coreWeight, [count, fine, fine, 1]),
        geometry: tf.tensor4d(maps.geometry, [count, coarse, coarse, GEOMETRY_CHANNELS]),
        geometryWeight: tf.tensor4d(maps.geometryWeight, [count, coarse, coarse, 1]),
      }).total;
    },
    size: ({ count }) => count,
    async evaluate(graph) {
      const detector = await deployDetector(graph, 2);
      try {
        return await detectionFigures(detector, rendered, every);
      } finally {
        await detector.dispose();
      }
    },
    best: { metric: 'mean-coverage-f1', direction: 'max' },
  };
}
