/** Weights of one graph brought to the widths of another of the same layers, so that training goes on from what they know. */

import { analyzeDependencies } from '../../compression/prune/channels/analyze-dependencies.js';
import type { ChannelGroup } from '../../compression/prune/channels/channel-group.js';
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

/**
 * Which axes of `target`'s params may be longer than those of the weights they start from, and whether the layer makes the
 * new channels (they begin as drawn) or reads them (it begins deaf to them, so that it still computes what it did).
 */
export function growableAxes(target: Graph): Map<string, Map<number, 'makes' | 'reads'>> {
  const all = new Map<string, Map<number, 'makes' | 'reads'>>();
  for (const { axes } of analyzeDependencies(target).groups) {
    for (const { tensor, axis, name } of axes) {
      if (tensor.kind !== 'param') continue;
      const known = all.get(tensor.id) ?? new Map<number, 'makes' | 'reads'>();
      all.set(tensor.id, known.set(axis, name.startsWith('cin') ? 'reads' : 'makes'));
    }
  }
  return all;
}

/** `wide` with `narrow` in its first positions; undefined where the shapes differ in more than axes that may grow. */
export function widened(
  wide: Param,
  narrow: Param,
  growable: ReadonlyMap<number, 'makes' | 'reads'>,
): Float32Array | undefined {
  const { shape } = wide;
  const fits =
    shape.length === narrow.shape.length &&
    shape.every((size, axis) => {
      const had = narrow.shape[axis]!;
      return size === had || (size > had && growable.has(axis));
    });
  if (!fits) return undefined;
  const data = wide.data.slice();
  const at = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    let from = 0;
    let inside = true;
    let deaf = false;
    for (let axis = 0; axis < shape.length; axis++) {
      from = from * narrow.shape[axis]! + at[axis]!;
      if (at[axis]! < narrow.shape[axis]!) continue;
      inside = false;
      if (growable.get(axis) === 'reads') deaf = true;
    }
    if (inside) data[i] = narrow.data[from]!;
    else if (deaf) data[i] = 0;
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0;
  }
  return data;
}
