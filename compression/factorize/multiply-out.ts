/** The way back from `svd`, for training that goes on with the whole layers. */

import { consumersOf } from '../../models/graph/initialize.js';
import type { Graph, Node, Param } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { matrix, multiply } from '../linear-algebra/matrix.js';

const [REDUCE, EXPAND] = ['/reduce', '/expand'];

/**
 * Layers "x/reduce" and "x/expand", as `factorize` names them, become the layer "x" with the product of their weights: the
 * same function. Factors that something else reads, are shared or stored as codes stay.
 */
export function multiplyOut(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const params = new Map(graph.params);
  const replaced = new Map<string, Node | undefined>();
  for (const reduce of graph.nodes) {
    if (!reduce.id.endsWith(REDUCE)) continue;
    const readers = consumers.get(reduce.outputs[0]!) ?? [];
    const [expand] = readers;
    const id = reduce.id.slice(0, -REDUCE.length);
    const weight = `${id}/weight`;
    if (readers.length !== 1 || expand?.id !== `${id}${EXPAND}` || expand.op !== reduce.op) continue;
    const [first, second] = [reduce, expand].map((node) => soleWeight(graph, node));
    if (!first || !second || params.has(weight) || graph.outputs.includes(reduce.outputs[0]!)) continue;
    params.set(weight, product(first, second));
    const bias = expand.params.bias === undefined ? {} : { bias: expand.params.bias };
    replaced.set(reduce.id, undefined);
    replaced.set(expand.id, { ...reduce, id, outputs: expand.outputs, params: { weight, ...bias } });
  }
  const nodes = graph.nodes.flatMap((node) => {
    if (!replaced.has(node.id)) return [node];
    return replaced.get(node.id) ?? [];
  });
  const used = new Set(nodes.flatMap((node) => Object.values(node.params)));
  return validate({ ...graph, nodes, params: new Map([...params].filter(([id]) => used.has(id))) });
}

/** The node's weight, where no other node has it and it is in float; a reduction with a bias is none of ours. */
function soleWeight(graph: Graph, node: Node): Param | undefined {
  const id = node.params.weight;
  const param = id === undefined ? undefined : graph.params.get(id);
  const users = graph.nodes.filter(({ params }) => Object.values(params).includes(id ?? ''));
  const isPlain = !node.id.endsWith(REDUCE) || node.params.bias === undefined;
  return param && !param.encoding && users.length === 1 && isPlain ? param : undefined;
}

/** [kh, kw, cin, r] · [1, 1, r, cout], or of dense layers [in, r] · [r, out]. */
function product(reduce: Param, expand: Param): Param {
  const [rank, out] = [reduce.shape.at(-1)!, expand.shape.at(-1)!];
  const rows = reduce.data.length / rank;
  const { data } = multiply(matrix(rows, rank, reduce.data), matrix(rank, out, expand.data));
  return { ...reduce, shape: [...reduce.shape.slice(0, -1), out], data: Float32Array.from(data) };
}
