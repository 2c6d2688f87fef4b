/** Network slimming (Liu et al. 2017): training pulls batch-norm scales towards zero, so that channels show which can go. */
import * as tf from '@tensorflow/tfjs-core';
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph, ParamId } from '../../../models/graph/ir.js';
import type { Hook } from '../../../models/training/hooks.js';
import { analyzeDependencies } from './analyze-dependencies.js';

/**
 * Adds strength · Σ |scale| to the loss, over the batch normalisations of channels that can be removed. One small sum a
 * step; nothing is left of it in the graph.
 *
 * @param strength the paper's λ; 1e-5 to 1e-3.
 * @throws invalid_config where no removable channel is batch-normalised
 */
export function slimmingHook(graph: Graph, strength: number): Hook {
  const scales = slimmableScales(graph);
  if (scales.length === 0) {
    throw new PocketlensError(
      'invalid_config',
      'Expected batch normalisation on removable channels but found none.',
      {
        remedy: 'Leave out "slimming", or prune before the normalisation is folded.',
      },
    );
  }
  let variables: ReadonlyMap<ParamId, tf.Tensor> | undefined;
  return {
    name: 'slimming',
    beforeStep(_, state) {
      variables = state.variables;
    },
    extraLoss() {
      const terms = scales.map((id) => tf.sum(tf.abs(variables!.get(id)!)));
      return tf.mul(tf.addN(terms), strength) as tf.Scalar;
    },
  };
}

function slimmableScales(graph: Graph): ParamId[] {
  const scales = analyzeDependencies(graph).groups.flatMap(({ axes }) =>
    axes.filter(({ kind }) => kind.startsWith('BatchNormalization scale')).map(({ tensor }) => tensor.id),
  );
  return [...new Set(scales)];
}
