/** The detector as passes see it. Quality: mean F1 by coverage (%) of the dev page sets. */
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import { detectorConfigSchema } from '../../../models/detector/config.js';
import { detectorOf } from '../../../models/detector/open-detector.js';
import type { Graph } from '../../../models/graph/ir.js';
import { openSession } from '../../../models/runtime/session.js';
import { loadOtherPages, openSquares } from '../detector-data.js';
import { type DetectorRun, detectionFigures, detectorRunSchema, detectorTask } from '../detector-run.js';
import type { OtherPages } from '../page-batches.js';
import { parseRun } from '../run-config.js';
import { requireFolders } from './require-folders.js';
import { CALIBRATION_FROM, type TaskOptions } from './task-options.js';
import { lossGradients, tuneGraph } from './tune.js';

/** A page of A4 at the detector's working size. */
const PAGE = [1, 1760, 1248, 1];

export function detectorCompressionTask(graph: Graph, options: TaskOptions): CompressionTask {
  const model = detectorConfigSchema.parse(graph.meta.config);
  const run: DetectorRun = { ...parseRun(detectorRunSchema, options.config ?? {}), model };
  const input = graph.inputs[0]!.id;
  let others: Promise<OtherPages[]> | undefined;

  const batches = async (from: number, seed: number, batch = run.batch) => {
    others ??= loadOtherPages(run);
    const { workers } = options;
    return openSquares(run, await requireFolders(options), {
      workers,
      from,
      seed,
      batch,
      others: await others,
    });
  };
  const training = async (from: number, seed: number) =>
    detectorTask(await batches(from, seed), [], options.every);
  const evaluateOnnx = async (onnx: Uint8Array) => {
    const detector = detectorOf(await openSession(onnx, { threads: 2 }), model);
    try {
      const metrics = await detectionFigures(detector, [], options.every);
      return { quality: metrics['mean-coverage-f1']!, metrics };
    } finally {
      await detector.dispose();
    }
  };
  return {
    inputShapes: { [input]: PAGE },
    calibratedOn: `rendered pages and ${Object.keys(run.real).join(', ')} (train)`,
    async calibration(count) {
      const squares = await batches(CALIBRATION_FROM, options.seed, 1);
      try {
        const feeds: Feeds[] = [];
        while (feeds.length < count) {
          const { data, side } = await squares.next();
          feeds.push({ [input]: { shape: [1, side, side, 1], data } });
        }
        return feeds;
      } finally {
        await squares.close();
      }
    },
    evaluate: (candidate) => evaluateOnnx(exportOnnx(foldBatchNorm(candidate).graph)),
    evaluateOnnx,
    tune: (candidate, tuning) => tuneGraph(candidate, training, run, tuning, options),
    gradients: async (candidate, count) =>
      lossGradients(candidate, await training(CALIBRATION_FROM, options.seed), count),
  };
}
