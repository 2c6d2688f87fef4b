/** Whether a graph is sound. Every compression pass ends here. */
import { PocketlensError } from '../base/errors.js';
import { checkEncoding } from './check-encoding.js';
import { atNode, inferNode, operatorOf } from './infer-shapes.js';
import type { Graph, Node, Param, ParamId, Shape, ValueId } from './ir.js';
import type { Operator } from './operator.js';
import { requireRank, showShape, sizeOf } from './shapes.js';

/**
 * Checks structure, operators, attributes, shapes and weights.
 * @returns the graph, for chaining.
 * @throws invalid_graph, unsupported_operator; the message and `details.node` name the node.
 */
export function validate(graph: Graph): Graph {
  const shapes = new Map<ValueId, Shape>();
  for (const { id, shape } of graph.inputs) {
    if (shapes.has(id)) fail(`Expected distinct inputs but "${id}" stands twice.`);
    if (!shape.every(isDimension))
      fail(`Expected sizes of 1 or more for input "${id}" but received ${showShape(shape)}.`);
    shapes.set(id, shape);
  }
  for (const [id, param] of graph.params) checkParam(id, param);
  const laterProducers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)),
  );
  const nodeIds = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeIds.has(node.id))
      fail(`Expected distinct nodes but "${node.id}" stands twice.`, { node: node.id });
    nodeIds.add(node.id);
    atNode(node, () => checkNode(node, graph, shapes, laterProducers));
    const outputs = inferNode(node, shapes, graph.params);
    atNode(node, () => {
      if (outputs.length !== node.outputs.length)
        fail(`Expected ${outputs.length} outputs but received ${node.outputs.length}.`);
      node.outputs.forEach((id, i) => {
        if (shapes.has(id)) fail(`Expected a new value but "${id}" is there already.`);
        shapes.set(id, outputs[i]!);
      });
    });
  }
  if (graph.outputs.length === 0) fail('Expected at least one output of the graph but received none.');
  for (const id of graph.outputs)
    if (!shapes.has(id)) fail(`Expected a value for output "${id}" but nothing produces it.`);
  checkUse(graph);
  return graph;
}

const isDimension = (d: unknown) => d === null || (Number.isSafeInteger(d) && (d as number) >= 1);

function fail(message: string, details: Record<string, unknown> = {}): never {
  throw new PocketlensError('invalid_graph', message, { details });
}

function checkParam(id: ParamId, param: Param): void {
  const { shape, data } = param;
  if (!shape.every((d) => d !== null && isDimension(d)))
    fail(`Expected sizes of 1 or more for param "${id}" but received ${showShape(shape)}.`);
  if (sizeOf(shape) !== data.length) {
    fail(
      `Expected ${sizeOf(shape)} weights for param "${id}" ${showShape(shape)} but received ${data.length}.`,
      { param: id },
    );
  }
  // Not findIndex: models have millions of weights, and are checked often.
  let bad = 0;
  while (bad < data.length && Number.isFinite(data[bad]!)) bad += 1;
  if (bad < data.length)
    fail(`Expected finite weights but element ${bad} of param "${id}" is ${data[bad]}.`, { param: id });
  checkEncoding(id, param);
}

function checkNode(
  node: Node,
  graph: Graph,
  shapes: ReadonlyMap<ValueId, Shape>,
  laterProducers: ReadonlyMap<ValueId, Node>,
): void {
  const operator = operatorOf(node);
  const [least, most] = operator.arity;
  const { length } = node.inputs;
  if (length < least || length > most) {
    fail(`Expected ${least === most ? least : `${least} to ${most}`} inputs but received ${length}.`);
  }
  for (const id of node.inputs) {
    if (shapes.has(id)) continue;
    const producer = laterProducers.get(id);
    fail(
      producer
        ? `Expected the value "${id}" before its use but "${producer.id}" produces it later, or in a cycle.`
        : `Expected a value "${id}" but nothing produces it.`,
    );
  }
  const parsed = operator.attributes.safeParse(node.attrs);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    fail(
      `Expected valid attributes but received: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}.`,
    );
  }
  checkRoles(node, operator, graph);
  const values = Object.entries(node.params).map(([role, id]) => [role, graph.params.get(id)!.data]);
  operator.checkValues?.({ attrs: node.attrs, params: Object.fromEntries(values) });
}

function checkRoles(node: Node, operator: Operator, graph: Graph): void {
  for (const [role, { optional }] of Object.entries(operator.params)) {
    if (!optional && !Object.hasOwn(node.params, role)) fail(`Expected a param "${role}" but received none.`);
  }
  for (const [role, id] of Object.entries(node.params)) {
    if (!Object.hasOwn(operator.params, role)) fail(`Expected no param "${role}" but received "${id}".`);
    const param = graph.params.get(id);
    if (!param) fail(`Expected a param "${id}" but the graph has none.`);
    requireRank(param.shape, `the ${role}`, operator.params[role]!.axes.length);
  }
}

/** Nothing may dangle: a value that nobody uses, a param of no node. */
function checkUse(graph: Graph): void {
  const used = new Set([...graph.outputs, ...graph.nodes.flatMap((node) => node.inputs)]);
  for (const node of graph.nodes) {
    if (!node.outputs.some((id) => used.has(id))) {
      fail(`Expected a use of what node "${node.id}" (${node.op}) produces but nothing uses it.`, {
        node: node.id,
      });
    }
  }
  const params = new Set(graph.nodes.flatMap((node) => Object.values(node.params)));
  for (const id of graph.params.keys())
    if (!params.has(id)) fail(`Expected a node that uses param "${id}" but none does.`, { param: id });
}
