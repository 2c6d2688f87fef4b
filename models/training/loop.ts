/**
 * The training loop: batch → forward → loss → gradients → clip → Adam → running statistics, with hooks around it.
 *
 * A session ends when its minutes are used, on SIGINT, or after `steps`; it then evaluates and checkpoints. The learning
 * rate follows the session's progress, so every session ends with decayed, usable weights and the next one warms up again.
 */
import { setImmediate as turn } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { PocketlensError } from '../base/errors.js';
import type { Graph, ParamId, ValueId } from '../graph/ir.js';
import { createVariables, withParams } from '../graph/variables.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import type { Dataset } from './dataset.js';
import type { Hook, StepInfo, TrainingState } from './hooks.js';
import { appendMetrics } from './metrics-log.js';
import { createAdam } from './optimizers/adam.js';
import { type LearningRateSchedule, learningRateAt } from './schedules.js';
import { silentShare } from './silent-channels.js';
import { trainStep } from './train-step.js';

/** What differs from model to model. */
export interface TrainingTask<Batch> {
  readonly dataset: Dataset<Batch>;
  /** Feeds of the graph's inputs. Tensors made here are disposed of by the loop. */
  feeds(batch: Batch): Record<ValueId, tf.Tensor>;
  /** Mean loss of the batch from the graph's outputs (in their order). */
  loss(outputs: tf.Tensor[], batch: Batch): tf.Scalar;
  /** Of sequences padded to a common length: how many frames of each sample's output count. Hooks may ask. */
  lengths?(batch: Batch): readonly number[];
  /** Samples in a batch, for the rate. */
  size(batch: Batch): number;
  /** Figures of a graph on held-out data. */
  evaluate(graph: Graph): Promise<Record<string, number>>;
  /** The figure that must fall (or rise) for the weights to be kept as best. */
  readonly best: { readonly metric: string; readonly direction: 'min' | 'max' };
}

export interface TrainingOptions {
  readonly folder: string;
  /** Length of this session. */
  readonly minutes: number;
  /** Stop after so many steps even if minutes are left. */
  readonly steps?: number;
  readonly schedule: LearningRateSchedule;
  readonly weightDecay: number;
  /** Largest norm of all gradients together. */
  readonly clipNorm: number;
  readonly evaluateEveryMinutes: number;
  readonly checkpointEveryMinutes: number;
  readonly freezeBatchNorm?: boolean;
  /** Factor on a param's learning rate; 0: the param is left alone and no gradient is computed for it. Default 1. */
  readonly rateFactor?: (id: ParamId) => number;
  readonly hooks?: readonly Hook[];
  readonly resume: boolean;
  /** Kept in the run's state, for who describes the model. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Called after every step with figures to show. */
  readonly onStep?: (progress: StepReport) => void;
  readonly onEvaluate?: (step: number, figures: Readonly<Record<string, number>>) => void;
}

export interface StepReport extends StepInfo {
  readonly loss: number;
  /** Samples a second, recent. */
  readonly rate: number;
  readonly minutesLeft: number;
}

export interface TrainingResult {
  readonly graph: Graph;
  readonly step: number;
  readonly minutes: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** How many steps pass between two reads of the loss from the device, and two lines of the log. */
const REPORT_EVERY = 20;

/** Closes the dataset at the end, whatever the end is: its threads would keep the process alive. */
export async function train<Batch>(
  initial: Graph,
  task: TrainingTask<Batch>,
  options: TrainingOptions,
): Promise<TrainingResult> {
  try {
    return await trainSteps(initial, task, options);
  } finally {
    await task.dataset.close();
  }
}

async function trainSteps<Batch>(
  initial: Graph,
  task: TrainingTask<Batch>,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const hooks = options.hooks ?? [];
  const variables = createVariables(initial);
  const state: TrainingState = { graph: initial, variables };
  const extras = extraVariables(hooks, state);
  const everything = new Map([...variables, ...extras]);
  // Extra variables are no params of the graph, so no factor is meant for them.
  const { rateFactor } = options;
  const adam = createAdam({
    learningRate: options.schedule.peak,
    beta2: 0.98,
    weightDecay: options.weightDecay,
    ...(rateFactor && { rateFactor: (id: string) => (extras.has(id) ? 1 : rateFactor(id)) }),
  });
  const resumed = options.resume
    ? await loadCheckpoint(options.folder, { variables: everything, adam, hooks })
    : undefined;
  let step = resumed?.step ?? 0;
  let best = resumed?.best;
  const seed = resumed?.seed ?? options.seed;
  const minutesBefore = resumed?.minutes ?? 0;
  const firstStep = step;
  const started = performance.now();
  const minutesNow = () => (performance.now() - started) / 60_000;
  const log = `${options.folder}/metrics.jsonl`;

  const deployed = (): Promise<Graph> => deployedGraph(hooks, state);
  const checkpoint = async (graph: Graph) => {
    const data = task.dataset.state();
    const minutes = minutesBefore + minutesNow();
    await saveCheckpoint(options.folder, {
      graph,
      variables: everything,
      adam,
      hooks,
      step,
      minutes,
      data,
      ...(best !== undefined && { best }),
      ...(seed !== undefined && { seed }),
    });
  };
  const evaluate = async (): Promise<{ graph: Graph; figures: Record<string, number> }> => {
    const graph = await deployed();
    const silent = silentShare(graph);
    const figures: Record<string, number> = {
      ...(silent !== undefined && { 'silent-channels': silent }),
      ...(await task.evaluate(graph)),
    };
    appendMetrics(log, { kind: 'evaluation', step, minutes: minutesBefore + minutesNow(), values: figures });
    options.onEvaluate?.(step, figures);
    const value = figures[task.best.metric];
    if (
      value !== undefined &&
      (best === undefined || (task.best.direction === 'min' ? value < best : value > best))
    ) {
      best = value;
      const { saveGraph } = await import('../graph/serialize.js');
      await saveGraph(`${options.folder}/best.safetensors`, graph);
    }
    return { graph, figures };
  };

  let nextEvaluation = options.evaluateEveryMinutes;
  let nextCheckpoint = options.checkpointEveryMinutes;
  let window = { count: 0, samples: 0, since: performance.now() };
  const running = () =>
    minutesNow() < options.minutes &&
    !options.signal?.aborted &&
    step - firstStep < (options.steps ?? Number.POSITIVE_INFINITY);

  let lossSum = tf.keep(tf.scalar(0));
  while (running()) {
    // Batches that lie ready would keep signals and threads' messages waiting.
    await turn();
    const batch = await task.dataset.next();
    const byTime = minutesNow() / options.minutes;
    const bySteps = options.steps ? (step - firstStep) / options.steps : 0;
    const progress = Math.min(1, Math.max(byTime, bySteps));
    const info: StepInfo = {
      step,
      progress,
      learningRate: learningRateAt(options.schedule, step - firstStep, progress),
    };
    for (const hook of hooks) hook.beforeStep?.(info, state);
    const loss = trainStep(state, extras, task, batch, info, options, adam);
    for (const hook of hooks) hook.afterStep?.(info, state);
    const sum = tf.keep(tf.add(lossSum, loss) as tf.Scalar);
    lossSum.dispose();
    loss.dispose();
    lossSum = sum;
    step += 1;
    window.count += 1;
    window.samples += task.size(batch);
    if (window.count === REPORT_EVERY) {
      const mean = (await lossSum.data())[0]! / window.count;
      if (!Number.isFinite(mean)) {
        throw new PocketlensError(
          'training_failed',
          `Expected a finite loss but received ${mean} at step ${step}.`,
          {
            remedy: 'Resume from the last checkpoint with a lower learning rate.',
          },
        );
      }
      const rate = (1000 * window.samples) / (performance.now() - window.since);
      options.onStep?.({ ...info, loss: mean, rate, minutesLeft: options.minutes - minutesNow() });
      const values = { loss: mean, rate, learningRate: info.learningRate };
      appendMetrics(log, { kind: 'step', step, minutes: minutesBefore + minutesNow(), values });
      lossSum.dispose();
      lossSum = tf.keep(tf.scalar(0));
      window = { count: 0, samples: 0, since: performance.now() };
    }
    if (minutesNow() >= nextEvaluation) {
      await evaluate();
      nextEvaluation = minutesNow() + options.evaluateEveryMinutes;
      window.since = performance.now();
    }
    if (minutesNow() >= nextCheckpoint) {
      await checkpoint(await deployed());
      nextCheckpoint = minutesNow() + options.checkpointEveryMinutes;
    }
  }
  lossSum.dispose();
  const { graph, figures } = await evaluate();
  await checkpoint(graph);
  for (const variable of everything.values()) variable.dispose();
  for (const hook of hooks) hook.dispose?.();
  adam.dispose();
  return { graph, step, minutes: minutesBefore + minutesNow(), figures };
}

/** The hooks' own variables, under names that no param has. */
function extraVariables(hooks: readonly Hook[], state: TrainingState): Map<string, tf.Variable> {
  const extras = new Map<string, tf.Variable>();
  for (const hook of hooks) {
    for (const [id, variable] of hook.extraVariables?.(state) ?? [])
      extras.set(`hook:${hook.name}/${id}`, variable);
  }
  return extras;
}

/** The graph with the params that the hooks deploy. */
async function deployedGraph(hooks: readonly Hook[], state: TrainingState): Promise<Graph> {
  let params: ReadonlyMap<ParamId, tf.Tensor> = state.variables;
  const made = tf.tidy(() => {
    for (const hook of hooks) params = hook.deployedParams?.(state, params) ?? params;
    // What is returned outlives the tidy.
    return [...params.values()];
  });
  try {
    return await withParams(state.graph, params);
  } finally {
    for (const tensor of made) if (!(tensor instanceof tf.Variable) && !tensor.kept) tensor.dispose();
  }
}
