import { codeRange } from '../../../../models/graph/encoding.js';
import type { Node } from '../../../../models/graph/ir.js';
import type { Perm } from '../../../perm.js';
import { booleanAttr, numberAttr } from '../../attributes.js';
import { integerConstant } from '../integer-constant.js';
import type { Lowering } from '../lowering.js';
import { DataType } from '../proto.js';
import type { OperatorExporter } from './operator-exporter.js';

/**
 * QuantizeLinear and DequantizeLinear with the same scale, which runtimes melt into the layers around them. They know
 * 8 bits; narrower codes are clipped before (and computed in float).
 */
export const exportQuantizeDequantize: OperatorExporter = (node, lowering) => {
  const { name, perm } = lowering.stored(node.inputs[0]!);
  const [codes, scale, zeroPoint] = emitCodes(node, name, lowering);
  lowering.result(node.outputs[0]!, 'DequantizeLinear', [codes, scale, zeroPoint], {}, perm);
};

/** @param node the rounding whose scale and zero point are meant. @returns the codes of a tensor, scale and zero point */
function emitCodes(node: Node, tensor: string, lowering: Lowering): [string, string, string] {
  const bits = numberAttr(node, 'bits');
  const signed = booleanAttr(node, 'signed', false);
  const scaleValue = lowering.param(node, 'scale').data[0]!;
  const zeroPointValue = lowering.param(node, 'zeroPoint').data[0]!;
  const scale = lowering.derived(node.params.scale!, 'scalar', (data) => ({ data, shape: [] }));
  const zeroPoint = lowering.code(zeroPointValue, signed ? 'int8' : 'uint8');
  let exact = tensor;
  if (bits < 8) {
    const [low, high] = codeRange({ bits, signed }).map((code) =>
      lowering.floats([Math.fround((code - zeroPointValue) * scaleValue)], []),
    );
    exact = lowering.emit('Clip', [tensor, low!, high!]);
  }
  return [lowering.emit('QuantizeLinear', [exact, scale, zeroPoint]), scale, zeroPoint];
}

/** A tensor rounded as `node` rounds: for copies of what has been rounded so, it says that they are codes too. */
export function emitRounded(node: Node, tensor: string, lowering: Lowering): string {
  return lowering.emit('DequantizeLinear', emitCodes(node, tensor, lowering));
}

/** Range, scale and codes are found at run time; products of matrices with integer weights take the codes. */
export const exportDynamicQuantizeDequantize: OperatorExporter = (node, lowering) => {
  const output = node.outputs[0]!;
  const { name, perm } = lowering.stored(node.inputs[0]!);
  const [codes, scale, zeroPoint] = lowering.emitAll('DynamicQuantizeLinear', [name], 3) as [
    string,
    string,
    string,
  ];
  lowering.codes.set(output, { codes: { name: codes, perm }, scale, zeroPoint });
  const { nodes, isOutput } = lowering.usesOf(output);
  if (isOutput || !nodes.every((next) => runtimeWeight(next, lowering)))
    lowering.result(output, 'DequantizeLinear', [codes, scale, zeroPoint], {}, perm);
  // Nobody reads the value itself, but its order is asked for.
  else lowering.bind(output, { name: codes, perm });
};

/** The integer weights of a product whose input is rounded at run time; undefined where it is computed in float. */
function runtimeWeight(node: Node, lowering: Lowering) {
  const isMatrix = node.op === 'MatMul' && lowering.rank(node.inputs[0]!) !== 4;
  if (!isMatrix || !node.params.weight || !lowering.codes.has(node.inputs[0]!)) return undefined;
  const integers = integerConstant(lowering.param(node, 'weight'));
  const symmetric = integers?.type === 'int8' && integers.zeroPoints.every((z) => z === 0);
  return symmetric ? integers : undefined;
}

/**
 * A product of run-time codes and integer weights: MatMulInteger, then the scales, then the bias.
 *
 * @param order of the input and the result, channels last
 * @returns whether it was written; if not, the layer is not of that kind
 */
export function exportRuntimeProduct(node: Node, lowering: Lowering, order: Perm): boolean {
  const integers = runtimeWeight(node, lowering);
  const runtime = lowering.codes.get(node.inputs[0]!);
  if (!integers || !runtime) return false;
  const weight = lowering.integers(node.params.weight!, integers);
  const operands = [
    lowering.codesIn(node.inputs[0]!, order),
    weight,
    runtime.zeroPoint,
    lowering.code(0, 'int8'),
  ];
  const sums = lowering.emit('Cast', [lowering.emit('MatMulInteger', operands)], { to: DataType.float32 });
  const scales = lowering.derived(node.params.weight!, 'scales', () => ({
    data: integers.scales,
    shape: integers.axis === undefined ? [] : [integers.scales.length],
  }));
  const scale = lowering.emit('Mul', [runtime.scale, scales]);
  const output = node.outputs[0]!;
  if (!lowering.optionalParam(node, 'bias')) lowering.result(output, 'Mul', [sums, scale], {}, order);
  else {
    const product = lowering.emit('Mul', [sums, scale]);
    lowering.result(output, 'Add', [product, lowering.floatWeight(node, 'bias')], {}, order);
  }
  return true;
}
