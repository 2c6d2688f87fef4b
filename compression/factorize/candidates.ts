/** What a layer could become, at which cost and which error of its weights or answers. */

import type { Matrix } from '../linear-algebra/matrix.js';
import type { Decomposition, Factorization, Method } from './decompose/decomposition.js';
import { decompose, methodFor, methodsForAuto } from './decompose/methods.js';
import { responseDecomposition } from './decompose/response-svd.js';
import { type Layer, macsOf, weightsOf, wholeOf } from './layers.js';

export interface Candidate {
  readonly layer: Layer;
  readonly method: Method;
  readonly ranks: readonly number[];
  readonly macs: number;
  readonly weights: number;
  /** Computed at first use. */
  readonly factorization: Factorization;
}

export interface LayerChoices {
  readonly layer: Layer;
  readonly macs: number;
  readonly weights: number;
  /** Decompositions by method, each computed at first use. */
  readonly decompositions: ReadonlyMap<Method, () => Decomposition>;
}

export interface CandidateOptions {
  /** Ranks are multiples of this where they are above it. */
  readonly multiple: number;
  /** Share of weights and of MACs that a replacement must save. */
  readonly minSaving: number;
}

/** @param moments of the layer's answers: what its factors are fitted to, by `svd`. Default: its weights, by the method. */
export function choicesFor(layer: Layer, method: Method | 'auto', moments?: Matrix): LayerChoices {
  const { kernel } = layer;
  const methods = method === 'auto' ? methodsForAuto(kernel.shape) : [methodFor(method, kernel.shape)];
  const decompositions = moments
    ? new Map<Method, () => Decomposition>([['svd', once(() => responseDecomposition(kernel, moments))]])
    : new Map(methods.map((name) => [name, once(() => decompose(name, kernel))]));
  return { layer, macs: macsOf(layer, wholeOf(layer)), weights: weightsOf([kernel]), decompositions };
}

/** Undefined where it would not save enough. */
export function candidate(
  choices: LayerChoices,
  method: Method,
  wanted: readonly number[],
  { multiple, minSaving }: CandidateOptions,
): Candidate | undefined {
  const decomposition = choices.decompositions.get(method)!();
  const ranks = wanted.map((rank, i) => {
    // Up: what was wanted of the rank (its energy, its damage) is not to be missed.
    const rounded = rank > multiple ? Math.ceil(rank / multiple) * multiple : Math.ceil(rank);
    return Math.min(decomposition.fullRanks[i]!, Math.max(1, rounded));
  });
  const outline = decomposition.outline(ranks);
  const macs = macsOf(choices.layer, outline);
  const weights = weightsOf(outline);
  const most = 1 - minSaving;
  if (macs > most * choices.macs || weights > most * choices.weights) return undefined;
  const factorize = once(() => decomposition.factorize(ranks));
  return {
    layer: choices.layer,
    method,
    ranks,
    macs,
    weights,
    get factorization() {
      return factorize();
    },
  };
}

/** Shares of the layer's weights that are tried. */
const LADDER = [0.1, 0.16, 0.24, 0.33, 0.43, 0.54, 0.67, 0.82];

/**
 * From the cheapest to the dearest, over all methods; none that a cheaper one betters.
 * @param cost what cheap means.
 */
export function ladder(
  choices: LayerChoices,
  options: CandidateOptions,
  cost: (candidate: Candidate) => number,
): Candidate[] {
  const found = [...choices.decompositions.keys()].flatMap((method) => {
    const seen = new Set<string>();
    return LADDER.flatMap((share) => {
      const ranks = ranksAtShare(choices, method, share);
      const rung = ranks && candidate(choices, method, ranks, options);
      if (!rung || seen.has(rung.ranks.join())) return [];
      seen.add(rung.ranks.join());
      return [rung];
    });
  });
  found.sort((a, b) => cost(a) - cost(b) || a.factorization.error - b.factorization.error);
  let least = Number.POSITIVE_INFINITY;
  return found.filter((rung) => {
    if (rung.factorization.error >= least) return false;
    least = rung.factorization.error;
    return true;
  });
}

/** The greatest ranks, in proportion to the full ones, whose factors have at most this share of the layer's weights. */
function ranksAtShare(choices: LayerChoices, method: Method, share: number): number[] | undefined {
  const { fullRanks, outline } = choices.decompositions.get(method)!();
  const at = (scale: number) => fullRanks.map((rank) => Math.max(1, Math.floor(scale * rank)));
  const fits = (scale: number) => weightsOf(outline(at(scale))) <= share * choices.weights;
  let [low, high] = [0, 1];
  if (!fits(low)) return undefined;
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return at(low);
}

function once<T>(compute: () => T): () => T {
  let value: { readonly is: T } | undefined;
  return () => {
    value ??= { is: compute() };
    return value.is;
  };
}
