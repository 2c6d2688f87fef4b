/** Graph → program. */
import { PocketlensError } from '../../../models/base/errors.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { fuseActivations } from './fuse-activations.js';
import { type FormatFeatures, NhwcLowering } from './lowering.js';
import { NHWC_OPERATORS } from './operators/index.js';
import type { OperationType, Program, Tensor } from './program.js';

/**
 * @param fusing operations of the format that take a rectifier in
 * @throws unsupported_operator, invalid_graph
 */
export function lowerGraph(
  graph: Graph,
  features: FormatFeatures,
  fusing: ReadonlySet<OperationType>,
): Program {
  if (new Set(graph.outputs).size !== graph.outputs.length)
    throw new PocketlensError(
      'invalid_graph',
      'Expected each output of the graph once but one is listed twice.',
    );
  const lowering = new NhwcLowering(graph, inferShapes(graph), features);
  const inputs = graph.inputs.map(({ id, shape }): Tensor => ({ name: id, shape, type: 'float32' }));
  for (const tensor of inputs) lowering.bind(tensor.name, tensor);
  for (const node of graph.nodes) {
    const lower = Object.hasOwn(NHWC_OPERATORS, node.op) ? NHWC_OPERATORS[node.op] : undefined;
    if (!lower)
      throw new PocketlensError(
        'unsupported_operator',
        `Expected an operator that ${features.name} export knows for node "${node.id}" but received "${node.op}".`,
        { details: { node: node.id, op: node.op } },
      );
    lowering.enter(node.id);
    lower(node, lowering);
  }
  const outputs = namedOutputs(graph.outputs, lowering, new Set(inputs));
  const program = { name: graph.name, inputs, outputs, operations: lowering.operations };
  return fuseActivations(program, fusing);
}

/** What is an input, a constant or another output already gets a copy, so that every output has a tensor of its own. */
function namedOutputs(
  ids: readonly ValueId[],
  lowering: NhwcLowering,
  taken: Set<Tensor>,
): Program['outputs'] {
  return ids.map((id) => {
    const held = lowering.value(id);
    lowering.enter(id);
    const isOwn = !held.constant && !taken.has(held) && (held.name === id || !ids.includes(held.name));
    const tensor = isOwn ? held : lowering.copy(id, held);
    taken.add(tensor);
    return { id, tensor };
  });
}
