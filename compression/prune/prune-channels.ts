/** The pass that removes channels. */
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph } from '../../models/graph/ir.js';
import { definePass, type PassContext, requireTask } from '../pass.js';
import { requireTuning, tuneGraph } from '../tuning.js';
import { PruningRounds } from './channels/pruning-rounds.js';
import { reportRemoval } from './channels/removal-report.js';
import { slimmingHook } from './channels/slimming-hook.js';
import { type PruneChannelsOptions, pruneChannelsSchema } from './prune-channels-options.js';

export const PRUNE_CHANNELS = 'prune-channels';

/**
 * Removes whole channels: filters of convolutions, columns of dense layers, units of LSTMs, with everything that depends on
 * them (batch norm, depthwise filters, the inputs of the layers that read them). What a residual sum or a gate couples
 * goes together (`analyzeDependencies`); inputs and outputs of the graph stay. Params and attributes really shrink; the
 * result computes what the whole graph computes with those channels held at zero, and records in `meta.pruning` what went.
 *
 * Options: see `prune-channels-options.ts`. The goal is a `ratio` of channels, or a `target` in MACs or bytes (reached from
 * below) or in milliseconds (measured; within noise). By default channels are ranked over the whole network by the L2
 * norm of all their weights relative to their layer's mean, and multiples of 8 are left. `perCost`: what a channel matters is
 * divided by what it costs, the greedy answer to the knapsack problem that a target is; it wants scores that compare over
 * layers (`taylor` with `normalization` "none" and `reduction` "sum"). `reconstruct`: so many calibration
 * inputs by which the weights behind what went are fitted anew (`channels/reconstruct.ts`), before any tuning.
 *
 * Cost: seconds without tuning; `milliseconds` adds about ten short measurements, `taylor` the gradients of `batches`
 * batches a round, `reconstruct` two runs of the graph for each layer and input, tuning its `minutes`. Prune before batch
 * normalisation is folded: the score `batch-norm` needs it.
 *
 * Sources: Li et al. 2017 (norms), Liu et al. 2017 (batch-norm scales, slimming), Molchanov et al. 2019 (Taylor), Fang et
 * al. 2023 and 2024 (dependencies, isomorphic ranking), He et al. 2017 (reconstruction), Shen et al. 2022 (HALP: pruning as
 * a knapsack problem).
 *
 * @throws invalid_config where nothing can be removed, a target cannot be reached, or the context lacks what is needed
 */
export const pruneChannels = definePass(
  PRUNE_CHANNELS,
  'Removes whole channels with all that depends on them, to a ratio or a target in MACs, bytes or milliseconds.',
  pruneChannelsSchema,
  async (graph, options, context) => {
    const start = options.slimming ? await slim(graph, options, context) : graph;
    const rounds = await PruningRounds.start(start, options, context);
    const minutes = options.minutes / options.steps;
    let current = start;
    for (let round = 1; round <= options.steps; round++) {
      if (context.signal?.aborted)
        throw new PocketlensError('interrupted', 'Stopped while pruning channels.');
      current = await rounds.prune(current, round / options.steps);
      if (minutes === 0) continue;
      context.note?.(`${PRUNE_CHANNELS}: tuning after round ${round} of ${options.steps}`);
      const tuning = { minutes, learningRate: options.learningRate, name: `${PRUNE_CHANNELS}-${round}` };
      current = await tuneGraph(PRUNE_CHANNELS, current, tuning, context);
    }
    return {
      graph: current,
      report: reportRemoval(graph, current, rounds.untouched, context.task?.inputShapes),
    };
  },
  checkContext,
);

/** Everything that is missing is told before anything is trained. */
function checkContext(options: PruneChannelsOptions, context: PassContext): void {
  const need = (option: string) =>
    new PocketlensError(
      'invalid_config',
      `Expected training data for ${option} of pass "${PRUNE_CHANNELS}" but received none.`,
      { remedy: `Give the data by --data, or leave out ${option}.` },
    );
  if (options.minutes > 0) requireTuning(PRUNE_CHANNELS, context, 'minutes');
  if (options.slimming) requireTuning(PRUNE_CHANNELS, context, 'slimming');
  if (options.score === 'taylor' && !context.task?.gradients) throw need('score "taylor"');
  if (options.reconstruct > 0 || (options.target && options.target.of !== 'bytes'))
    requireTask(PRUNE_CHANNELS, context);
}

function slim(graph: Graph, options: PruneChannelsOptions, context: PassContext): Promise<Graph> {
  const { strength, minutes } = options.slimming!;
  context.note?.(`${PRUNE_CHANNELS}: training with a penalty on batch-norm scales`);
  const hooks = [slimmingHook(graph, strength)];
  const { learningRate } = options;
  const tuning = { hooks, minutes, learningRate, name: `${PRUNE_CHANNELS}-slimming` };
  return tuneGraph(PRUNE_CHANNELS, graph, tuning, context);
}
