/**
 * Any graph, and samples without labels: half of them calibrate, the others judge how well a compressed graph agrees with
 * the one it was made of, in points of 100. No training.
 */
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { relativeError } from '../../../compression/measure/layers.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import { borderFeeds } from '../../../compression/run-feeds.js';
import { Random } from '../../../models/base/random.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { openSession } from '../../../models/runtime/session.js';

/** Every so many-th sample is for calibration alone; the others judge. */
const CALIBRATION_EVERY = 2;

export interface AgreementOptions {
  /** Each so many-th of the samples that judge does so. */
  readonly every: number;
  readonly seed: number;
  readonly inputShapes: Readonly<Record<ValueId, readonly number[]>>;
  /** What the samples are called. */
  readonly kind: 'pictures' | 'arrays';
  readonly fingerprint: string;
  readonly load: (sample: string) => Promise<Feeds>;
}

/** @param samples at least one. @throws invalid_argument where the shapes do not fit the graph */
export function agreementTask(
  graph: Graph,
  samples: readonly string[],
  { every, seed, inputShapes, kind, fingerprint, load }: AgreementOptions,
): CompressionTask {
  const shapes = inferShapes(graph, inputShapes);
  const order = new Random(seed, 'pictures').shuffle([...samples]);
  const alone = order.length < 2 * CALIBRATION_EVERY;
  const forCalibration = alone ? order : order.filter((_, i) => i % CALIBRATION_EVERY === 0);
  const judging = (alone ? order : order.filter((_, i) => i % CALIBRATION_EVERY !== 0)).filter(
    (_, i) => i % every === 0,
  );
  const loadAll = async (some: readonly string[]) => {
    const feeds: Feeds[] = [];
    for (const sample of some) feeds.push(await load(sample));
    return feeds;
  };
  let judged: Promise<Feeds[]> | undefined;
  let wanted: Promise<Float32Array[][]> | undefined;
  const answers = async (candidate: Graph) => {
    judged ??= loadAll(judging);
    return runAll(candidate, await judged);
  };
  return {
    inputShapes,
    calibratedOn: `${kind} of the user`,
    fingerprint,
    calibration: (count) => loadAll(forCalibration.slice(0, count)),
    async evaluate(candidate) {
      wanted ??= answers(graph);
      return agreement(await answers(candidate), await wanted, classesOf(graph, shapes), kind);
    },
  };
}

/** Length of the last axis where the first output is one row of scores a sample. */
function classesOf(graph: Graph, shapes: ReturnType<typeof inferShapes>): number | undefined {
  const shape = shapes.get(graph.outputs[0]!);
  return shape?.length === 2 && (shape[1] ?? 0) > 1 ? shape[1]! : undefined;
}

/** 100 · (1 − relative error), averaged over samples and outputs; of classifiers, how often the first class is the same. */
function agreement(
  found: readonly Float32Array[][],
  wanted: readonly Float32Array[][],
  classes: number | undefined,
  kind: AgreementOptions['kind'],
) {
  let [error, same, count] = [0, 0, 0];
  found.forEach((outputs, i) => {
    outputs.forEach((output, k) => {
      error += Math.min(1, relativeError(output, wanted[i]![k]!));
      count += 1;
    });
    if (classes !== undefined) same += Number(argmax(outputs[0]!) === argmax(wanted[i]![0]!));
  });
  const closeness = 100 * (1 - error / count);
  const judged = { closeness, [kind]: found.length };
  if (classes === undefined) return { quality: closeness, metrics: judged };
  const agreed = (100 * same) / found.length;
  return { quality: agreed, metrics: { 'first-class-agreement': agreed, ...judged } };
}

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

async function runAll(graph: Graph, feeds: readonly Feeds[]): Promise<Float32Array[][]> {
  const session = await openSession(exportOnnx(graph), { threads: 2, name: graph.name });
  try {
    const all: Float32Array[][] = [];
    for (const one of feeds) {
      const results = await session.run(borderFeeds(graph, one));
      all.push(session.outputs.map(({ name }) => Float32Array.from(results[name]!.data as Float32Array)));
    }
    return all;
  } finally {
    await session.dispose();
  }
}
