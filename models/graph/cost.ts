/** What a run of a graph costs: multiply-accumulates, other arithmetic, memory traffic. */
import { PocketlensError } from '../base/errors.js';
import { atNode, inferShapes, operatorOf, paramShapes } from './infer-shapes.js';
import type { Graph, Shape, ValueId } from './ir.js';
import type { Cost } from './operator.js';
import { showShape, sizeOf } from './shapes.js';

export interface NodeCost extends Cost {
  readonly node: string;
  readonly op: string;
  /** Weights that the node reads; a shared param counts at every node. */
  readonly params: number;
  /** Activations and weights, float32, with no cache and no fusion. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface GraphCost extends Cost {
  /** Weights of the graph, each once. */
  readonly params: number;
  /** bytesRead + bytesWritten of all nodes. */
  readonly bytes: number;
  /** The most bytes of activations alive at once when every value is freed after its last use. */
  readonly peakActivationBytes: number;
  readonly perNode: readonly NodeCost[];
}

const FLOAT_BYTES = 4;

/** @param inputShapes every dimension known. @throws invalid_argument where one is not, invalid_graph */
export function costOf(
  graph: Graph,
  inputShapes: Readonly<Record<ValueId, readonly number[]>> = {},
): GraphCost {
  const shapes = inferShapes(graph, inputShapes);
  const perNode = graph.nodes.map((node): NodeCost => {
    const concrete = (id: ValueId) => requireConcrete(id, shapes.get(id)!);
    const inputs = node.inputs.map(concrete);
    const outputs = node.outputs.map(concrete);
    const params = paramShapes(node, graph.params);
    const { macs, operations } = atNode(node, () =>
      operatorOf(node).cost({ attrs: node.attrs, inputs, outputs, params }),
    );
    const weights = total(Object.values(params));
    return {
      node: node.id,
      op: node.op,
      macs,
      operations,
      params: weights,
      bytesRead: FLOAT_BYTES * (total(inputs) + weights),
      bytesWritten: FLOAT_BYTES * total(outputs),
    };
  });
  const sum = (key: 'macs' | 'operations' | 'bytesRead' | 'bytesWritten') =>
    perNode.reduce((all, node) => all + node[key], 0);
  return {
    macs: sum('macs'),
    operations: sum('operations'),
    params: total([...graph.params.values()].map(({ shape }) => shape)),
    bytes: sum('bytesRead') + sum('bytesWritten'),
    peakActivationBytes: peakActivations(graph, shapes),
    perNode,
  };
}

function total(shapes: readonly (readonly number[])[]): number {
  return shapes.reduce((all, shape) => all + sizeOf(shape), 0);
}

function requireConcrete(id: ValueId, shape: Shape): readonly number[] {
  if (!shape.includes(null)) return shape as readonly number[];
  throw new PocketlensError(
    'invalid_argument',
    `Expected a known size in every axis of "${id}" but received ${showShape(shape)}.`,
    { remedy: 'Give the shapes of all inputs.' },
  );
}

function peakActivations(graph: Graph, shapes: ReadonlyMap<ValueId, Shape>): number {
  const lastUse = new Map<ValueId, number>();
  graph.nodes.forEach((node, i) => {
    for (const id of [...node.outputs, ...node.inputs]) lastUse.set(id, i);
  });
  for (const id of graph.outputs) lastUse.set(id, graph.nodes.length);
  const bytes = (id: ValueId) => FLOAT_BYTES * sizeOf(shapes.get(id) as readonly number[]);
  const alive = new Set(graph.inputs.map(({ id }) => id));
  let now = [...alive].reduce((all, id) => all + bytes(id), 0);
  let peak = now;
  graph.nodes.forEach((node, i) => {
    for (const id of node.outputs) {
      alive.add(id);
      now += bytes(id);
    }
    peak = Math.max(peak, now);
    for (const id of [...alive]) {
      if ((lastUse.get(id) ?? 0) > i) continue;
      alive.delete(id);
      now -= bytes(id);
    }
  });
  return peak;
}
