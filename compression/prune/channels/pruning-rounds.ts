/** Rounds of pruning towards one goal: in each, analyse, score, select, remove, and fit what is left. */
import { PocketlensError } from '../../../models/base/errors.js';
import { costOf } from '../../../models/graph/cost.js';
import type { Graph } from '../../../models/graph/ir.js';
import { calibrationFor } from '../../calibration.js';
import { exportOnnx } from '../../export/onnx/export-onnx.js';
import { measureLatency } from '../../measure/latency.js';
import type { PassContext, PassReport } from '../../pass.js';
import { matchesAny } from '../../patterns.js';
import type { PruneChannelsOptions, PruneTarget } from '../prune-channels-options.js';
import { analyzeDependencies } from './analyze-dependencies.js';
import type { ChannelGroup, Dependencies } from './channel-group.js';
import { removeAndRecord } from './history.js';
import { reconstruct } from './reconstruct.js';
import { type Removal, removeChannels, removedPositions, shapesWithout } from './remove-channels.js';
import { type GroupScores, scoreGroups } from './scores.js';
import { meetTarget, type Plan, planRemovals } from './selection.js';

const FLOAT_BYTES = 4;

export class PruningRounds {
  readonly #options: PruneChannelsOptions;
  readonly #context: PassContext;
  readonly #unitsAtFirst: ReadonlyMap<string, number>;
  /** What the target's figure was at first. */
  readonly #costAtFirst: number;
  #removedAny = false;
  /** Groups that were left whole by option, and why. */
  untouched: PassReport['skipped'] = [];

  private constructor(graph: Graph, options: PruneChannelsOptions, context: PassContext, cost: number) {
    this.#options = options;
    this.#context = context;
    this.#costAtFirst = cost;
    this.#unitsAtFirst = new Map(analyzeDependencies(graph).groups.map(({ id, units }) => [id, units]));
  }

  static async start(
    graph: Graph,
    options: PruneChannelsOptions,
    context: PassContext,
  ): Promise<PruningRounds> {
    const cost = options.target ? await costIn(options.target.of, graph, [], context) : 0;
    return new PruningRounds(graph, options, context, cost);
  }

  /**
   * One round.
   *
   * @param progress in (0, 1]: where on the way to the goal to stop. What is kept shrinks by the same factor each round.
   * @throws invalid_config where nothing can be removed or the target cannot be reached
   */
  async prune(graph: Graph, progress: number): Promise<Graph> {
    const dependencies = analyzeDependencies(graph);
    const groups = this.#removable(dependencies);
    const removals = await this.#select(graph, await this.#plan(graph, groups), progress);
    this.#removedAny ||= removals.length > 0;
    if (progress === 1 && !this.#removedAny) {
      throw nothingToRemove(
        'the goal, rounded to what may be left of each layer, removes no channel',
        'Raise the ratio, or lower roundTo or minChannels.',
      );
    }
    if (removals.length === 0) return graph;
    return this.#fit(graph, removeAndRecord(graph, removals), removals);
  }

  /** The pruned graph with the weights that give what the graph gave, where the options ask for it. */
  async #fit(graph: Graph, pruned: Graph, removals: readonly Removal[]): Promise<Graph> {
    const { reconstruct: samples } = this.#options;
    if (samples === 0) return pruned;
    const { task, signal, note } = this.#context;
    const feeds = await calibrationFor(graph, task!, samples);
    const options = { ...(signal && { signal }), ...(note && { note }) };
    return (await reconstruct(graph, pruned, removedPositions(removals), feeds, options)).graph;
  }

  /** Without the groups that an ignored node takes part in. */
  #removable({ groups, frozen }: Dependencies): ChannelGroup[] {
    const left: ChannelGroup[] = [];
    this.untouched = [];
    for (const group of groups) {
      const ignored = group.nodes.find((node) => matchesAny(node, this.#options.ignore));
      if (ignored === undefined) left.push(group);
      else this.#leave(group, ignored === group.id ? 'ignored' : `coupled to "${ignored}", which is ignored`);
    }
    if (left.length > 0) return left;
    const reason = this.untouched[0]?.reason ?? frozen[0]?.reason ?? 'no layer makes channels';
    throw nothingToRemove(reason, 'Ignore fewer layers, or leave out this pass.');
  }

  #leave({ makers }: ChannelGroup, reason: string): void {
    this.untouched = [...this.untouched, ...makers.map(({ node }) => ({ node, reason }))];
  }

  async #plan(graph: Graph, groups: readonly ChannelGroup[]): Promise<Plan> {
    const { score, batches } = this.#options;
    const gradients = score === 'taylor' ? await this.#context.task!.gradients!(graph, batches) : undefined;
    const scores = scoreGroups(graph, groups, {
      ...this.#options,
      seed: this.#context.seed,
      ...(gradients && { gradients }),
    });
    groups.forEach((group, i) => {
      if (!scores[i]) this.#leave(group, `score "${score}" says nothing about it`);
    });
    if (scores.every((one) => one === undefined)) {
      throw nothingToRemove(`score "${score}" says nothing about any layer`, 'Take another score.');
    }
    const unitsAtFirst = (group: ChannelGroup) => this.#unitsAtFirst.get(group.id) ?? group.units;
    const ranked = this.#options.perCost ? await this.#perCost(graph, groups, scores) : scores;
    return planRemovals(groups, ranked, { ...this.#options, unitsAtFirst });
  }

  /** The scores over what one unit of the group costs, in the target's measure. */
  async #perCost(graph: Graph, groups: readonly ChannelGroup[], scores: GroupScores): Promise<GroupScores> {
    const cost = (removals: readonly Removal[]) =>
      costIn(this.#options.target!.of, graph, removals, this.#context);
    const whole = await cost([]);
    return Promise.all(
      groups.map(async (group, i) => {
        // What saves nothing, or is the last of its kind, stays.
        const saved = group.units > 1 ? whole - (await cost([{ group, units: [0] }])) : 0;
        return scores[i]?.map((score) => (saved > 0 ? score / saved : Number.POSITIVE_INFINITY));
      }),
    );
  }

  #select(graph: Graph, plan: Plan, progress: number): Removal[] | Promise<Removal[]> {
    const { ratio, target } = this.#options;
    if (!target) return plan.toRatio(1 - (1 - ratio!) ** progress);
    const share = Math.min(1, target.keep ?? target.most! / this.#costAtFirst);
    const isMeasured = target.of === 'milliseconds';
    return meetTarget(
      plan,
      progress === 1 ? (target.most ?? share * this.#costAtFirst) : this.#costAtFirst * share ** progress,
      (removals) => costIn(target.of, graph, removals, this.#context),
      { name: target.of, refine: !isMeasured, resolution: isMeasured ? Math.ceil(plan.steps / 64) : 1 },
    );
  }
}

function nothingToRemove(reason: string, remedy: string): PocketlensError {
  return new PocketlensError('invalid_config', `Expected channels to remove but found none: ${reason}.`, {
    remedy,
  });
}

/** The target's figure of the graph without some channels. */
async function costIn(
  of: PruneTarget['of'],
  graph: Graph,
  removals: readonly Removal[],
  { task, signal }: PassContext,
): Promise<number> {
  if (of === 'milliseconds') {
    const onnx = exportOnnx(removals.length > 0 ? removeChannels(graph, removals) : graph);
    const candidate = { name: 'pruned', onnx, inputShapes: task!.inputShapes };
    const { latencies } = await measureLatency([candidate], {
      threads: [1],
      repeats: 9,
      ...(signal && { signal }),
    });
    return latencies[0]!.minimumMs;
  }
  const shapes = shapesWithout(graph, removals);
  if (of === 'macs') return costOf(shapes, task!.inputShapes).macs;
  return FLOAT_BYTES * weightsOf(shapes);
}

export function weightsOf(graph: Graph): number {
  return [...graph.params.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
