/** Which params of a graph can be pruned weight by weight, and how their axes lie. */
import type { Graph, Node, ParamId, ValueId } from '../../../models/graph/ir.js';
import { matchesAny } from '../../patterns.js';

export interface PrunableWeight {
  readonly id: ParamId;
  /** The first node that uses it. */
  readonly node: string;
  readonly shape: readonly number[];
  /** Axis along which inputs are summed, and axis of the outputs. */
  readonly inputAxis: number;
  readonly outputAxis: number;
  /** It reads inputs of the graph, or leads to an output with no other weight between. */
  readonly isEdge: boolean;
}

export interface Skipped {
  readonly node: string;
  readonly reason: string;
}

/** Operator → role → [axis of the inputs, axis of the outputs]. */
const AXES: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  Conv: { weight: [2, 3] },
  ConvTranspose: { weight: [3, 2] },
  MatMul: { weight: [0, 1] },
  LSTM: { kernel: [0, 1], kernel_reverse: [0, 1] },
};

/** @param exclude patterns of node ids */
export function findWeights(
  graph: Graph,
  exclude: readonly string[] = [],
): { weights: PrunableWeight[]; skipped: Skipped[] } {
  const first = firstNodes(graph);
  const last = lastNodes(graph);
  const weights = new Map<ParamId, PrunableWeight>();
  const skipped: Skipped[] = [];
  for (const node of graph.nodes) {
    for (const [role, [inputAxis, outputAxis]] of Object.entries(AXES[node.op] ?? {})) {
      const id = node.params[role];
      if (id === undefined) continue;
      const reason = matchesAny(node.id, exclude)
        ? 'excluded by the recipe'
        : graph.params.get(id)!.encoding
          ? 'its weights are quantized already'
          : undefined;
      if (reason !== undefined) {
        skipped.push({ node: node.id, reason });
        continue;
      }
      const isEdge = first.has(node.id) || last.has(node.id);
      const known = weights.get(id);
      if (known) weights.set(id, { ...known, isEdge: known.isEdge || isEdge });
      else {
        const { shape } = graph.params.get(id)!;
        weights.set(id, { id, node: node.id, shape, inputAxis, outputAxis, isEdge });
      }
    }
  }
  // A tied weight that one of its nodes excludes stays whole.
  for (const node of graph.nodes) {
    if (!skipped.some((entry) => entry.node === node.id)) continue;
    for (const id of Object.values(node.params)) weights.delete(id);
  }
  return { weights: [...weights.values()], skipped };
}

function isWeighted(node: Node): boolean {
  return Object.keys(AXES[node.op] ?? {}).some((role) => node.params[role] !== undefined);
}

/** Weighted nodes before which none is weighted. */
function firstNodes(graph: Graph): Set<string> {
  const behind = new Set<ValueId>();
  const first = new Set<string>();
  for (const node of graph.nodes) {
    const isBehind = node.inputs.some((id) => behind.has(id));
    if (isWeighted(node) && !isBehind) first.add(node.id);
    if (isBehind || isWeighted(node)) for (const id of node.outputs) behind.add(id);
  }
  return first;
}

/** Weighted nodes after which none is weighted. */
function lastNodes(graph: Graph): Set<string> {
  const before = new Set<ValueId>();
  const last = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    const isBefore = node.outputs.some((id) => before.has(id));
    if (isWeighted(node) && !isBefore) last.add(node.id);
    if (isBefore || isWeighted(node)) for (const id of node.inputs) before.add(id);
  }
  return last;
}
