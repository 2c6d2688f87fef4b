/** Every kind of pass by its name: what recipes can ask for. A new pass adds its line here. */
import { alignChannels } from './cleanup/align-channels.js';
import { correctBias } from './cleanup/correct-bias.js';
import { equalizeWeights } from './cleanup/equalize-weights.js';
import { foldBatchNormPass } from './cleanup/fold-batch-norm-pass.js';
import { removeDeadNodes } from './cleanup/remove-dead-nodes.js';
import { foldConstants, fuseActivations, removeIdentities } from './cleanup/simplify.js';
import { distill } from './distill/distill.js';
import { loadWeights } from './distill/load-weights.js';
import { selfDistill } from './distill/self-distill.js';
import { stochasticDepth } from './distill/stochastic-depth.js';
import { tune } from './distill/tune.js';
import { factorize } from './factorize/factorize.js';
import type { PassDefinition } from './pass.js';
import { pruneChannels } from './prune/prune-channels.js';
import { pruneWeights } from './prune/unstructured/prune-weights.js';
import { mixedPrecision } from './quantize/mixed/mixed-precision.js';
import { quantize } from './quantize/quantize.js';
import { quantizeAware } from './quantize/training/quantize-aware.js';
import { setBits } from './search/set-bits.js';
import { clusterWeights } from './share/cluster-weights.js';
import { tieBlocks } from './share/tie-blocks.js';

const ALL = [
  foldBatchNormPass,
  foldConstants,
  fuseActivations,
  removeIdentities,
  removeDeadNodes,
  alignChannels,
  equalizeWeights,
  correctBias,
  tune,
  distill,
  selfDistill,
  stochasticDepth,
  loadWeights,
  pruneChannels,
  pruneWeights,
  quantize,
  quantizeAware,
  mixedPrecision,
  setBits,
  factorize,
  clusterWeights,
  tieBlocks,
] as const;

// A definition's parameter is its own options: what is common to all of them is that options are checked at run time.
export const PASSES: ReadonlyMap<string, PassDefinition> = new Map(
  ALL.map((definition) => [definition.passName, definition as unknown as PassDefinition]),
);

/**
 * Passes that leave a float graph's function as it is, but not as fit for training: what is to be trained on with is
 * taken from before them.
 */
export const FUNCTION_PRESERVING: ReadonlySet<string> = new Set(
  [
    foldBatchNormPass,
    foldConstants,
    fuseActivations,
    removeIdentities,
    removeDeadNodes,
    alignChannels,
    equalizeWeights,
  ].map(({ passName }) => passName),
);
