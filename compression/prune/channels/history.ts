/** What was removed, so that it can be removed again from the same start: kept in the graph's `meta.pruning`. */
import { z } from 'zod';
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph } from '../../../models/graph/ir.js';
import { analyzeDependencies } from './analyze-dependencies.js';
import { type Removal, removeChannels } from './remove-channels.js';

const stepSchema = z.array(
  z.strictObject({
    /** The axis that names the units: an output axis of a param. */
    param: z.string(),
    axis: z.int().min(0),
    /** Positions along it, in the graph as it was before the step. */
    removed: z.array(z.int().min(0)),
  }),
);
const historySchema = z.array(stepSchema);

/** What one step removed, group by group. */
export type PruningStep = z.infer<typeof stepSchema>;
/** In the order in which it was done; positions of a step are those that the steps before it left. */
export type PruningHistory = z.infer<typeof historySchema>;

export function stepOf(removals: readonly Removal[]): PruningStep {
  return removals
    .filter(({ units }) => units.length > 0)
    .map(({ group: { root }, units }) => {
      const removed = units.flatMap((unit) => root.positions[unit]!).sort((a, b) => a - b);
      return { param: root.tensor.id, axis: root.axis, removed };
    });
}

/** @throws invalid_graph where the graph's record is not one */
export function pruningHistoryOf(graph: Graph): PruningHistory {
  const parsed = historySchema.safeParse(graph.meta.pruning ?? []);
  if (parsed.success) return parsed.data;
  throw new PocketlensError(
    'invalid_graph',
    'Expected a pruning history in meta.pruning but received something else.',
  );
}

/** Removes, and writes down what was removed. */
export function removeAndRecord(graph: Graph, removals: readonly Removal[]): Graph {
  const pruning = [...pruningHistoryOf(graph), stepOf(removals)];
  const pruned = removeChannels(graph, removals);
  return { ...pruned, meta: { ...pruned.meta, pruning } };
}

/** Does again, on the same graph with these or other weights, what was done. @throws invalid_config where it does not fit */
export function replayPruning(graph: Graph, history: PruningHistory): Graph {
  return history.reduce((current, step) => removeAndRecord(current, removalsOf(current, step)), graph);
}

function removalsOf(graph: Graph, step: PruningStep): Removal[] {
  const { groups } = analyzeDependencies(graph);
  const units = new Map<Removal['group'], Set<number>>();
  for (const { param, axis, removed } of step) {
    for (const position of removed) {
      const found = groups.find(
        ({ root }) =>
          root.tensor.id === param &&
          root.axis === axis &&
          root.positions.some((own) => own.includes(position)),
      );
      if (!found) {
        throw new PocketlensError(
          'invalid_config',
          `Expected channel ${position} of "${param}" to be removable but in this graph it is not.`,
          { remedy: 'Replay a history on the graph that it was recorded for.' },
        );
      }
      const set = units.get(found) ?? new Set();
      units.set(found, set);
      set.add(found.root.positions.findIndex((own) => own.includes(position)));
    }
  }
  return [...units].map(([group, set]) => ({ group, units: [...set].sort((a, b) => a - b) }));
}
