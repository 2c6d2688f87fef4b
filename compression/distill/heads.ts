/**
 * Auxiliary heads: small graphs that make the model's outputs from one of its inner values, and where to put them. A head
 * is a convolution, a ReLU and a 1×1 convolution (or a dense layer) to each output, brought to the output's size.
 */
import { expected } from '../../models/base/errors.js';
import { GraphBuilder } from '../../models/graph/builder.js';
import { costOf } from '../../models/graph/cost.js';
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Graph, ValueId } from '../../models/graph/ir.js';

type Size = readonly number[];
type Shapes = Readonly<Record<ValueId, Size>>;

const ACTIVATIONS = new Set(['Relu', 'Clip', 'HardSwish', 'Add']);

/**
 * Where `count` heads go: after activations and sums of images before which 1, 2, ... (count + 1)-ths of the work lie.
 * @param inputShapes every dimension known
 */
export function placesForHeads(graph: Graph, count: number, inputShapes: Shapes): ValueId[] {
  const shapes = inferShapes(graph, inputShapes);
  const cost = new Map(costOf(graph, inputShapes).perNode.map(({ node, macs }) => [node, macs]));
  const total = [...cost.values()].reduce((sum, macs) => sum + macs, 0);
  const places: { readonly id: ValueId; readonly share: number }[] = [];
  let done = 0;
  for (const node of graph.nodes) {
    done += cost.get(node.id)!;
    const id = node.outputs[0]!;
    if (ACTIVATIONS.has(node.op) && shapes.get(id)!.length === 4) places.push({ id, share: done / total });
  }
  const chosen = new Set<ValueId>();
  for (let i = 1; i <= count; i++) {
    const wanted = i / (count + 1);
    const free = places.filter(({ id, share }) => !chosen.has(id) && share < 1);
    free.sort((a, b) => Math.abs(a.share - wanted) - Math.abs(b.share - wanted));
    if (free[0]) chosen.add(free[0].id);
  }
  return places.flatMap(({ id }) => (chosen.has(id) ? [id] : []));
}

/**
 * The head from `value` to the outputs with the given indices, input "x".
 * @param inputShapes of the model, every dimension known: sizes are related by them.
 * @throws invalid_config where the value's size and an output's are no multiples of each other
 */
export function buildHead(
  graph: Graph,
  value: ValueId,
  outputs: readonly number[],
  options: { readonly width?: number; readonly inputShapes: Shapes; readonly seed: number },
): Graph {
  const open = inferShapes(graph);
  const known = inferShapes(graph, options.inputShapes) as ReadonlyMap<ValueId, Size>;
  const from = known.get(value);
  if (!from) throw expected('invalid_config', 'a value of the graph', 'a head', value);
  if (from.length !== 4)
    throw expected('invalid_config', 'an image of rank 4', `the head of "${value}"`, from);
  const b = new GraphBuilder(`${graph.name}/head/${value}`, { seed: options.seed });
  const x = b.input('x', open.get(value)!);
  const width = options.width ?? from[3]!;
  const made = outputs.map((index) => {
    const id = graph.outputs[index];
    if (id === undefined)
      throw expected('invalid_config', `an output below ${graph.outputs.length}`, 'a head', index);
    return b.scope(`output${index}`, () => headTo(b, x, from, known.get(id)!, width, value));
  });
  return b.finish(made);
}

function headTo(b: GraphBuilder, x: ValueId, from: Size, to: Size, width: number, value: ValueId): ValueId {
  if (to.length === 4) return toMap(b, x, from, to, width, value);
  if (to.length === 3) return toSequence(b, x, from, to, width, value);
  if (to.length !== 2) throw expected('invalid_config', 'rank 2, 3 or 4', 'an output that a head makes', to);
  const hidden = b.relu(b.conv(x, { name: 'hidden', filters: width, kernel: [3, 3] }));
  return b.dense(b.globalAveragePool(hidden), { name: 'scores', units: to[1]! });
}

function toMap(b: GraphBuilder, x: ValueId, from: Size, to: Size, width: number, value: ValueId): ValueId {
  const finer = [ratio(from[1]!, to[1]!, value), ratio(from[2]!, to[2]!, value)] as const;
  const near = finer.some((f) => f > 1)
    ? b.averagePool(x, { kernel: [Math.max(1, finer[0]), Math.max(1, finer[1])] })
    : x;
  const hidden = b.relu(b.conv(near, { name: 'hidden', filters: width, kernel: [3, 3] }));
  const y = b.conv(hidden, { name: 'scores', filters: to[3]!, kernel: [1, 1] });
  if (finer.every((f) => f >= 1)) return y;
  return b.resize(y, { scales: [1 / Math.min(1, finer[0]), 1 / Math.min(1, finer[1])] });
}

/** The height becomes channels; columns are pooled to frames, or hold several frames each. */
function toSequence(
  b: GraphBuilder,
  x: ValueId,
  from: Size,
  to: Size,
  width: number,
  value: ValueId,
): ValueId {
  const finer = ratio(from[2]!, to[1]!, value);
  const near = finer > 1 ? b.averagePool(x, { kernel: [1, finer] }) : x;
  const kernel = [from[1]!, 3] as const;
  const hidden = b.relu(b.conv(near, { name: 'hidden', filters: width, kernel, pads: [0, 1, 0, 1] }));
  const perColumn = Math.max(1, Math.round(1 / finer));
  const y = b.dense(b.squeeze(hidden, [1]), { name: 'scores', units: to[2]! * perColumn });
  return perColumn === 1 ? y : b.reshape(y, [0, -1, to[2]!]);
}

/** from / to, where one is a multiple of the other. */
function ratio(from: number, to: number, value: ValueId): number {
  if (from % to === 0 || to % from === 0) return from / to;
  throw expected('invalid_config', `a multiple or a divisor of ${to}`, `the size of "${value}"`, from, {
    remedy: 'Attach the head elsewhere.',
  });
}
