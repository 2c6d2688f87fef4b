/** From scores to masks: which units go, layer by layer or ranked among all layers. */
import type { ParamId } from '../../../models/graph/ir.js';
import { sizeOf } from '../../../models/graph/shapes.js';
import { matchesAny } from '../../patterns.js';
import { type Granularity, patternMask, type Units, unitScores, unitsOf } from './units.js';
import type { PrunableWeight } from './weights.js';

/** 1 where a weight stays. */
export type Masks = ReadonlyMap<ParamId, Uint8Array>;

/**
 * How the sparsity is spread: the same in every layer; lowest scores among all layers; or by Erdős–Rényi kernel, where a
 * layer's density is proportional to (sum of its dimensions) / (their product) (Mocanu et al. 2018; Evci et al. 2020).
 */
export const RANKINGS = ['local', 'global', 'erdos-renyi'] as const;
export type Ranking = (typeof RANKINGS)[number];

export interface Distribution {
  /** Share of the weights that go, on average over the layers that neither `layers` nor `edges` names. */
  readonly sparsity: number;
  readonly ranking: Ranking;
  readonly granularity: Granularity;
  /** First and output layers get this share of the sparsity. 1: they are as others. */
  readonly edges: number;
  /** Pattern of node ids → sparsity. */
  readonly layers: Readonly<Record<string, number>>;
  /** No layer gets sparser, whatever its scores. */
  readonly maxLayerSparsity: number;
}

/** What a layer is to end with: a sparsity of its own, or a place in the common ranking. */
export type Target = number | 'ranked';

export function targetsOf(
  weights: readonly PrunableWeight[],
  distribution: Distribution,
): Map<ParamId, Target> {
  const { sparsity, ranking, edges, layers, maxLayerSparsity } = distribution;
  const targets = new Map<ParamId, Target>();
  const rest: PrunableWeight[] = [];
  for (const weight of weights) {
    const pattern = Object.keys(layers).find((key) => matchesAny(weight.node, [key]));
    if (pattern !== undefined) targets.set(weight.id, layers[pattern]!);
    else if (weight.isEdge && edges < 1) targets.set(weight.id, Math.min(sparsity * edges, maxLayerSparsity));
    else rest.push(weight);
  }
  const densities = ranking === 'erdos-renyi' ? erdosRenyi(rest, 1 - sparsity) : undefined;
  for (const { id } of rest) {
    if (ranking === 'global') targets.set(id, 'ranked');
    else targets.set(id, Math.min(densities ? 1 - densities.get(id)! : sparsity, maxLayerSparsity));
  }
  return targets;
}

/** Densities proportional to sum / product of the dimensions, none above 1, `density` over all weights together. */
export function erdosRenyi(weights: readonly PrunableWeight[], density: number): Map<ParamId, number> {
  const dense = new Set<ParamId>();
  const raw = ({ shape }: PrunableWeight) => shape.reduce((sum, d) => sum + d, 0) / sizeOf(shape);
  for (;;) {
    const open = weights.filter(({ id }) => !dense.has(id));
    const total = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const taken = total - open.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const divisor = open.reduce((sum, weight) => sum + raw(weight) * sizeOf(weight.shape), 0);
    const factor = Math.max(0, density * total - taken) / divisor;
    const over = open.filter((weight) => raw(weight) * factor > 1);
    if (over.length === 0) {
      return new Map(weights.map((weight) => [weight.id, dense.has(weight.id) ? 1 : raw(weight) * factor]));
    }
    for (const { id } of over) dense.add(id);
  }
}

/**
 * @param at sparsity at present of what is to be `final` in the end (the schedule).
 * @param scores one a weight.
 */
export function computeMasks(
  weights: readonly PrunableWeight[],
  scores: ReadonlyMap<ParamId, Float32Array>,
  distribution: Distribution,
  at: (final: number) => number = (final) => final,
): Map<ParamId, Uint8Array> {
  const { granularity, sparsity, maxLayerSparsity } = distribution;
  const masks = new Map<ParamId, Uint8Array>();
  const targets = targetsOf(weights, distribution);
  const ranked: Pool[] = [];
  for (const weight of weights) {
    const units = unitsOf(weight, granularity);
    const own = scores.get(weight.id)!;
    const target = targets.get(weight.id)!;
    if (typeof granularity === 'object' && 'of' in granularity) {
      const { keep, of } = granularity;
      // A growing sparsity thins the groups one by one; a layer that is to stay denser keeps more of each.
      const goal = Math.min(1 - keep / of, target as number);
      const stay = Math.max(keep, Math.ceil(of * (1 - at(goal)) - 1e-9));
      masks.set(weight.id, patternMask(own, units, stay, of));
      continue;
    }
    const pool = { weight, units, scores: unitScores(own, units) };
    if (target === 'ranked') ranked.push(pool);
    else masks.set(weight.id, spread(lowest(pool.scores, Math.round(at(target) * units.count)), units));
  }
  for (const [id, mask] of rankTogether(ranked, at(sparsity), maxLayerSparsity)) masks.set(id, mask);
  return masks;
}

interface Pool {
  readonly weight: PrunableWeight;
  readonly units: Units;
  readonly scores: Float32Array;
}

/** The lowest of all pools go; a pool that would lose more than `most` loses just that, the others the rest. */
function rankTogether(pools: readonly Pool[], sparsity: number, most: number): Map<ParamId, Uint8Array> {
  const masks = new Map<ParamId, Uint8Array>();
  let open = [...pools];
  let count = Math.round(sparsity * open.reduce((sum, { units }) => sum + units.count, 0));
  while (open.length > 0) {
    const all = new Float32Array(open.reduce((sum, { units }) => sum + units.count, 0));
    let offset = 0;
    const starts = open.map(({ scores, units }) => {
      all.set(scores, offset);
      offset += units.count;
      return offset - units.count;
    });
    const kept = lowest(all, Math.min(count, all.length));
    const parts = open.map(({ units }, i) => kept.subarray(starts[i]!, starts[i]! + units.count));
    const limits = open.map(({ units }) => Math.floor(most * units.count));
    const removed = parts.map((part) => part.reduce((sum, keep) => sum + 1 - keep, 0));
    const full = open.map((_, i) => removed[i]! > limits[i]!);
    open.forEach(({ weight, units, scores }, i) => {
      if (full[i]) {
        masks.set(weight.id, spread(lowest(scores, limits[i]!), units));
        count -= limits[i]!;
      } else if (!full.includes(true)) masks.set(weight.id, spread(parts[i]!, units));
    });
    open = full.includes(true) ? open.filter((_, i) => !full[i]) : [];
  }
  return masks;
}

/** 0 for exactly the `count` lowest, of equal ones the first. */
export function lowest(scores: Float32Array, count: number): Uint8Array {
  const keep = new Uint8Array(scores.length).fill(1);
  if (count <= 0) return keep;
  const threshold = scores.slice().sort()[Math.min(count, scores.length) - 1]!;
  let left = count;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! < threshold) {
      keep[i] = 0;
      left--;
    }
  }
  for (let i = 0; i < scores.length && left > 0; i++) {
    if (scores[i] === threshold) {
      keep[i] = 0;
      left--;
    }
  }
  return keep;
}

/** A mask of units as one of weights. */
export function spread(units: Uint8Array, { index, count }: Units): Uint8Array {
  return count === index.length ? units.slice() : Uint8Array.from(index, (unit) => units[unit]!);
}

/** Share of zeros. */
export function sparsityOf(mask: Uint8Array): number {
  return mask.length === 0 ? 0 : 1 - mask.reduce((sum, keep) => sum + keep, 0) / mask.length;
}
