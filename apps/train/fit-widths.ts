/** Weights of one graph brought to the widths of another of the same layers, so that training goes on from what they know. */

import { analyzeDependencies } from '../../compression/prune/channels/analyze-dependencies.js';
import type { ChannelGroup, GroupAxis } from '../../compression/prune/channels/channel-group.js';
import { type Removal, removeChannels } from '../../compression/prune/channels/remove-channels.js';
import { scoreGroups } from '../../compression/prune/channels/scores.js';
import type { Graph, Param } from '../../models/graph/ir.js';

/**
 * `source` without the weakest channels of every layer that is narrower in `target`: those of the least L2 norm, in all
 * layers that share them alike (Li et al. 2017). Layers that `target` lacks, or has wider, stay as they are.
 */
export function narrowed(source: Graph, target: Graph): Graph {
  const { groups } = analyzeDependencies(source);
  const scores = scoreGroups(source, groups, {
    score: 'l2',
    reduction: 'mean',
    normalization: 'none',
    seed: 0,
  });
  const removals: Removal[] = [];
  groups.forEach((group, i) => {
    const wanted = unitsIn(group, target);
    const score = scores[i];
    if (wanted === undefined || wanted >= group.units || !score) return;
    const weakest = [...score.keys()].sort((a, b) => score[a]! - score[b]!);
    removals.push({ group, units: weakest.slice(0, group.units - wanted) });
  });
  return removals.length === 0 ? source : removeChannels(source, removals);
}

/** How many units the group's first layer has in another graph; undefined where it is not the same kind of layer. */
function unitsIn({ root, channelsPerUnit, units }: ChannelGroup, target: Graph): number | undefined {
  if (root.tensor.kind !== 'param') return undefined;
  const shape = target.params.get(root.tensor.id)?.shape;
  const size = shape?.[root.axis];
  if (size === undefined || channelsPerUnit !== 1) return undefined;
  return Math.min(units, size);
}

/** An axis that may be longer than that of the weights it starts from. */
export interface Growth {
  /** Position → where it is in the shorter axis, -1 where it is new. */
  readonly from: readonly number[];
  /** The layer reads the new channels: it begins deaf to them, so that it still computes what it did. Else it makes them: they begin as drawn. */
  readonly reads: boolean;
}

/** Param → axis → how it grows from `source`, a graph of the same layers that are nowhere wider. */
export function growthOf(target: Graph, source: Graph): Map<string, Map<number, Growth>> {
  const known = new Map(analyzeDependencies(source).groups.map((group) => [group.id, group]));
  const all = new Map<string, Map<number, { from: number[]; reads: boolean }>>();
  for (const group of analyzeDependencies(target).groups) {
    const before = known.get(group.id);
    for (const grown of group.axes) {
      const { tensor, axis, name, positions } = grown;
      const size = tensor.kind === 'param' ? target.params.get(tensor.id)?.shape[axis] : undefined;
      if (size === undefined) continue;
      const axes = all.get(tensor.id) ?? new Map<number, { from: number[]; reads: boolean }>();
      const growth = axes.get(axis) ?? { from: new Array<number>(size).fill(UNKNOWN), reads: false };
      all.set(tensor.id, axes.set(axis, growth));
      growth.reads = READS.test(name);
      // What a concatenation joins stands where the parts before it end, which are shorter in `source`.
      const isSame = (other: GroupAxis) => other.tensor.id === tensor.id && other.axis === axis;
      const stood = before?.axes.filter(isSame)[group.axes.filter(isSame).indexOf(grown)];
      if (!stood) continue;
      positions.forEach((places, unit) => {
        places.forEach((place, k) => {
          growth.from[place] = stood.positions[unit]?.[k] ?? NEW;
        });
      });
    }
  }
  for (const [id, axes] of all) {
    for (const [axis, { from }] of axes) fillIn(from, source.params.get(id)?.shape[axis] ?? 0);
  }
  return all;
}

/** Operators' words for the axes of weights along which they read. */
const READS = /^c?in\b/;
const NEW = -1;
const UNKNOWN = -2;

/** Positions of which no group tells are the ones that are left, in order. */
function fillIn(from: number[], size: number): void {
  const taken = new Set(from);
  const left = Array.from({ length: size }, (_, i) => i).filter((i) => !taken.has(i));
  from.forEach((place, i) => {
    if (place === UNKNOWN) from[i] = left.shift() ?? NEW;
  });
}

/** `wide` with the values of `narrow` where they belong; undefined where the shapes differ in more than axes that grow. */
export function widened(
  wide: Param,
  narrow: Param,
  growth: ReadonlyMap<number, Growth>,
): Float32Array | undefined {
  const { shape } = wide;
  const fits =
    shape.length === narrow.shape.length &&
    shape.every((size, axis) => {
      const had = narrow.shape[axis]!;
      return size === had || (size > had && growth.has(axis));
    });
  if (!fits) return undefined;
  const data = wide.data.slice();
  const at = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    let from = 0;
    let inside = true;
    let deaf = false;
    for (let axis = 0; axis < shape.length; axis++) {
      const grows = growth.get(axis);
      const place = grows ? grows.from[at[axis]!]! : at[axis]!;
      from = from * narrow.shape[axis]! + place;
      if (place !== NEW) continue;
      inside = false;
      if (grows?.reads) deaf = true;
    }
    if (inside) data[i] = narrow.data[from]!;
    else if (deaf) data[i] = 0;
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0;
  }
  return data;
}
