/** Initial weights, each seeded by its own name: adding a layer changes no other layer's. */
import { Random } from '../base/random.js';
import type { Graph, Node, ParamId, ValueId } from './ir.js';
import { sizeOf } from './shapes.js';

const RECTIFIERS = new Set(['Relu', 'Clip', 'HardSwish']);
const TRANSPARENT = new Set(['BatchNormalization', 'Identity']);

/**
 * He normal (He et al. 2015) for convolutions that a rectifier follows, perhaps after a batch normalisation; Glorot
 * uniform (Glorot and Bengio 2010) for the others, for dense layers and for the LSTM, whose forget gate starts open
 * (bias 1, Jozefowicz et al. 2015); normalisations start as the identity, other biases as zero.
 */
export function initialWeights(
  node: Node,
  role: string,
  id: ParamId,
  shape: readonly number[],
  consumers: ReadonlyMap<ValueId, readonly Node[]>,
  seed: number,
): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  const random = new Random(seed, 'weights', id);
  const normal = (fanIn: number) => data.map(() => random.normal(0, Math.sqrt(2 / fanIn)));
  const uniform = (fanIn: number, fanOut: number) => {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return data.map(() => random.range(-limit, limit));
  };
  if (role === 'scale' || role === 'variance') return data.fill(1);
  if (role.startsWith('kernel')) return uniform(shape[0]!, shape[1]! / 4);
  if (role !== 'weight') {
    return node.op === 'LSTM' ? data.fill(1, data.length / 4, data.length / 2) : data;
  }
  if (node.op === 'MatMul') return uniform(shape[0]!, shape[1]!);
  const [kh, kw, a, b] = shape as [number, number, number, number];
  const groups = Number(node.attrs.groups ?? 1);
  const [fanIn, fanOut] =
    node.op === 'ConvTranspose' ? [kh * kw * b, kh * kw * a] : [kh * kw * a, (kh * kw * b) / groups];
  return isRectified(node, consumers) ? normal(fanIn) : uniform(fanIn, fanOut);
}

export function consumersOf(graph: Pick<Graph, 'nodes'>): Map<ValueId, Node[]> {
  const consumers = new Map<ValueId, Node[]>();
  for (const node of graph.nodes) {
    for (const id of node.inputs) consumers.set(id, [...(consumers.get(id) ?? []), node]);
  }
  return consumers;
}

function isRectified(node: Node, consumers: ReadonlyMap<ValueId, readonly Node[]>): boolean {
  return node.outputs.some((id) =>
    (consumers.get(id) ?? []).some(
      (next) => RECTIFIERS.has(next.op) || (TRANSPARENT.has(next.op) && isRectified(next, consumers)),
    ),
  );
}
