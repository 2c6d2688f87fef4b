/** The shape of every value of a graph. */
import { PocketlensError } from '../base/errors.js';
import type { Graph, Node, Param, ParamId, Shape, ValueId } from './ir.js';
import type { Operator } from './operator.js';
import { operators } from './registry.js';
import { requireDimension, requireRank } from './shapes.js';

/**
 * @param inputShapes what is known of the inputs at present: overrides the graph's own shapes, with which they must
 *   agree. With all inputs concrete all values are.
 * @throws invalid_graph, naming the node.
 */
export function inferShapes(
  graph: Graph,
  inputShapes: Readonly<Record<ValueId, Shape>> = {},
): ReadonlyMap<ValueId, Shape> {
  const shapes = new Map<ValueId, Shape>();
  for (const { id, shape } of graph.inputs) {
    const given = inputShapes[id];
    if (given) {
      requireRank(given, `input "${id}"`, shape.length);
      given.forEach((d, axis) => {
        requireDimension(d, shape[axis]!, `axis ${axis} of input "${id}"`);
      });
    }
    shapes.set(id, given ? given.map((d, axis) => d ?? shape[axis]!) : shape);
  }
  for (const node of graph.nodes) {
    inferNode(node, shapes, graph.params).forEach((shape, i) => {
      shapes.set(node.outputs[i]!, shape);
    });
  }
  return shapes;
}

/** The output shapes of one node whose inputs are known. @throws invalid_graph, naming the node. */
export function inferNode(
  node: Node,
  shapes: ReadonlyMap<ValueId, Shape>,
  params: ReadonlyMap<ParamId, Pick<Param, 'shape'>>,
): Shape[] {
  return atNode(node, () => {
    const inputs = node.inputs.map((id) => {
      const shape = shapes.get(id);
      if (!shape)
        throw new PocketlensError('invalid_graph', `Expected a value "${id}" but nothing produces it.`);
      return shape;
    });
    return operatorOf(node).inferShapes({ attrs: node.attrs, inputs, params: paramShapes(node, params) });
  });
}

export function paramShapes(
  node: Node,
  params: ReadonlyMap<ParamId, Pick<Param, 'shape'>>,
): Record<string, readonly number[]> {
  return Object.fromEntries(
    Object.entries(node.params).map(([role, id]) => {
      const param = params.get(id);
      if (!param)
        throw new PocketlensError('invalid_graph', `Expected a param "${id}" but the graph has none.`);
      return [role, param.shape];
    }),
  );
}

/** @throws unsupported_operator */
export function operatorOf(node: Node): Operator {
  const operator = operators.get(node.op);
  if (operator) return operator;
  throw new PocketlensError('unsupported_operator', `Expected a known operator but received "${node.op}".`, {
    remedy: `Known are ${[...operators.keys()].join(', ')}.`,
  });
}

/** Runs `f`; a failure is told with the node it happened at. */
export function atNode<T>(
  node: Node,
  f: () => T,
  code: 'invalid_graph' | 'inference_failed' = 'invalid_graph',
): T {
  try {
    return f();
  } catch (cause) {
    const known = cause instanceof PocketlensError;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new PocketlensError(known ? cause.code : code, `Node "${node.id}" (${node.op}): ${message}`, {
      details: { ...(known ? cause.details : {}), node: node.id, op: node.op },
      ...(known && cause.remedy ? { remedy: cause.remedy } : {}),
      cause,
    });
  }
}
