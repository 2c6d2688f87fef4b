/**
 * Runs passes one after another: validates after each, judges the graph where there is a task, stops at the accuracy
 * floor, and keeps its state in a run folder, from which an interrupted run goes on.
 */
import { PocketlensError } from '../models/base/errors.js';
import { inferShapes } from '../models/graph/infer-shapes.js';
import type { Graph, ValueId } from '../models/graph/ir.js';
import { validate } from '../models/graph/validate.js';
import { calibrationFor } from './calibration.js';
import { foldedLike } from './cleanup/fold-batch-norm.js';
import { measureGraph } from './measure/measure.js';
import type { CompressionTask, Evaluation, Pass, PassContext } from './pass.js';
import type { RecipeStep } from './recipe.js';
import { graphHash, type RunFolder, type Stage, stageHash } from './run-folder.js';

export interface CompressContext extends PassContext {
  /**
   * The task judges the input and the graph after every pass (true, the default), the last graph alone ('result'; with
   * `maxLoss` all the same), or none.
   */
  readonly evaluate?: boolean | 'result';
  /** Most points of quality that may be lost against the input. Needs a task. */
  readonly maxLoss?: number;
  /** Shapes that costs are counted at, where there is no task. */
  readonly inputShapes?: Readonly<Record<ValueId, readonly number[]>>;
  /** Where the state goes; the folder has been opened. Without one nothing is kept. */
  readonly run?: RunFolder;
  /** Names the data and settings that the task judges by: a stage judged otherwise is not taken over on resuming. */
  readonly judgedBy?: string;
  readonly onStage?: (stage: Stage, resumed: boolean) => void;
}

export interface CompressResult {
  /** After the last pass that stayed above the floor. */
  readonly graph: Graph;
  /** The input as stage 0, then one a pass that was run. */
  readonly stages: readonly Stage[];
  /** Index of the stage that `graph` is of. */
  readonly kept: number;
  /** Why it is not the last: one sentence. */
  readonly stopped?: string;
}

/**
 * @param passes passes, or steps of a recipe that say whether the floor holds after them.
 * @throws invalid_graph for an input that is not sound or has no weights, interrupted, and what passes throw. The input
 *   is never changed.
 */
export async function compress(
  graph: Graph,
  passes: readonly (Pass | RecipeStep)[],
  context: CompressContext = { seed: 1 },
): Promise<CompressResult> {
  requireWeights(validate(graph));
  requireData(passes, context);
  const { task, run, signal, seed, maxLoss } = context;
  const judges = judgesIn(context);
  const judgedBy = context.judgedBy ?? 'task';
  const judged = judges ? judgedBy : `not ${judgedBy}`;
  const judgesAll = context.evaluate !== 'result' || maxLoss !== undefined;
  const isJudged = (index: number) => judges && (judgesAll || index === passes.length);
  const shapes = concreteShapes(graph, context);
  const stages: Stage[] = [];
  let hash = graphHash(graph, judged);
  let present = graph;

  const finish = async (after: Graph, { pass, options, seconds, report }: Ended) => {
    const evaluation = isJudged(stages.length) ? await judge(task!, after) : undefined;
    const stage: Stage = {
      index: stages.length,
      hash,
      pass,
      options,
      seconds,
      ...(report && { report }),
      ...(evaluation && { evaluation }),
      // The layers' errors are taken against the input.
      ...(shapes && { measurement: measureGraph(deployed(after, task), shapes, foldedLike(graph, after)) }),
    };
    await run?.save(stage, after);
    return stage;
  };

  /** A stage that was kept where it was not to be judged is judged now. */
  const completed = async ({ stage, graph }: { stage: Stage; graph: Graph }) =>
    stage.evaluation || !isJudged(stages.length) ? stage : finish(graph, stage);

  const known = await run?.load(0, hash);
  stages.push(
    known ? await completed(known) : await finish(graph, { pass: 'input', options: {}, seconds: 0 }),
  );
  context.onStage?.(stages[0]!, known !== undefined);
  const least = maxLoss === undefined ? undefined : stages[0]!.evaluation!.quality - maxLoss;

  let good = { graph, index: 0 };
  let stopped: string | undefined;
  for (const step of passes) {
    const { pass, check } = 'apply' in step ? { pass: step, check: true } : step;
    throwIfAborted(signal);
    hash = stageHash(hash, pass, seed, judged);
    const done = await run?.load(stages.length, hash);
    let stage: Stage;
    if (done) {
      present = done.graph;
      stage = await completed(done);
    } else {
      context.note?.(`${pass.name} …`);
      const started = performance.now();
      const result = await pass.apply(present, contextFor({ ...context, parent: graph }, present, hash));
      throwIfAborted(signal);
      present = checked(result.graph, pass);
      stage = await finish(present, {
        pass: pass.name,
        options: pass.options,
        seconds: (performance.now() - started) / 1000,
        report: result.report,
      });
    }
    stages.push(stage);
    context.onStage?.(stage, done !== undefined);
    const quality = stage.evaluation?.quality;
    if (least === undefined || quality! >= least) good = { graph: present, index: stage.index };
    else if (check) {
      stopped = `After ${pass.name} the quality is ${quality!.toFixed(2)}, below the floor of ${least.toFixed(2)}.`;
      break;
    }
  }
  if (!stopped && good.index < stages.length - 1)
    stopped = `The last passes ended below the floor of ${least!.toFixed(2)}.`;
  return { graph: good.graph, stages, kept: good.index, ...(stopped !== undefined && { stopped }) };
}

type Ended = Pick<Stage, 'pass' | 'options' | 'seconds' | 'report'>;

const judgesIn = ({ task, evaluate }: CompressContext) => task !== undefined && evaluate !== false;

/**
 * What `compress` would end for, for want of data: asked before a run begins, so that none is left half done.
 * @throws invalid_config
 */
export function requireData(passes: readonly (Pass | RecipeStep)[], context: CompressContext): void {
  for (const step of passes) ('apply' in step ? step : step.pass).check?.(context);
  if (context.maxLoss === undefined || judgesIn(context)) return;
  throw new PocketlensError(
    'invalid_config',
    'Expected an evaluation for the accuracy floor but there is none.',
    { remedy: 'Give data by --data and let it evaluate, or leave "floor" out of the recipe.' },
  );
}

/** The graph as it ships: without what only training needs. */
export function deployed(graph: Graph, task: CompressionTask | undefined): Graph {
  return task?.deployed?.(graph) ?? graph;
}

async function judge(task: CompressionTask, graph: Graph): Promise<Evaluation> {
  const evaluation = await task.evaluate(graph);
  if (Number.isFinite(evaluation.quality)) return evaluation;
  throw new PocketlensError(
    'inference_failed',
    `Expected a finite quality but the evaluation gave ${evaluation.quality}.`,
    { remedy: 'Check the model and the data: the set may be empty, or the model give NaN.' },
  );
}

/** A pass that returns an unsound graph is a defect of the pass, and says so. */
function checked(graph: Graph, pass: Pass): Graph {
  try {
    return validate(graph);
  } catch (cause) {
    if (!(cause instanceof PocketlensError)) throw cause;
    throw new PocketlensError(
      'internal',
      `Expected a sound graph of pass "${pass.name}" but: ${cause.message}`,
      {
        remedy: 'Leave the pass out, and please report it.',
        cause,
      },
    );
  }
}

/**
 * What a pass sees: calibration inputs that are checked against its graph, and tuning whose checkpoints are named by what
 * the pass follows from, so that no other pass or recipe takes them for its own.
 */
export function contextFor(context: PassContext, graph: Graph, hash: string): PassContext {
  const { task, seed, parent, signal, note } = context;
  return {
    seed,
    ...(parent && { parent }),
    ...(signal && { signal }),
    ...(note && { note }),
    ...(task && { task: taskFor(task, graph, hash) }),
  };
}

/** Every member, so that the compiler tells of one that is forgotten. */
type Every<T> = { readonly [K in keyof T]-?: T[K] | undefined };

/** A task may be of a class: its methods are taken over one by one. */
function taskFor(task: CompressionTask, graph: Graph, hash: string): CompressionTask {
  const { tune } = task;
  const all: Every<CompressionTask> = {
    inputShapes: task.inputShapes,
    calibration: (count) => calibrationFor(graph, task, count),
    calibratedOn: task.calibratedOn,
    fingerprint: task.fingerprint,
    evaluate: (candidate) => task.evaluate(candidate),
    evaluateOnnx: task.evaluateOnnx?.bind(task),
    deployed: task.deployed?.bind(task),
    taughtOutputs: task.taughtOutputs,
    gradients: task.gradients?.bind(task),
    tune:
      tune &&
      ((candidate, options) =>
        tune.call(task, candidate, { ...options, name: `${hash.slice(0, 12)}-${options.name}` })),
  };
  const present = Object.entries(all).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present) as unknown as CompressionTask;
}

function requireWeights(graph: Graph): void {
  if (graph.params.size > 0) return;
  throw new PocketlensError(
    'invalid_graph',
    `Expected weights in the model "${graph.name}" but it has none.`,
    {
      remedy: 'Give a trained model.',
    },
  );
}

function concreteShapes(
  graph: Graph,
  { task, inputShapes }: CompressContext,
): Readonly<Record<ValueId, readonly number[]>> | undefined {
  const given = inputShapes ?? task?.inputShapes;
  if (given) {
    inferShapes(graph, given);
    return given;
  }
  const known = graph.inputs.every(({ shape }) => !shape.includes(null));
  return known
    ? Object.fromEntries(graph.inputs.map(({ id, shape }) => [id, shape as readonly number[]]))
    : undefined;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new PocketlensError('interrupted', 'Stopped before the end.', {
    remedy: 'What is finished is kept in the run folder: go on with --resume.',
    cause: signal.reason,
  });
}
