import type { z } from 'zod';
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph, ParamId } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { definePass, type PassContext, type PassResult, requireTask } from '../../pass.js';
import { requireTuning, tuneGraph } from '../../tuning.js';
import { computeMasks, type Distribution, type Masks, sparsityOf, targetsOf } from './masks.js';
import { DEFAULT_SPARSITY, pruneWeightsSchema } from './options.js';
import { type PruningPlan, pruningHook } from './pruning-hook.js';
import { magnitudeScores, randomScores, taylorScores } from './scores.js';
import { findWeights, type PrunableWeight, type Skipped } from './weights.js';

type Options = z.output<typeof pruneWeightsSchema>;

/**
 * Sets weights of convolutions, matrix products and LSTMs to zero; shapes, biases and normalisations stay.
 *
 * Options:
 * - `sparsity`: share of the weights that go, 0 to below 1, default 0.8; left out for a pattern, which has its own.
 * - `score`: `magnitude` |w| (default); `taylor` |w · gradient| (Molchanov et al. 2017), from the task's gradients or,
 *   with a schedule, from their running mean in training; `snip` (Lee et al. 2019), the same at once before tuning;
 *   `movement`, away from or towards zero while it trains (Sanh et al. 2020); `random`, seeded, to compare with.
 * - `ranking`: `local` (default), every layer the same share; `global`, the lowest of all layers; `erdos-renyi`.
 * - `granularity`: `"weight"` (default); `{keep, of}`, N:M along the inputs, `{"keep": 2, "of": 4}` for 2:4 (Mishra et
 *   al. 2021); `{inputs, outputs}`, blocks, e.g. `{"inputs": 1, "outputs": 4}`, scored by their mean.
 * - `schedule`: `one-shot` (default); `iterative` {rounds 5, begin 0, end 0.6} (Han et al. 2015); `cubic` {initial 0,
 *   begin 0, end 0.6} (Zhu and Gupta 2017); `regrow` {by gradient (RigL, Evci et al. 2020) or random (SET, Mocanu et al.
 *   2018), share 0.3, end 0.75}. `begin` and `end` are shares of the tuning. `every`: steps between changes, default 50.
 * - `edges`: share of the sparsity that first and output layers get, default 0.5; 0 leaves them dense. `layers`: node
 *   pattern → sparsity; `exclude`: node patterns ("*" for any characters). `maxLayerSparsity`: default 0.99.
 * - `minutes` of tuning, default 0; `steps`, `learningRate`, `freezeBatchNorm` for it. `gradientBatches`: default 8.
 *
 * Costs nothing where nothing is tuned or derived; `taylor` and `snip` cost `gradientBatches` training steps, a schedule
 * its minutes, a step taking half as long again where gradients are gathered (`movement`, `taylor`). Dense files and kernels gain nothing by zeros: the packed and the compressed file does.
 */
export const pruneWeights = definePass(
  'prune-weights',
  'Sets the least important weights, patterns or blocks of them to zero.',
  pruneWeightsSchema,
  prune,
  ({ minutes }, context) => {
    if (minutes > 0) requireTuning('prune-weights', context, 'minutes');
  },
);

async function prune(graph: Graph, options: Options, context: PassContext): Promise<PassResult> {
  validate(graph);
  const { weights, skipped } = findWeights(graph, options.exclude);
  const usable = weights.filter((weight) => {
    const reason = whyNot(weight, options);
    if (reason) skipped.push({ node: weight.node, reason });
    return !reason;
  });
  if (usable.length === 0) {
    throw new PocketlensError('invalid_config', 'Expected weights to prune but all of them are left out.', {
      remedy: 'Exclude fewer layers, or take another granularity.',
    });
  }
  const distribution = distributionOf(options);
  const needsMasks = options.schedule.kind === 'one-shot' || options.schedule.kind === 'regrow';
  const initial = needsMasks
    ? computeMasks(usable, await scoresFor(graph, usable, options, context), distribution)
    : undefined;
  if (options.minutes === 0) return finish(graph, initial!, usable, options, skipped);

  const plan: PruningPlan = {
    weights: usable,
    distribution,
    score: options.score,
    schedule: options.schedule,
    every: options.every,
    seed: context.seed,
  };
  const hook = pruningHook(plan, initial);
  const { minutes, steps, learningRate, freezeBatchNorm } = options;
  const tuning = {
    minutes,
    steps,
    learningRate,
    freezeBatchNorm,
    hooks: [hook],
    ownZeros: usable.map(({ id }) => id),
  };
  const start = initial ? masked(graph, initial) : graph;
  const tuned = await tuneGraph('prune-weights', start, tuning, context);
  // A session that was cut short, or that gave an earlier graph, is brought to the full sparsity all the same.
  const values = new Map(usable.map(({ id }) => [id, tuned.params.get(id)!.data]));
  return finish(tuned, hook.finalMasks(values), usable, options, skipped);
}

function distributionOf({ granularity, ...options }: Options): Distribution {
  const isPattern = typeof granularity === 'object' && 'of' in granularity;
  const { ranking, edges, layers, maxLayerSparsity } = options;
  const sparsity = isPattern ? 1 - granularity.keep / granularity.of : (options.sparsity ?? DEFAULT_SPARSITY);
  return { sparsity, ranking, granularity, edges, layers, maxLayerSparsity };
}

function whyNot({ shape, inputAxis }: PrunableWeight, { granularity }: Options): string | undefined {
  if (typeof granularity !== 'object' || !('of' in granularity)) return undefined;
  const inputs = shape[inputAxis]!;
  return inputs < granularity.of
    ? `it has ${inputs} input${inputs === 1 ? '' : 's'}, fewer than a pattern of ${granularity.of}`
    : undefined;
}

async function scoresFor(
  graph: Graph,
  weights: readonly PrunableWeight[],
  { score, gradientBatches }: Options,
  context: PassContext,
): Promise<Map<ParamId, Float32Array>> {
  const data = ({ id }: PrunableWeight) => graph.params.get(id)!.data;
  if (score === 'magnitude') return new Map(weights.map((w) => [w.id, magnitudeScores(data(w))]));
  if (score === 'random') {
    return new Map(weights.map((w) => [w.id, randomScores(w.id, data(w).length, context.seed)]));
  }
  const task = requireTask('prune-weights', context);
  if (!task.gradients) {
    throw new PocketlensError(
      'invalid_config',
      `Expected training data for the score "${score}" of pass "prune-weights" but received none.`,
      { remedy: 'Give the data by --data, or take the score "magnitude".' },
    );
  }
  const gradients = await task.gradients(graph, gradientBatches);
  return new Map(
    weights.map((w) => {
      const gradient = gradients.get(w.id);
      if (!gradient?.every(Number.isFinite)) {
        throw new PocketlensError(
          'training_failed',
          `Expected finite gradients for "${w.id}" but received ${gradient ? 'NaN or infinity' : 'none'}.`,
          { remedy: 'Leave the layer out by "exclude", or take the score "magnitude".' },
        );
      }
      return [w.id, taylorScores(data(w), gradient)];
    }),
  );
}

/** The graph with its weights masked. */
export function masked(graph: Graph, masks: Masks): Graph {
  const params = new Map(graph.params);
  for (const [id, mask] of masks) {
    const param = params.get(id)!;
    // Not a product: that would leave −0.
    params.set(id, { ...param, data: param.data.map((w, i) => (mask[i] ? w : 0)) });
  }
  return { ...graph, params };
}

function finish(
  graph: Graph,
  masks: Masks,
  weights: readonly PrunableWeight[],
  options: Options,
  skipped: readonly Skipped[],
): PassResult {
  const pruned = validate(masked(graph, masks));
  const targets = targetsOf(weights, distributionOf(options));
  let zeros = 0;
  let total = 0;
  const layers = weights.map(({ id, node }) => {
    const mask = masks.get(id)!;
    const sparsity = sparsityOf(mask);
    const target = targets.get(id)!;
    zeros += Math.round(sparsity * mask.length);
    total += mask.length;
    return { node, figures: { param: id, weights: mask.length, sparsity: round(sparsity), target } };
  });
  const skippedWeights = [...graph.params.values()].reduce((sum, { data }) => sum + data.length, 0) - total;
  return {
    graph: pruned,
    report: {
      summary:
        `Set ${zeros} of ${total} weights (${(100 * (zeros / total)).toFixed(1)} %) to zero, by ${options.score}; ` +
        `${skippedWeights} other values stay.`,
      layers,
      skipped,
    },
  };
}

function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
