/** Which params a float16 file stores as float16. */
import type { Graph, Node, ParamId } from '../../models/graph/ir.js';

/** The largest finite float16. */
const LARGEST_HALF = 65504;

/** Operator → the roles of its weights. */
const WEIGHTS: Readonly<Record<string, readonly string[]>> = {
  Conv: ['weight'],
  ConvTranspose: ['weight'],
  MatMul: ['weight'],
  LSTM: ['kernel', 'kernel_reverse'],
};

/**
 * Weights of convolutions, products and LSTMs. In float32 stay biases and statistics, which take hardly any room; the
 * weights of depthwise convolutions, which are few and each of whose sums has so few terms that rounding errors do not
 * cancel (in the saliency network they alone cost 0.02 of probability); and what float16 cannot hold.
 */
export function halfParams(graph: Graph): ReadonlySet<ParamId> {
  const halves = new Set<ParamId>();
  const whole = new Set<ParamId>();
  for (const node of graph.nodes) {
    for (const role of WEIGHTS[node.op] ?? []) {
      const id = node.params[role];
      const param = id === undefined ? undefined : graph.params.get(id);
      if (id === undefined || !param) continue;
      const fits = param.data.every((value) => Math.abs(value) <= LARGEST_HALF);
      (fits && !isDepthwise(node, param.shape) ? halves : whole).add(id);
    }
  }
  for (const id of whole) halves.delete(id);
  return halves;
}

function isDepthwise(node: Node, weight: readonly number[]): boolean {
  return node.op === 'Conv' && weight[2] === 1 && node.attrs.groups !== 1;
}
