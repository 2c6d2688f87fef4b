/** Which operators have what kind of integer form, and which of their params are weights. */
import type { Graph, Node, ValueId } from '../../models/graph/ir.js';
import type { WeightAxes } from './quantize-tensor.js';

/** Operator → the weight roles and their axes. */
const WEIGHTS: Readonly<Record<string, Readonly<Record<string, WeightAxes>>>> = {
  Conv: { weight: { output: 3, input: 2 } },
  ConvTranspose: { weight: { output: 2, input: 3 } },
  MatMul: { weight: { output: 1, input: 0 } },
  LSTM: { kernel: { output: 1, input: 0 }, kernel_reverse: { output: 1, input: 0 } },
};

/** The weights of a node, by role; none for operators without. */
export function weightRoles(node: Node): readonly (readonly [role: string, axes: WeightAxes])[] {
  return Object.entries(WEIGHTS[node.op] ?? {}).filter(([role]) => node.params[role] !== undefined);
}

/** Products of activations and weights that integer kernels exist for. */
export const isIntegerProduct = (node: Node): boolean =>
  (node.op === 'Conv' || node.op === 'MatMul') && node.params.weight !== undefined;

/** Other operators that compute on codes, with a grid of their own for the result. */
const INTEGER_ARITHMETIC = new Set(['Add', 'Mul', 'Concat', 'AveragePool', 'GlobalAveragePool', 'MatMul']);
export const isIntegerArithmetic = (node: Node): boolean =>
  INTEGER_ARITHMETIC.has(node.op) && node.params.weight === undefined;

/** Operators whose results are (means of) their input's values: they keep its grid. */
const PRESERVING = new Set([
  'MaxPool',
  'Resize',
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'DepthToSpace',
  'Identity',
]);
export const isPreserving = (node: Node): boolean => PRESERVING.has(node.op);

/** Rectifiers that the rounding of their result takes in. */
export const isRectifier = (node: Node): boolean => node.op === 'Relu' || node.op === 'Clip';

export const QUANTIZERS: ReadonlySet<string> = new Set(['QuantizeDequantize', 'DynamicQuantizeDequantize']);

/** Value → the node that gives it. */
export function producersOf(graph: Pick<Graph, 'nodes'>): Map<ValueId, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)));
}

/** Why a node that is not computed on integers is not; undefined where that costs nothing worth naming. */
export function floatReason(node: Node): string | undefined {
  if (QUANTIZERS.has(node.op) || isPreserving(node) || isRectifier(node)) return undefined;
  if (node.op === 'BatchNormalization') return 'it is not folded into the layer before it';
  if (node.op === 'ConvTranspose' || node.op === 'LSTM')
    return 'ONNX Runtime has no integer kernel for it; only its weights are rounded';
  if (isIntegerArithmetic(node)) return 'none of its inputs is computed on integers';
  return 'there is no integer kernel for it';
}
