/** How many bits the weights and the activations of a graph take. */
import type { Graph, Node, Param, ValueId } from '../../models/graph/ir.js';
import { QUANTIZERS } from '../quantize/layers.js';

export const FLOAT_BITS = 32;

/** Bits of one stored weight: of its code where the param is encoded. */
export function weightBits({ encoding }: Param): number {
  if (!encoding) return FLOAT_BITS;
  if (encoding.kind === 'affine') return encoding.bits;
  return Math.max(1, Math.ceil(Math.log2(encoding.values.length)));
}

/** Bits of a whole param: codes, and the float32 scales, integer zero points or codebook that decode them. */
export function storedBits(param: Param): number {
  const codes = weightBits(param) * param.data.length;
  const { encoding } = param;
  if (!encoding) return codes;
  if (encoding.kind === 'codebook') return codes + FLOAT_BITS * encoding.values.length;
  const symmetric = encoding.zeroPoints.every((zero) => zero === 0);
  return (
    codes +
    FLOAT_BITS * encoding.scales.length +
    (symmetric ? 0 : Math.max(8, encoding.bits) * encoding.zeroPoints.length)
  );
}

/** Rounds to a grid that is known before the run; an operator before it can do so itself. */
const STATIC_QUANTIZER = 'QuantizeDequantize';

/** Operators that move values or choose among them: their output is on the grid that their inputs are on. */
const CARRIERS: ReadonlySet<string> = new Set([
  'Identity',
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'Concat',
  'DepthToSpace',
  'MaxPool',
  'ReduceMax',
]);

/**
 * Bits of every value as a runtime with integer kernels holds it: what a quantizer node produces, what is produced for
 * quantizers alone (the rounding is fused into the operator before), and what passes through operators that only move
 * values. All others are float32.
 */
export function activationBits(graph: Graph): ReadonlyMap<ValueId, number> {
  const users = new Map<ValueId, Node[]>();
  for (const node of graph.nodes)
    for (const id of node.inputs) users.set(id, [...(users.get(id) ?? []), node]);
  const isOutput = new Set(graph.outputs);
  const bits = new Map<ValueId, number>(graph.inputs.map(({ id }) => [id, FLOAT_BITS]));
  for (const node of graph.nodes) {
    for (const id of node.outputs) bits.set(id, bitsOfOutput(node, id));
  }
  return bits;

  function bitsOfOutput(node: Node, id: ValueId): number {
    if (QUANTIZERS.has(node.op)) return quantizerBits(node);
    const readers = users.get(id) ?? [];
    if (readers.length > 0 && !isOutput.has(id) && readers.every(({ op }) => op === STATIC_QUANTIZER))
      return Math.max(...readers.map(quantizerBits));
    if (!CARRIERS.has(node.op)) return FLOAT_BITS;
    return Math.max(...node.inputs.map((input) => bits.get(input) ?? FLOAT_BITS));
  }
}

/** Whether a node only names the grid that the operator before it, or its input, is on already: it moves nothing. */
export function isFusedQuantizer(node: Node, bits: ReadonlyMap<ValueId, number>): boolean {
  return node.op === STATIC_QUANTIZER && (bits.get(node.inputs[0]!) ?? FLOAT_BITS) < FLOAT_BITS;
}

function quantizerBits({ attrs }: Node): number {
  return typeof attrs.bits === 'number' ? attrs.bits : 8;
}
