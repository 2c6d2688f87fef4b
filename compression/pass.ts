/**
 * What a compression pass is. A pass is pure: `(graph, options, context) → { graph, report }`; it never changes its input.
 * Passes know nothing of text or saliency: what a model is for reaches them as a `CompressionTask`.
 */
import type { z } from 'zod';
import { PocketlensError } from '../models/base/errors.js';
import type { Graph, ValueId } from '../models/graph/ir.js';
import type { Hook } from '../models/training/hooks.js';
import type { TaughtOutput } from './distill/outputs.js';

/** One input of the graph, in the graph's own layout (NHWC, [batch, time, channels]). */
export interface FeedData {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type Feeds = Readonly<Record<ValueId, FeedData>>;

export interface Evaluation {
  /** The model's one figure in points, higher is better, e.g. 100 − CER %, 100 · F1, 100 · max-F. */
  readonly quality: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TuneOptions {
  readonly minutes: number;
  readonly steps?: number;
  readonly learningRate?: number;
  readonly hooks?: readonly Hook[];
  readonly freezeBatchNorm?: boolean;
  /** Names the checkpoint, so that an interrupted run goes on where it stopped. */
  readonly name: string;
}

/** What must be known of a model to calibrate, tune and judge it. Apps make one for each model. */
export interface CompressionTask {
  /** Shapes at which costs are counted and latencies measured, every dimension known. */
  readonly inputShapes: Readonly<Record<ValueId, readonly number[]>>;
  /** Representative inputs (training data, never what `evaluate` judges by): the same ones every time. */
  calibration(count: number): Promise<readonly Feeds[]>;
  /** What they are, for people: "rendered lines and crops of ocr/train". */
  readonly calibratedOn?: string;
  /** Tells one set of data from another: what was measured with it is not reused with others. */
  readonly fingerprint?: string;
  /** On held-out data. */
  evaluate(graph: Graph): Promise<Evaluation>;
  /** The same of an ONNX file that such a graph was exported to, as it ships. */
  evaluateOnnx?(onnx: Uint8Array): Promise<Evaluation>;
  /** Trains on with the model's own loss and data; absent where there is no training data. */
  tune?(graph: Graph, options: TuneOptions): Promise<Graph>;
  /** The graph as it ships, without what only training needs; measured and exported in its place. Default: itself. */
  deployed?(graph: Graph): Graph;
  /** What of the graph's outputs a teacher teaches where a recipe does not say. Default: output 0, by its shape. */
  readonly taughtOutputs?: readonly TaughtOutput[];
  /** Gradients of the loss, averaged over `batches` training batches, param by param: for Taylor and SNIP scores. */
  gradients?(graph: Graph, batches: number): Promise<ReadonlyMap<string, Float32Array>>;
}

export interface PassContext {
  readonly task?: CompressionTask;
  readonly seed: number;
  /** The graph that the first of the passes began with: a teacher for those that train. */
  readonly parent?: Graph;
  readonly signal?: AbortSignal;
  /** One line about what goes on. */
  readonly note?: (text: string) => void;
}

/** What happened at one layer; the figures' names say their units. */
export interface LayerNote {
  readonly node: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface PassReport {
  /** One sentence for people. */
  readonly summary: string;
  readonly layers: readonly LayerNote[];
  /** What was left as it is, and why. */
  readonly skipped: readonly { readonly node: string; readonly reason: string }[];
}

export interface PassResult {
  readonly graph: Graph;
  readonly report: PassReport;
}

export interface Pass {
  readonly name: string;
  /** JSON; `definition.options` gives them back. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the context has what the pass needs: asked before the first pass of a recipe runs. @throws invalid_config */
  check?(context: PassContext): void;
  apply(graph: Graph, context: PassContext): Promise<PassResult>;
}

/** A kind of pass: `definition({ …options })` makes a pass of it. */
export interface PassDefinition<S extends z.ZodType = z.ZodType> {
  (options?: z.input<S>): Pass;
  readonly passName: string;
  /** One sentence. */
  readonly summary: string;
  readonly schema: S;
}

/**
 * @param needs refuses a context that lacks what these options need; `apply` is called with no other
 * @throws invalid_config (when a pass is made) naming the first option that is wrong
 */
export function definePass<S extends z.ZodType>(
  passName: string,
  summary: string,
  schema: S,
  apply: (graph: Graph, options: z.output<S>, context: PassContext) => Promise<PassResult> | PassResult,
  needs?: (options: z.output<S>, context: PassContext) => void,
): PassDefinition<S> {
  const make = (given?: z.input<S>): Pass => {
    const result = schema.safeParse(given ?? {});
    if (!result.success) {
      const issue = result.error.issues[0]!;
      const field = issue.path.map(String).join('.') || 'its options';
      throw new PocketlensError(
        'invalid_config',
        `Expected valid options for pass "${passName}" but ${field}: ${issue.message}.`,
        { remedy: 'Correct the recipe.' },
      );
    }
    const options = result.data as z.output<S>;
    return {
      name: passName,
      options: options as Readonly<Record<string, unknown>>,
      check: (context) => needs?.(options, context),
      apply: async (graph, context) => {
        needs?.(options, context);
        return apply(graph, options, context);
      },
    };
  };
  return Object.assign(make, { passName, summary, schema });
}

/** @throws invalid_config for a pass that needs what the context lacks */
export function requireTask(pass: string, context: PassContext): CompressionTask {
  if (context.task) return context.task;
  throw new PocketlensError('invalid_config', `Expected data for pass "${pass}" but received none.`, {
    remedy:
      'Give pictures or .npy files by --data, or take passes that need none, such as {"pass": "quantize", "activations": "dynamic"}.',
  });
}

/** In options that name a graph: the one that the first of the passes began with. */
export const PARENT = 'parent';

/** @throws invalid_config where passes are run one by one */
export function parentOf({ parent }: PassContext): Graph {
  if (parent) return parent;
  throw new PocketlensError('invalid_config', `Expected a graph for "${PARENT}" but there is none.`, {
    remedy: 'Run the pass by compress(), or name the file of a graph.',
  });
}
