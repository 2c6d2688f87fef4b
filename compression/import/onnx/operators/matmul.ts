import { identityPerm } from '../../../perm.js';
import { type Constant, floats, numbersOf, transposeConstant } from '../constant.js';
import { Unsupported } from '../errors.js';
import { lastAxisLast } from '../last-axis-last.js';
import type { Raising } from '../raising.js';
import { aligned } from './arithmetic.js';
import { weightOf } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';

/** x · W with a constant W, or the product of two values. */
export const importMatMul: OperatorImporter = (node, raising) => {
  const [a, b] = [node.need(0), node.need(1)];
  const output = node.outputs[0]!;
  const weight = raising.constant(b);
  if (weight?.dims.length === 2 && !raising.constant(a)) {
    const order = lastAxisLast(raising.stored(a).perm);
    if (order.length < 2) throw new Unsupported('of a vector');
    const params = { weight: raising.params.ordered(weight, [0, 1]) };
    return raising.result(output, 'MatMul', [raising.read(a, order)], {}, order, params);
  }
  const rank = Math.max(raising.rank(a), raising.rank(b));
  if (raising.rank(a) < 2 || raising.rank(b) < 2) throw new Unsupported('of a vector');
  raising.result(output, 'MatMul', [raising.read(a), raising.read(b)], {}, identityPerm(rank));
};

/** alpha · A · B + beta · C, of which B is constant. */
export const importGemm: OperatorImporter = (node, raising) => {
  if (node.int('transA', 0) === 1) throw new Unsupported('with transA');
  const input = node.need(0);
  const constant = weightOf(node, raising, 1, 'a second operand');
  const isTransposed = node.int('transB', 0) === 1;
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const weight =
    alpha === 1
      ? raising.params.ordered(constant, isTransposed ? [1, 0] : [0, 1])
      : raising.params.of(constant, `gemm ${alpha} ${isTransposed}`, (c) =>
          transposeConstant(times(c, alpha), isTransposed ? [1, 0] : [0, 1]),
        );
  const output = node.outputs[0]!;
  const order = lastAxisLast(raising.stored(input).perm);
  const operands = [raising.read(input, order)];
  const added = node.input(2);
  const units = weight.shape[1]!;
  const bias = raising.constant(added);
  if (added === undefined || beta === 0)
    return raising.result(output, 'MatMul', operands, {}, order, { weight });
  if (
    bias &&
    bias.data.length === units &&
    bias.dims.every((d, axis) => d === (axis === bias.dims.length - 1 ? units : 1))
  ) {
    const scaled = beta === 1 ? raising.narrowed(bias, [units]) : { ...times(bias, beta), dims: [units] };
    return raising.result(output, 'MatMul', operands, {}, order, {
      weight,
      bias: raising.params.ordered(scaled, [0]),
    });
  }
  const product = raising.emit('MatMul', operands, {}, { weight });
  const operand = aligned(added, order, raising);
  const factor = beta === 1 ? operand : raising.emit('Mul', [operand, scalar(raising, beta)]);
  raising.result(output, 'Add', [product, factor], {}, order);
};

function times(constant: Constant, factor: number): Constant {
  const numbers = numbersOf(constant);
  if (!numbers) throw new Unsupported('with sizes known only at run time');
  return floats(
    Float32Array.from(numbers, (value) => value * factor),
    constant.dims,
  );
}

function scalar(raising: Raising, value: number) {
  return raising.constantValue(floats(Float32Array.of(value), []));
}
