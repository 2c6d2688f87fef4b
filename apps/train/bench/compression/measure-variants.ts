/** Runs the variants on one model: each in a folder of its own, then all of them timed in turns. */
import { join } from 'node:path';
import { compress, deployed } from '../../../../compression/compress.js';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import {
  type LatencyCandidate,
  type LatencyReport,
  measureLatency,
} from '../../../../compression/measure/latency.js';
import { type Measurement, measureGraph } from '../../../../compression/measure/measure.js';
import type { CompressionTask, Evaluation, Feeds } from '../../../../compression/pass.js';
import { parseRecipe, recipeJson } from '../../../../compression/recipe.js';
import { graphHash, RunFolder } from '../../../../compression/run-folder.js';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { Graph } from '../../../../models/graph/ir.js';
import type { FileVariant, Variant } from './variants.js';

/** What was found of one variant; the parent is the first of a list. */
export interface VariantResult {
  readonly name: string;
  /** Of all its passes, judging left out; absent where there are none. */
  readonly seconds?: number;
  readonly evaluation?: Evaluation;
  readonly measurement?: Measurement;
  readonly onnxBytes?: number;
  /** Why there is no result. */
  readonly failed?: string;
}

export interface VariantsReport {
  readonly model: string;
  readonly results: readonly VariantResult[];
  readonly latency: LatencyReport;
}

export interface VariantsOptions {
  readonly model: string;
  readonly graph: Graph;
  readonly task: CompressionTask;
  readonly variants: readonly (Variant | FileVariant)[];
  /** Runs lie below it, by the variants' names. */
  readonly folder: string;
  /** Names what the task judges by. */
  readonly judgedBy: string;
  readonly seed: number;
  /** Most seconds of timing for each number of threads. */
  readonly latencySeconds: number;
  readonly signal?: AbortSignal;
  readonly note?: (text: string) => void;
}

const PARENT = 'float parent';

/** A pass that fails is a row that says so, but an interrupt ends all. @throws interrupted */
export async function measureVariants(options: VariantsOptions): Promise<VariantsReport> {
  const { model, signal, note, latencySeconds } = options;
  const task = judgingOnce(options.task);
  const results: VariantResult[] = [];
  const candidates: LatencyCandidate[] = [];
  for (const variant of [{ name: PARENT, passes: [] }, ...options.variants]) {
    const { name } = variant;
    note?.(`${model}, ${name} …`);
    try {
      const { onnx, ...result } =
        'onnx' in variant ? await judged(variant, task) : await made(variant, task, options);
      results.push({ ...result, ...(onnx && { onnxBytes: onnx.length }) });
      if (onnx) candidates.push({ name, onnx, inputShapes: task.inputShapes });
    } catch (error) {
      if (signal?.aborted || !(error instanceof PocketlensError)) throw error;
      note?.(`${name}: ${error.message}`);
      results.push({ name, failed: error.message });
    }
  }
  note?.(`${model}: latency …`);
  const latency = await measureLatency(candidates, { seconds: latencySeconds, ...(signal && { signal }) });
  return { model, results, latency };
}

type Made = Omit<VariantResult, 'onnxBytes'> & { readonly onnx?: Uint8Array };

async function made(variant: Variant, task: CompressionTask, options: VariantsOptions): Promise<Made> {
  const { name, passes, from = options.graph } = variant;
  const { model, seed, judgedBy, signal, note } = options;
  const recipe =
    passes.length > 0 ? parseRecipe({ name: folderName(name), passes }, `the variant "${name}"`) : undefined;
  const run = new RunFolder(join(options.folder, folderName(name)));
  const description = recipe ? recipeJson(recipe) : { name: folderName(name), passes: [] };
  await run.open({ model, recipe: description, seed }, true);
  const context = { task, seed, run, judgedBy, evaluate: 'result' as const, ...(signal && { signal }) };
  const { graph, stages } = await compress(from, recipe?.steps ?? [], context);
  const { evaluation, measurement } = stages.at(-1)!;
  const result = {
    name,
    ...(recipe && { seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0) }),
    ...(evaluation && { evaluation }),
    ...(measurement && { measurement }),
  };
  try {
    return { ...result, onnx: exportOnnx(deployed(graph, task)) };
  } catch (error) {
    if (!(error instanceof PocketlensError)) throw error;
    note?.(`${name}: ${error.message}`);
    return result;
  }
}

async function judged({ name, onnx }: FileVariant, task: CompressionTask): Promise<Made> {
  const evaluation = await task.evaluateOnnx?.(onnx);
  const measurement = measureGraph(importOnnx(onnx).graph, task.inputShapes);
  return { name, onnx, measurement, ...(evaluation && { evaluation }) };
}

/** Variants have stages in common (the input, the folded graph), and calibration inputs. */
function judgingOnce(task: CompressionTask): CompressionTask {
  const known = new Map<string, Promise<Evaluation>>();
  const inputs = new Map<number, Promise<readonly Feeds[]>>();
  return {
    ...task,
    calibration(count) {
      const found = inputs.get(count) ?? task.calibration(count);
      inputs.set(count, found);
      return found;
    },
    evaluate(graph) {
      const key = graphHash(graph, '');
      const found = known.get(key) ?? task.evaluate(graph);
      known.set(key, found);
      return found;
    },
  };
}

function folderName(variant: string): string {
  return variant
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '');
}
