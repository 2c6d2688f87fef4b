/**
 * Searches passes and bit widths within a budget: for each degree of channel pruning, from none on, the plan of bit widths
 * (`bit-path.ts`) is found by bisection, since both cost and quality fall along the path. Sizes and times need no data, so
 * only what fits the budget is judged. Every trial is kept.
 */
import { createHash } from 'node:crypto';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { foldBatchNorm } from '../cleanup/fold-batch-norm.js';
import { contextFor, deployed } from '../compress.js';
import { exportOnnx } from '../export/onnx/export-onnx.js';
import { measureLatency } from '../measure/latency.js';
import { packGraph } from '../pack/pack-graph.js';
import type { CompressionTask, Pass, PassContext } from '../pass.js';
import { reportRemoval } from '../prune/channels/removal-report.js';
import { makePass, type RecipeJson } from '../recipe.js';
import { graphHash } from '../run-folder.js';
import { type BitPlan, bitPath } from './bit-path.js';
import { Family } from './family.js';
import { type LayerSensitivity, sensitivityScan } from './sensitivity.js';
import {
  type AutoGoal,
  bestOf,
  fits,
  isComplete,
  type Passes,
  type Trial,
  type TrialStore,
  trialLine,
} from './trials.js';

export interface AutoOptions {
  /** Shares of the MACs that channel pruning may keep, 1 for none. Default 1, 0.75, 0.5, 0.35, 0.25. */
  readonly keeps?: readonly number[];
  /** Minutes of tuning after each pruning. Default 0. */
  readonly minutes?: number;
  /** Fewest bits of a weight. Default 2. */
  readonly leastBits?: number;
  /** Calibration inputs for activations. Default 64. */
  readonly samples?: number;
  /** Inputs of the sensitivity scan. Default 8. */
  readonly scanned?: number;
}

export interface AutoResult {
  readonly recipe: RecipeJson;
  readonly best: Trial;
  readonly graph: Graph;
  readonly trials: readonly Trial[];
  readonly sensitivity: readonly LayerSensitivity[];
  readonly parentQuality: number;
  /** A pruning pass of the recipe that gives the graph of the trial, tuned as it was, instead of pruning again. */
  prunedPass(pass: Pass, passes: Passes): Pass;
}

const KEEPS: readonly number[] = [1, 0.75, 0.5, 0.35, 0.25];

/** @throws invalid_argument for a goal that nothing reaches, interrupted, and what passes throw */
export async function autoCompress(
  graph: Graph,
  goal: AutoGoal,
  options: AutoOptions,
  context: PassContext & { readonly task: CompressionTask; readonly store?: TrialStore },
): Promise<AutoResult> {
  const search = new Search(graph, goal, options, context);
  return search.run();
}

class Search {
  readonly #graph: Graph;
  readonly #goal: AutoGoal;
  readonly #options: AutoOptions;
  readonly #context: PassContext & { readonly task: CompressionTask; readonly store?: TrialStore };
  readonly #trials: Trial[] = [];
  #parentQuality = Number.NaN;

  constructor(
    graph: Graph,
    goal: AutoGoal,
    options: AutoOptions,
    context: PassContext & { readonly task: CompressionTask; readonly store?: TrialStore },
  ) {
    if (goal.maxBytes === undefined && goal.maxMs === undefined && goal.maxLoss === undefined) {
      throw new PocketlensError('invalid_argument', 'Expected a budget but received none.', {
        remedy: 'Give --max-bytes, --max-ms or --max-loss.',
      });
    }
    this.#graph = graph;
    this.#goal = goal;
    this.#options = options;
    this.#context = context;
  }

  async run(): Promise<AutoResult> {
    const { task, note } = this.#context;
    const keeps = this.#options.keeps ?? KEEPS;
    for (const keep of keeps) {
      if (keep < 1) makePass('prune-channels', this.#pruning(keep)).check?.(this.#context);
    }
    this.#parentQuality = (await task.evaluate(this.#graph)).quality;
    note?.(`The input: quality ${this.#parentQuality.toFixed(2)}, ${packGraph(this.#graph).length} bytes.`);
    const sensitivity = await this.#scan();
    const path = bitPath(sensitivity, this.#options.leastBits);
    for (const keep of keeps) {
      this.#checkSignal();
      const family = new Family(await this.#prune(keep), this.#options, this.#context);
      const reached = await this.#searchPath(family, path);
      if (reached !== 'go-on') break;
    }
    const best = bestOf(this.#trials, this.#goal);
    const recipe: RecipeJson = { name: 'auto', passes: best.passes };
    return {
      recipe,
      best,
      graph: await this.#build(best.passes),
      trials: this.#trials,
      sensitivity,
      parentQuality: this.#parentQuality,
      prunedPass: (pass, passes) => ({
        ...pass,
        apply: async () => {
          const { graph } = await this.#prune(keepOf(passes));
          return { graph, report: reportRemoval(this.#graph, graph, [], task.inputShapes) };
        },
      }),
    };
  }

  async #scan(): Promise<LayerSensitivity[]> {
    const { task, signal, note } = this.#context;
    const feeds = await task.calibration(this.#options.scanned ?? 8);
    const folded = foldBatchNorm(deployed(this.#graph, task)).graph;
    note?.('Scanning for sensitive layers …');
    return sensitivityScan(folded, feeds, { ...(signal && { signal }), ...(note && { note }) });
  }

  /** Options of the pruning pass. */
  #pruning(keep: number): Readonly<Record<string, unknown>> {
    const { minutes = 0 } = this.#options;
    return {
      target: { of: 'macs', keep },
      reconstruct: 16,
      // Float convolutions get faster only by sixteens.
      ...(this.#goal.maxMs !== undefined && { roundTo: 16 }),
      ...(minutes > 0 && { minutes }),
    };
  }

  /** The pruning step of a recipe and the graph after it. */
  async #prune(keep: number): Promise<{ graph: Graph; passes: Passes }> {
    if (keep >= 1) return { graph: this.#graph, passes: [] };
    const options = this.#pruning(keep);
    const passes: Passes = [{ pass: 'prune-channels', ...options }];
    const make = async () => {
      this.#context.note?.(`Pruning to ${(100 * keep).toFixed(0)} % of the MACs …`);
      const { graph } = await makePass('prune-channels', options).apply(
        this.#graph,
        contextFor(this.#context, this.#graph, this.#hashOf(passes)),
      );
      return validate(graph);
    };
    const { store } = this.#context;
    return { graph: await (store ? store.pruned(passes, make) : make()), passes };
  }

  /** Names the tunings of a search: of another model, other data or another seed they are others. */
  #hashOf(passes: Passes): string {
    const { task, seed } = this.#context;
    const of = graphHash(this.#graph, task.fingerprint ?? '');
    return createHash('sha256')
      .update(`${of} ${seed} ${JSON.stringify(passes)}`)
      .digest('hex');
  }

  /**
   * With a limit of size the widest plan that fits; with one of loss alone the narrowest that is good enough.
   * @returns 'go-on' where more pruning may give a better trial: not where 8 bits everywhere fit already, or are too bad
   */
  async #searchPath(family: Family, path: readonly BitPlan[]): Promise<'go-on' | 'stop'> {
    const { maxBytes, maxMs, maxLoss } = this.#goal;
    const isTooBad = ({ loss }: Trial) => maxLoss !== undefined && loss !== undefined && loss > maxLoss;
    if (maxBytes !== undefined) {
      const at = await bisect(path.length, async (i) => (await family.bytes(path[i]!)) <= maxBytes);
      const trial = await this.#try(family, path[at ?? path.length - 1]!);
      return at === 0 && (trial.meets || isTooBad(trial)) ? 'stop' : 'go-on';
    }
    const first = await this.#try(family, path[0]!);
    if (maxMs !== undefined) return first.meets || isTooBad(first) ? 'stop' : 'go-on';
    if (isTooBad(first)) return 'stop';
    // The first plan that loses too much: the one before it is the answer, and has been tried.
    await bisect(path.length, async (i) => isTooBad(await this.#try(family, path[i]!)));
    return 'go-on';
  }

  async #try(family: Family, plan: BitPlan): Promise<Trial> {
    this.#checkSignal();
    const { store, note } = this.#context;
    const { maxLoss } = this.#goal;
    const passes = family.passes(plan);
    const key = JSON.stringify(passes);
    const found = this.#trials.find((trial) => JSON.stringify(trial.passes) === key) ?? store?.find(passes);
    const known = found && isComplete(this.#goal, found) ? found : undefined;
    const trial = known ?? (await this.#measure(family, plan, passes));
    const meets =
      fits(this.#goal, trial) &&
      trial.quality !== undefined &&
      (maxLoss === undefined || trial.loss! <= maxLoss);
    const judged = { ...trial, meets };
    if (!this.#trials.some((other) => JSON.stringify(other.passes) === key)) {
      this.#trials.push(judged);
      if (!known) await store?.add(judged);
      note?.(trialLine(judged, this.#trials.length));
    }
    return judged;
  }

  async #measure(family: Family, plan: BitPlan, passes: Passes): Promise<Trial> {
    const { task, signal } = this.#context;
    const { maxMs } = this.#goal;
    const graph = await family.graph(plan);
    const ships = deployed(graph, task);
    const bytes = await family.bytes(plan);
    let medianMs: number | undefined;
    if (maxMs !== undefined) {
      const candidate = { name: 'trial', onnx: exportOnnx(ships), inputShapes: task.inputShapes };
      const report = await measureLatency([candidate], { threads: [1], ...(signal && { signal }) });
      medianMs = report.latencies[0]!.medianMs;
    }
    const isWithin = fits(this.#goal, { bytes, ...(medianMs !== undefined && { medianMs }) });
    const quality = isWithin ? (await task.evaluate(graph)).quality : undefined;
    return {
      passes,
      bytes,
      ...(medianMs !== undefined && { medianMs }),
      ...(quality !== undefined && { quality, loss: this.#parentQuality - quality }),
      meets: false,
    };
  }

  async #build(passes: Passes): Promise<Graph> {
    const family = new Family(await this.#prune(keepOf(passes)), this.#options, this.#context);
    const bits = passes.find(({ pass }) => pass === 'set-bits') as { layers?: BitPlan['layers'] } | undefined;
    return family.graph({ layers: bits?.layers ?? {}, savedBytes: 0 });
  }

  #checkSignal(): void {
    if (this.#context.signal?.aborted) {
      throw new PocketlensError('interrupted', 'Stopped while searching.', {
        remedy: 'Its trials are kept: go on with --resume.',
      });
    }
  }
}

/** The first index below `count` that holds, where all after one that holds do too; undefined where none does. */
async function bisect(
  count: number,
  holds: (index: number) => Promise<boolean>,
): Promise<number | undefined> {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low < count ? low : undefined;
}

/** Share of the MACs that a trial's pruning kept. */
function keepOf(passes: Passes): number {
  const step = passes.find(({ pass }) => pass === 'prune-channels') as
    | { target: { keep: number } }
    | undefined;
  return step?.target.keep ?? 1;
}
