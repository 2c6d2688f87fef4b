/** Takes units out of a graph for good: params sliced, attributes adapted, shapes inferred anew. */
import { PocketlensError } from '../../../models/base/errors.js';
import { inferShapes, operatorOf, paramShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph, Node, Param, ParamId, Shape, ValueId } from '../../../models/graph/ir.js';
import { showShape } from '../../../models/graph/shapes.js';
import { validate } from '../../../models/graph/validate.js';
import type { ChannelGroup } from './channel-group.js';
import { tensorKey } from './position-table.js';
import { sliceParam } from './slice-param.js';

/** Units of one group. */
export interface Removal {
  readonly group: ChannelGroup;
  readonly units: readonly number[];
}

/** Tensor → axis → positions. */
export type RemovedPositions = ReadonlyMap<string, ReadonlyMap<number, ReadonlySet<number>>>;

export function removedPositions(removals: readonly Removal[]): RemovedPositions {
  const all = new Map<string, Map<number, Set<number>>>();
  for (const { group, units } of removals) {
    if (units.length === 0) continue;
    for (const { tensor, axis, positions } of group.axes) {
      const key = tensorKey(tensor);
      const axes = all.get(key) ?? new Map<number, Set<number>>();
      all.set(key, axes);
      const set = axes.get(axis) ?? new Set();
      axes.set(axis, set);
      for (const unit of units) for (const p of positions[unit]!) set.add(p);
    }
  }
  return all;
}

/**
 * The graph without the units. It computes what the whole graph computes with these units held at zero, wherever a unit
 * that is zero changes nothing but what depends on it (layer normalisation's mean and variance are over fewer channels).
 *
 * @param removals of the groups that `analyzeDependencies` gave for this very graph.
 * @throws invalid_config where a param is quantized in blocks along a shortened axis; invalid_graph
 */
export function removeChannels(graph: Graph, removals: readonly Removal[]): Graph {
  return validate(withoutPositions(graph, removedPositions(removals), true));
}

/** The same without weights: for counting costs only. */
export function shapesWithout(graph: Graph, removals: readonly Removal[]): Graph {
  return withoutPositions(graph, removedPositions(removals), false);
}

function withoutPositions(graph: Graph, removed: RemovedPositions, withData: boolean): Graph {
  if (removed.size === 0) return graph;
  const params = new Map<ParamId, Param>(
    [...graph.params].map(([id, param]) => {
      const axes = removed.get(tensorKey({ kind: 'param', id }));
      return [id, axes ? sliceParam(id, param, axes, withData) : param];
    }),
  );
  const before = inferShapes(graph);
  const shapes = new Map<ValueId, Shape>(
    [...before].map(([id, shape]) => [id, shortened(shape, removed.get(tensorKey({ kind: 'value', id })))]),
  );
  const nodes = graph.nodes.map((node): Node => {
    const attrs = operatorOf(node).adaptAttributes?.({
      attrs: node.attrs,
      inputs: node.inputs.map((id) => shapes.get(id)!),
      outputs: node.outputs.map((id) => shapes.get(id)!),
      params: paramShapes(node, params),
    });
    return attrs ? { ...node, attrs } : node;
  });
  const result = { ...graph, nodes, params };
  for (const [id, shape] of inferShapes(result)) {
    if (showShape(shape) === showShape(shapes.get(id)!)) continue;
    throw new PocketlensError(
      'invalid_graph',
      `Expected shape ${showShape(shapes.get(id)!)} for "${id}" after pruning but received ${showShape(shape)}.`,
    );
  }
  return result;
}

function shortened(shape: Shape, axes: ReadonlyMap<number, ReadonlySet<number>> | undefined): Shape {
  return axes ? shape.map((d, axis) => (d === null ? null : d - (axes.get(axis)?.size ?? 0))) : shape;
}
