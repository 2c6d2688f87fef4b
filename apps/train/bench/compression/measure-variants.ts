/** Runs the variants on one model: each in a folder of its own, then all of them timed in turns. */
import { join } from 'node:path';
import { compress, deployed } from '../../../../compression/compress.js';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import {
  type LatencyCandidate,
  type LatencyReport,
  measureLatency,
} from '../../../../compression/measure/latency.js';
import type { CompressionTask, Evaluation, Feeds } from '../../../../compression/pass.js';
import { parseRecipe, recipeJson } from '../../../../compression/recipe.js';
import { graphHash, RunFolder, type Stage } from '../../../../compression/run-folder.js';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { Graph } from '../../../../models/graph/ir.js';
import type { Variant } from './variants.js';

/** What was found of one variant; the parent is the first of a list. */
export interface VariantResult {
  readonly name: string;
  /** Of all its passes, judging left out. */
  readonly seconds: number;
  readonly last?: Stage;
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
  readonly variants: readonly Variant[];
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
  const { graph, signal, note, seed } = options;
  const task = judgingOnce(options.task);
  const results: VariantResult[] = [];
  const candidates: LatencyCandidate[] = [];
  const add = (name: string, made: Graph): number | undefined => {
    try {
      const onnx = exportOnnx(deployed(made, task));
      candidates.push({ name, onnx, inputShapes: task.inputShapes });
      return onnx.length;
    } catch (error) {
      if (!(error instanceof PocketlensError)) throw error;
      note?.(`${name}: ${error.message}`);
      return undefined;
    }
  };
  for (const { name, passes } of [{ name: PARENT, passes: [] }, ...options.variants]) {
    note?.(`${options.model}, ${name} …`);
    const recipe =
      passes.length > 0
        ? parseRecipe({ name: folderName(name), passes }, `the variant "${name}"`)
        : undefined;
    const run = new RunFolder(join(options.folder, folderName(name)));
    const description = recipe ? recipeJson(recipe) : { name: folderName(name), passes: [] };
    await run.open({ model: options.model, recipe: description, seed }, true);
    try {
      const { graph: made, stages } = await compress(graph, recipe?.steps ?? [], {
        task,
        seed,
        run,
        judgedBy: options.judgedBy,
        ...(signal && { signal }),
      });
      const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
      const onnxBytes = add(name, made);
      results.push({ name, seconds, last: stages.at(-1)!, ...(onnxBytes !== undefined && { onnxBytes }) });
    } catch (error) {
      if (signal?.aborted || !(error instanceof PocketlensError)) throw error;
      note?.(`${name}: ${error.message}`);
      results.push({ name, seconds: 0, failed: error.message });
    }
  }
  note?.(`${options.model}: latency …`);
  const latency = await measureLatency(candidates, {
    seconds: options.latencySeconds,
    ...(signal && { signal }),
  });
  return { model: options.model, results, latency };
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
