/** Units held at zero without changing a shape: what the pruned graph computes, before it is pruned. */
import type { Graph, ParamId } from '../../../models/graph/ir.js';
import { tensorKey } from './position-table.js';
import { type Removal, removedPositions } from './remove-channels.js';
import { zeroPositions } from './slice-param.js';

/**
 * The graph with zeros in place of the units in every trainable param of their groups: the weights that make them and
 * the weights that read them. Running statistics stay (a variance of 0 would be no variance). For trying a removal out, e.g.
 * in a scan of sensitivities; `removeChannels` gives the same function, smaller.
 */
export function maskChannels(graph: Graph, removals: readonly Removal[]): Graph {
  const removed = removedPositions(removals);
  const params = new Map(
    [...graph.params].map(([id, param]): [ParamId, typeof param] => {
      const axes = removed.get(tensorKey({ kind: 'param', id }));
      return [id, axes && param.trainable ? zeroPositions(param, axes) : param];
    }),
  );
  return { ...graph, params };
}
