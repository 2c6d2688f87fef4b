/** What a weight is worth: the lower, the sooner it goes. */
import { Random } from '../../../models/base/random.js';
import type { ParamId } from '../../../models/graph/ir.js';

export const SCORES = ['magnitude', 'taylor', 'snip', 'movement', 'random'] as const;
export type ScoreKind = (typeof SCORES)[number];

/** |w| (Han et al. 2015). */
export function magnitudeScores(weights: Float32Array): Float32Array {
  return weights.map(Math.abs);
}

/**
 * |w · ∂L/∂w|: how much the loss changes, to first order, when the weight goes (Molchanov et al. 2017). SNIP's connection
 * sensitivity is the same before training, divided by its sum over all weights, which no ranking feels (Lee et al. 2019).
 */
export function taylorScores(weights: Float32Array, gradients: Float32Array): Float32Array {
  return weights.map((w, i) => Math.abs(w * gradients[i]!));
}

/** The same numbers at every call, so that a growing sparsity gives nested masks. */
export function randomScores(id: ParamId, size: number, seed: number): Float32Array {
  const random = new Random(seed, 'prune', id);
  return Float32Array.from({ length: size }, () => random.next());
}
