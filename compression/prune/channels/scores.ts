/** How much each unit of each group matters: what scores lowest goes first. */
import { Random } from '../../../models/base/random.js';
import type { Graph, Param } from '../../../models/graph/ir.js';
import { sizeOf } from '../../../models/graph/shapes.js';
import type { ChannelGroup, GroupAxis } from './channel-group.js';

export const SCORES = ['l1', 'l2', 'batch-norm', 'taylor', 'random'] as const;
/**
 * - `l1`, `l2`: norm of the unit's weights (Li et al. 2017), in every trainable param of the group;
 * - `batch-norm`: |scale| of the batch normalisations of the group (Liu et al. 2017, network slimming);
 * - `taylor`: Σ (gradient · weight)² over the unit's weights (Molchanov et al. 2019, equation 8 summed weight by weight: the
 *   square of the sum is zero for weights before a batch normalisation, whose scale does not matter);
 * - `random`: uniform in [0, 1), seeded.
 */
export type ScoreKind = (typeof SCORES)[number];

export const REDUCTIONS = ['mean', 'max', 'sum'] as const;
/** How the scores of a unit in the params of its group become one. */
export type Reduction = (typeof REDUCTIONS)[number];

export const NORMALIZATIONS = ['none', 'layer', 'isomorphic'] as const;
/**
 * What makes scores of different groups comparable.
 * - `none`: they are compared as they stand, over the whole network;
 * - `layer`: divided by the group's mean, so that each group is judged by itself;
 * - `isomorphic`: each becomes its rank, in (0, 1], among the units of all groups of the same structure (Fang et al. 2024), so
 *   that a common threshold takes the same share of every kind of group.
 */
export type Normalization = (typeof NORMALIZATIONS)[number];

export interface ScoreOptions {
  readonly score: ScoreKind;
  readonly reduction: Reduction;
  readonly normalization: Normalization;
  readonly seed: number;
  /** For `taylor`: of the loss, param by param. */
  readonly gradients?: ReadonlyMap<string, Float32Array>;
}

/** One score a unit; undefined for a group that the score says nothing about. */
export type GroupScores = readonly (Float64Array | undefined)[];

export function scoreGroups(
  graph: Graph,
  groups: readonly ChannelGroup[],
  options: ScoreOptions,
): GroupScores {
  const raw = groups.map((group, i) => scoreGroup(graph, group, i, options));
  if (options.normalization === 'none') return raw;
  if (options.normalization === 'layer') return raw.map((scores) => scores && overMean(scores));
  return ranksAmongAlike(raw, groups.map(structureOf));
}

function scoreGroup(
  graph: Graph,
  group: ChannelGroup,
  index: number,
  { score, reduction, seed, gradients }: ScoreOptions,
): Float64Array | undefined {
  if (score === 'random') {
    const random = new Random(seed, 'prune-channels', group.id, index);
    return Float64Array.from({ length: group.units }, () => random.next());
  }
  const parts = group.axes.flatMap((axis): Float64Array[] => {
    const { tensor, kind, trainable } = axis;
    if (tensor.kind !== 'param' || !trainable) return [];
    if (score === 'batch-norm' && !kind.startsWith('BatchNormalization scale')) return [];
    const param = graph.params.get(tensor.id)!;
    const gradient = gradients?.get(tensor.id);
    if (score === 'taylor' && gradient?.length !== param.data.length) return [];
    return [unitSums(param, axis, measure(score, param.data, gradient), score === 'l2')];
  });
  return parts.length === 0 ? undefined : reduce(parts, reduction, group.units);
}

function measure(
  score: ScoreKind,
  data: Float32Array,
  gradient: Float32Array | undefined,
): (i: number) => number {
  if (score === 'l2') return (i) => data[i]! ** 2;
  if (score === 'taylor') return (i) => (data[i]! * gradient![i]!) ** 2;
  return (i) => Math.abs(data[i]!);
}

/** Sums over all weights at the positions of each unit. */
function unitSums(
  { shape, data }: Param,
  { axis, positions }: GroupAxis,
  value: (i: number) => number,
  root: boolean,
): Float64Array {
  const inner = sizeOf(shape.slice(axis + 1));
  const size = shape[axis]!;
  const along = new Float64Array(size);
  for (let i = 0; i < data.length; i++) along[Math.floor(i / inner) % size]! += value(i);
  return Float64Array.from(positions, (own) => {
    const sum = own.reduce((all, p) => all + along[p]!, 0);
    return root ? Math.sqrt(sum) : sum;
  });
}

function reduce(parts: readonly Float64Array[], reduction: Reduction, units: number): Float64Array {
  return Float64Array.from({ length: units }, (_, unit) => {
    const values = parts.map((part) => part[unit]!);
    if (reduction === 'max') return Math.max(...values);
    const sum = values.reduce((a, b) => a + b, 0);
    return reduction === 'mean' ? sum / values.length : sum;
  });
}

function overMean(scores: Float64Array): Float64Array {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  return mean > 0 ? scores.map((value) => value / mean) : scores;
}

/** Equal for groups whose params are read by the same operators along the same axes. */
function structureOf({ axes }: ChannelGroup): string {
  return axes
    .flatMap(({ kind }) => (kind ? [kind] : []))
    .sort()
    .join(', ');
}

function ranksAmongAlike(raw: GroupScores, structures: readonly string[]): GroupScores {
  const ranked = raw.map((scores) => scores?.slice());
  for (const structure of new Set(structures)) {
    const members = raw.flatMap((scores, group) =>
      scores && structures[group] === structure
        ? [...scores].map((value, unit) => ({ value, group, unit }))
        : [],
    );
    members.sort((a, b) => a.value - b.value || a.group - b.group || a.unit - b.unit);
    members.forEach(({ group, unit }, rank) => {
      ranked[group]![unit] = (rank + 1) / members.length;
    });
  }
  return ranked;
}
