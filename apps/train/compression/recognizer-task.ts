/** The recognizer as passes see it. Quality: 100 − mean CER (%) of the dev line sets. */
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import type { LineSample } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import type { Graph } from '../../../models/graph/ir.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { recognizerOf, stackLines } from '../../../models/recognizer/open-recognizer.js';
import { prepareLine } from '../../../models/recognizer/preprocess.js';
import { openSession } from '../../../models/runtime/session.js';
import { createLineRenderer, type LineRendererOptions, type ProfileName } from '../../../synth/line.js';
import { openLineBatches, type RealSource } from '../line-batches.js';
import { loadGray } from '../load-gray.js';
import { devFigures, loadRealLines, PSEUDO_PREFIX, trainFolder } from '../read-set.js';
import { deployGraph, type RecognizerRun, recognizerRunSchema, recognizerTask } from '../recognizer-run.js';
import { parseRun } from '../run-config.js';
import { loadLabels } from '../scoring/labels.js';
import { requireFolders } from './require-folders.js';
import { CALIBRATION_FROM, REAL_SHARE, type TaskOptions } from './task-options.js';
import { lossGradients, tuneGraph } from './tune.js';

/** Width that costs and latencies are taken at: a line of about thirty letters. */
const LINE_WIDTH = 320;
/** Input widths are multiples of this. */
const WIDTH_STEP = 32;

export function recognizerCompressionTask(graph: Graph, options: TaskOptions): CompressionTask {
  const model = recognizerConfigSchema.parse(graph.meta.config);
  const run: RecognizerRun = { ...parseRun(recognizerRunSchema, options.config ?? {}), model };
  const { height } = model.preprocessing;
  let real: Promise<RealSource[]> | undefined;

  const renderer = async (seed: number): Promise<LineRendererOptions> => {
    const { profiles, languages, ...synth } = run.synth;
    return {
      ...(await requireFolders(options)),
      ...synth,
      seed,
      charset: model.charset,
      ...(profiles && { profiles: profiles as Partial<Record<ProfileName, number>> }),
      ...(languages && { languages }),
    };
  };
  const batches = async (from: number, seed: number) => {
    real ??= loadReal(graph, run);
    const [lines, crops] = await Promise.all([renderer(seed), real]);
    const dataset = openLineBatches({
      renderer: lines,
      model,
      real: crops,
      batchPixels: run.batchPixels,
      reuse: run.reuse,
      workers: options.workers,
      from,
      seed,
    });
    return recognizerTask(dataset, run, options.every);
  };
  const evaluateOnnx = async (onnx: Uint8Array) => {
    const recognizer = recognizerOf(await openSession(onnx, { threads: 2 }), model);
    try {
      const metrics = await devFigures(recognizer, options.every);
      return { quality: 100 - metrics['mean-line-cer']!, metrics };
    } finally {
      await recognizer.dispose();
    }
  };
  return {
    inputShapes: { [graph.inputs[0]!.id]: [1, height, LINE_WIDTH, 1] },
    calibratedOn: `rendered lines and crops of ${Object.keys(run.real)
      .filter((set) => !set.startsWith(PSEUDO_PREFIX))
      .join(', ')} (train)`,
    async calibration(count) {
      const fromSets = await realCrops(run, Math.round(REAL_SHARE * count), options.seed);
      const lines = createLineRenderer(await renderer(options.seed));
      const rendered = Array.from(
        { length: count - fromSets.length },
        (_, i) => lines.render(CALIBRATION_FROM + i).image,
      );
      return [...fromSets, ...rendered].map((image): Feeds => {
        const { data, width } = stackLines([prepareLine(image, model.preprocessing)], height, WIDTH_STEP);
        return { [graph.inputs[0]!.id]: { shape: [1, height, width, 1], data } };
      });
    },
    evaluate: (candidate) => evaluateOnnx(exportOnnx(foldBatchNorm(candidate).graph)),
    evaluateOnnx,
    tune: (candidate, tuning) => tuneGraph(candidate, batches, run, tuning, options),
    gradients: async (candidate, count) =>
      lossGradients(candidate, await batches(CALIBRATION_FROM, options.seed), count),
  };
}

async function loadReal(graph: Graph, run: RecognizerRun): Promise<RealSource[]> {
  // Upper-cased labels take their case from what the parent reads.
  const teacher = await deployGraph(graph, 2);
  try {
    const sources: RealSource[] = [];
    for (const [set, share] of Object.entries(run.real))
      sources.push({ samples: await loadRealLines(set, teacher), share });
    return sources;
  } finally {
    await teacher.dispose();
  }
}

/** Crops of the training sets, each set by its share; none where the run has no real data. */
async function realCrops(run: RecognizerRun, count: number, seed: number): Promise<LineSample['image'][]> {
  const sets = Object.entries(run.real).filter(([set]) => !set.startsWith(PSEUDO_PREFIX));
  const shares = sets.reduce((sum, [, share]) => sum + share, 0);
  const images: LineSample['image'][] = [];
  for (const [set, share] of sets) {
    const { samples } = loadLabels(trainFolder(set));
    const some = new Random(seed, 'calibration', set).shuffle([...samples]);
    const wanted = Math.min(count - images.length, Math.ceil((count * share) / shares));
    for (const { path } of some.slice(0, wanted)) images.push(await loadGray(path));
  }
  return images;
}
