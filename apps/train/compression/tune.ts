/** Training inside a pass: the model's own loss and data, with the pass's hooks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withWeightsOf } from '../../../compression/distill/load-weights.js';
import type { TuneOptions } from '../../../compression/pass.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { makeFolder } from '../../../models/base/make-folder.js';
import { Random } from '../../../models/base/random.js';
import type { Graph, ParamId } from '../../../models/graph/ir.js';
import { loadGraph, saveGraph } from '../../../models/graph/serialize.js';
import { loadHooks, readRunState } from '../../../models/training/checkpoint.js';
import { type StepReport, type TrainingTask, train } from '../../../models/training/loop.js';
import { weightAverage } from '../../../models/training/weight-average.js';
import type { OptimizerRun } from '../train-session.js';

export interface TuneSession {
  /** Checkpoints go to a folder of each tuning's name below this one. */
  readonly folder: string;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (report: StepReport) => void;
}

/** A network that has learned is disturbed little: the share of the run's learning rate that tuning peaks at. */
const TUNING_RATE = 0.25;
/** The network that a tuning began with. */
const START = 'start.safetensors';
const MOST_SEED = 2 ** 31 - 1;
/** Of the session: short ones must not warm up for ever. */
const WARM_UP_STEPS = 50;

/**
 * Goes on from the tuning's checkpoint where there is one, in the network that it began with: what a pass measured (times)
 * may have given it another one now. A tuning that has used its minutes or steps is not repeated.
 * @param makeTask of the batch number that the data goes on from, and of the seed that it is drawn with
 * @throws interrupted once the state is saved, training_failed
 */
export async function tuneGraph<Batch>(
  given: Graph,
  makeTask: (from: number, seed: number) => Promise<TrainingTask<Batch>>,
  run: OptimizerRun,
  options: TuneOptions,
  session: TuneSession,
): Promise<Graph> {
  const folder = join(session.folder, options.name);
  await makeFolder(folder);
  const saved = await readRunState(folder);
  const graph = saved ? await begunWith(given, folder) : given;
  if (!saved) await saveGraph(join(folder, START), given);
  const minutes = options.minutes - (saved?.minutes ?? 0);
  const steps = options.steps === undefined ? undefined : options.steps - (saved?.step ?? 0);
  // A session that was cut by the clock ends within a step of its minutes.
  if (saved && (minutes < 0.01 * options.minutes || (steps !== undefined && steps <= 0))) {
    await loadHooks(folder, options.hooks ?? []);
    // The file may not hold the graph's encodings.
    return withWeightsOf(graph, join(folder, 'latest.safetensors'));
  }
  // No tuning sees what one before it in the recipe saw: the name tells them apart.
  const seed = new Random(session.seed, options.name).int(0, MOST_SEED);
  const task = await makeTask(saved?.data.next ?? 0, seed);
  const result = await train(
    graph,
    { ...task, evaluate: async () => ({}) },
    {
      folder,
      minutes,
      ...(steps !== undefined && { steps }),
      resume: saved !== undefined,
      schedule: {
        peak: options.learningRate ?? TUNING_RATE * run.learningRate,
        warmupSteps: Math.min(run.warmupSteps, WARM_UP_STEPS),
        decayShare: run.decayShare,
        floorShare: 0.02,
      },
      weightDecay: run.weightDecay,
      clipNorm: run.clipNorm,
      evaluateEveryMinutes: Number.POSITIVE_INFINITY,
      checkpointEveryMinutes: 5,
      ...(options.freezeBatchNorm !== undefined && { freezeBatchNorm: options.freezeBatchNorm }),
      ...(run.rateFactor && { rateFactor: run.rateFactor }),
      // What a pass deploys (pruned, quantized) is made of the average.
      hooks: [weightAverage(Math.min(run.averageDecay, 0.99)), ...(options.hooks ?? [])],
      ...(session.signal && { signal: session.signal }),
      ...(session.onStep && { onStep: session.onStep }),
    },
  );
  if (session.signal?.aborted) {
    throw new PocketlensError('interrupted', 'Stopped while tuning.', {
      remedy: 'Its state is kept: go on with --resume.',
    });
  }
  return result.graph;
}

/** The given graph with its encodings, which the file does not hold, where the tuning began with its network. */
async function begunWith(given: Graph, folder: string): Promise<Graph> {
  const file = join(folder, START);
  if (!existsSync(file)) return given;
  const start = await loadGraph(file);
  const shapes = ({ params }: Graph) =>
    JSON.stringify([...params].map(([id, { shape }]) => [id, ...shape]).sort());
  return shapes(start) === shapes(given) ? given : start;
}

/** Gradients of the loss averaged over batches, param by param; batch normalisation uses its running statistics. */
export async function lossGradients<Batch>(
  graph: Graph,
  task: TrainingTask<Batch>,
  batches: number,
): Promise<ReadonlyMap<ParamId, Float32Array>> {
  const tf = await import('@tensorflow/tfjs-core');
  const { execute } = await import('../../../models/graph/execute.js');
  const { createVariables } = await import('../../../models/graph/variables.js');
  const variables = createVariables(graph);
  const trainable = [...variables].filter(([, variable]) => variable.trainable);
  const sums = new Map<ParamId, Float32Array>(
    trainable.map(([id, { size }]) => [id, new Float32Array(size)]),
  );
  try {
    for (let i = 0; i < batches; i++) {
      const batch = await task.dataset.next();
      const grads = tf.tidy(() => {
        const feeds = task.feeds(batch);
        const found = tf.variableGrads(
          () => task.loss(execute(graph, feeds, { variables, training: true, freezeBatchNorm: true }), batch),
          trainable.map(([, variable]) => variable),
        );
        found.value.dispose();
        return found.grads;
      });
      for (const [id, variable] of trainable) {
        const gradient = grads[variable.name];
        if (!gradient) continue;
        const sum = sums.get(id)!;
        (await gradient.data()).forEach((value, k) => {
          sum[k]! += value / batches;
        });
        gradient.dispose();
      }
    }
  } finally {
    for (const variable of variables.values()) variable.dispose();
    await task.dataset.close();
  }
  return sums;
}
