/** Figures of every node that has weights. */
import type { Graph } from '../../models/graph/ir.js';
import { activationBits, FLOAT_BITS, storedBits, weightBits } from './bits.js';
import type { RunCost } from './cost.js';
import { zerosIn } from './size.js';

export interface LayerFigures {
  readonly node: string;
  readonly op: string;
  readonly parameters: number;
  /** Share of weights that are 0, in [0, 1]. */
  readonly sparsity: number;
  /** Bits of a weight, and of the values that come in. */
  readonly bits: number;
  readonly activationBits: number;
  readonly macs: number;
  readonly bytes: number;
  /** ‖w − w₀‖ / ‖w₀‖ against the same weights of the reference; absent where those are gone or of another shape. */
  readonly weightError?: number;
}

/** @param reference a graph before the passes that are looked at. */
export function layerFigures(graph: Graph, cost: RunCost, reference?: Graph): LayerFigures[] {
  const bits = activationBits(graph);
  const costs = new Map(cost.layers.map((layer) => [layer.node, layer]));
  return graph.nodes.flatMap((node) => {
    const weightId = node.params.weight ?? node.params.kernel;
    if (weightId === undefined) return [];
    const weight = graph.params.get(weightId)!;
    const all = Object.values(node.params).map((id) => graph.params.get(id)!);
    const before = reference?.params.get(weightId);
    const comparable = before && before.shape.join() === weight.shape.join();
    return [
      {
        node: node.id,
        op: node.op,
        parameters: all.reduce((sum, { data }) => sum + data.length, 0),
        sparsity: zerosIn(weight.data) / weight.data.length,
        bits: weightBits(weight),
        activationBits: Math.max(...node.inputs.map((id) => bits.get(id) ?? FLOAT_BITS)),
        macs: costs.get(node.id)?.macs ?? 0,
        bytes: all.reduce((sum, param) => sum + storedBits(param), 0) / 8,
        ...(comparable && { weightError: relativeError(weight.data, before.data) }),
      },
    ];
  });
}

/** ‖a − b‖ / ‖b‖; 0 where both are 0. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    const off = a[i]! - b[i]!;
    difference += off * off;
    norm += b[i]! * b[i]!;
  }
  if (difference === 0) return 0;
  return Math.sqrt(difference / Math.max(norm, Number.MIN_VALUE));
}
