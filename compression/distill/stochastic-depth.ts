import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { expected, PocketlensError } from '../../models/base/errors.js';
import { Random } from '../../models/base/random.js';
import type { Graph } from '../../models/graph/ir.js';
import type { Hook } from '../../models/training/hooks.js';
import { definePass } from '../pass.js';
import { requireTuning, tuneGraph, tuningOptions } from '../tuning.js';
import { type ResidualBlock, residualBlocks } from './residual-blocks.js';

/** Probability that block `index` of `count` survives a step: falls linearly from 1 to that of the last block. */
export function survivalOf(index: number, count: number, last: number): number {
  return 1 - ((index + 1) / count) * (1 - last);
}

/**
 * Drops the branches of residual blocks at random, whole batches at a time, the deeper the more often (Huang et al. 2016).
 * A branch that stays is divided by its probability, so that the expectation is that of the whole block: at inference
 * nothing is to be scaled. (Huang et al. scale at inference instead; the expectation is the same.)
 * @param options survival: probability of the last block, in (0, 1].
 */
export function stochasticDepthHook(
  graph: Graph,
  options: { readonly survival: number; readonly seed: number; readonly blocks?: readonly ResidualBlock[] },
): Hook {
  const { survival, seed } = options;
  if (!(survival > 0 && survival <= 1))
    throw expected('invalid_config', 'a probability above 0', '"survival"', survival);
  const blocks = options.blocks ?? residualBlocks(graph);
  const factors = new Map<string, number>();
  return {
    name: 'stochastic-depth',
    beforeStep({ step }) {
      const random = new Random(seed, 'stochastic-depth', step);
      blocks.forEach(({ branch }, i) => {
        const p = survivalOf(i, blocks.length, survival);
        factors.set(branch, random.chance(p) ? 1 / p : 0);
      });
    },
    transformValue(id, value) {
      const factor = factors.get(id);
      if (factor === undefined || factor === 1) return value;
      // Zeros that depend on nothing: the branch's backward pass is saved.
      return factor === 0 ? tf.zeros(value.shape) : tf.mul(value, factor);
    },
  };
}

/**
 * Tunes the graph with residual branches dropped at random (Huang et al. 2016, "Deep networks with stochastic depth"): a
 * regulariser, and practice for losing blocks. The graph's shape stays.
 *
 * Options: `survival`: probability of the last block (default 0.8); those before fall to it linearly from 1. `minutes` of
 * tuning; `steps`, `learningRate`, `freezeBatchNorm`, `awaken` for it, as in `tune`. Cost: the minutes; dropped branches
 * save their backward pass.
 */
export const stochasticDepth = definePass(
  'stochastic-depth',
  'Tunes the model with residual branches dropped at random.',
  z.strictObject({ survival: z.number().gt(0).max(1).default(0.8), ...tuningOptions }),
  async (graph, { survival, ...tuning }, context) => {
    const blocks = residualBlocks(graph);
    if (blocks.length === 0) {
      throw new PocketlensError(
        'invalid_config',
        `Expected residual blocks in "${graph.name}" but it has none.`,
        {
          remedy: 'Leave the pass "stochastic-depth" out of the recipe.',
        },
      );
    }
    const hook = stochasticDepthHook(graph, { survival, seed: context.seed, blocks });
    return {
      graph: await tuneGraph('stochastic-depth', graph, { ...tuning, hooks: [hook] }, context),
      report: {
        summary: `Tuned for ${tuning.minutes} minutes, dropping the branches of ${blocks.length} residual blocks.`,
        layers: blocks.map(({ node }, i) => ({
          node,
          figures: { survival: survivalOf(i, blocks.length, survival) },
        })),
        skipped: [],
      },
    };
  },
  (_, context) => requireTuning('stochastic-depth', context),
);
