/** Rounding of activations by the range that each has at run time. */
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Graph, Node, ValueId } from '../../models/graph/ir.js';
import { roundingId } from './insert-roundings.js';
import { isIntegerArithmetic, isIntegerProduct } from './layers.js';
import type { Placement } from './placement.js';

/** Measured on the recognizer, all of whose products but the last are convolutions. */
const CONVOLUTION = 'integer convolutions of ranges found at run time are five times slower than float';

/**
 * What goes into each MatMul with weights passes a DynamicQuantizeDequantize first. A product over an image is a 1×1
 * convolution when it is exported, and convolutions stay in float; their weights are rounded.
 */
export function insertDynamicRoundings(
  graph: Graph,
  { integer, skipped }: Placement,
): { graph: Graph; skipped: Placement['skipped'] } {
  const shapes = inferShapes(graph);
  const isMatrix = (node: Node) => node.op === 'MatMul' && shapes.get(node.inputs[0]!)!.length !== 4;
  const nodes: Node[] = [];
  const rounded = new Map<ValueId, ValueId>();
  const reasons = new Map(skipped.map(({ node, reason }) => [node, reason]));
  for (const node of graph.nodes) {
    if (!isIntegerProduct(node) || !isMatrix(node) || reasons.has(node.id)) {
      if (!reasons.has(node.id) && integer.has(node.id)) {
        if (isIntegerProduct(node)) reasons.set(node.id, CONVOLUTION);
        else if (isIntegerArithmetic(node))
          reasons.set(node.id, 'only products with weights take run-time codes');
      }
      nodes.push(node);
      continue;
    }
    const input = node.inputs[0]!;
    let value = rounded.get(input);
    if (value === undefined) {
      value = `${input}/rounded`;
      rounded.set(input, value);
      nodes.push({
        id: roundingId(input),
        op: 'DynamicQuantizeDequantize',
        inputs: [input],
        outputs: [value],
        params: {},
        attrs: {},
      });
    }
    nodes.push({ ...node, inputs: [value] });
  }
  const all = graph.nodes.flatMap((node) => {
    const reason = reasons.get(node.id);
    return reason === undefined ? [] : [{ node: node.id, reason }];
  });
  return { graph: { ...graph, nodes }, skipped: all };
}
