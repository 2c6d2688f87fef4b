import type { Attributes } from '../../../../models/graph/ir.js';
import { sizeOf } from '../../../../models/graph/shapes.js';
import { identityPerm } from '../../../perm.js';
import { floats, SymbolicSize } from '../constant.js';
import { Unsupported } from '../errors.js';
import { type OnnxNode, shortest } from '../onnx-node.js';
import type { Raising } from '../raising.js';
import { constantOperand } from './arithmetic.js';
import { axisIn, numberInput, weightOf } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';

/** An elementwise operator of one input keeps the order in which its input is stored. */
export function elementwise(
  op: string,
  attributes: (node: OnnxNode) => Attributes = () => ({}),
): OperatorImporter {
  return (node, raising) => {
    const { id, perm } = raising.stored(node.need(0));
    raising.result(node.outputs[0]!, op, [id], attributes(node), perm);
  };
}

/** x: the value goes by another name. */
export const importIdentity: OperatorImporter = (node, raising) => {
  raising.alias(node.need(0), node.outputs[0]!);
};

export const importHardSigmoid = elementwise('HardSigmoid', (node) => ({
  alpha: node.float('alpha', 0.2),
  beta: node.float('beta', 0.5),
}));

/** The least and the greatest float32: a bound that is absent. */
const UNBOUNDED = 3.4028234663852886e38;

/** Bounds are attributes up to operator set 10, inputs since. */
export const importClip: OperatorImporter = (node, raising) => {
  const bound = (index: number, name: string) => {
    const value = numberInput(node, raising, index, name);
    return value === undefined ? undefined : shortest(value);
  };
  const min = Math.max(bound(1, 'min') ?? node.float('min', -UNBOUNDED), -UNBOUNDED);
  const max = Math.min(bound(2, 'max') ?? node.float('max', UNBOUNDED), UNBOUNDED);
  clip(node, raising, min, max);
};

export function clip(node: OnnxNode, raising: Raising, min: number, max: number): void {
  const { id, perm } = raising.stored(node.need(0));
  const isRelu = min === 0 && max === UNBOUNDED;
  if (isRelu) raising.result(node.outputs[0]!, 'Relu', [id], {}, perm);
  else raising.result(node.outputs[0]!, 'Clip', [id], { min, max }, perm);
}

/** Max or Min of a value and a number. */
export function bounded(side: 'min' | 'max'): OperatorImporter {
  return (node, raising) => {
    const [value, ...rest] = node.inputs.filter((name) => !raising.constant(name));
    const constants = node.inputs.flatMap((name) => raising.constant(name) ?? []);
    if (value === undefined || rest.length > 0 || constants.length !== 1 || constants[0]!.data.length !== 1)
      throw new Unsupported('of other than a value and a number');
    const bound = shortest(Number(constants[0]!.data[0]));
    const { id, perm } = raising.stored(value);
    const [min, max] = side === 'min' ? [bound, UNBOUNDED] : [-UNBOUNDED, bound];
    if (min === 0 && max === UNBOUNDED) raising.result(node.outputs[0]!, 'Relu', [id], {}, perm);
    else raising.result(node.outputs[0]!, 'Clip', [id], { min, max }, perm);
  };
}

/** slope · x + (1 − slope) · max(x, 0) */
export const importLeakyRelu: OperatorImporter = (node, raising) => {
  const { id, perm } = raising.stored(node.need(0));
  const slope = node.float('alpha', 0.01);
  const scalar = (value: number) => raising.constantValue(floats(Float32Array.of(value), []));
  const below = raising.emit('Mul', [id, scalar(slope)]);
  const above = raising.emit('Mul', [raising.emit('Relu', [id]), scalar(1 - slope)]);
  raising.result(node.outputs[0]!, 'Add', [below, above], {}, perm);
};

/** As LeakyRelu, with slopes that are weights. */
export const importPRelu: OperatorImporter = (node, raising) => {
  const { id, perm } = raising.stored(node.need(0));
  const slopes = weightOf(node, raising, 1, 'a slope');
  const rest = { ...slopes, data: Float32Array.from(slopes.data as ArrayLike<number>, (slope) => 1 - slope) };
  const below = raising.emit('Mul', [id, constantOperand(slopes, perm, raising)]);
  const above = raising.emit('Mul', [raising.emit('Relu', [id]), constantOperand(rest, perm, raising)]);
  raising.result(node.outputs[0]!, 'Add', [below, above], {}, perm);
};

/** Softmax and LogSoftmax: along one axis from operator set 13 on, over all axes from `axis` on before. */
export function alongAxis(op: 'Softmax' | 'LogSoftmax'): OperatorImporter {
  return (node, raising) => {
    const input = node.need(0);
    const sizes = raising.sizes(input);
    const rank = sizes.length;
    const axis = axisIn(node, node.int('axis', raising.opset >= 13 ? -1 : 1), rank);
    const wide = sizes.flatMap((size, a) => (a >= axis && size !== 1 ? [a] : []));
    if (raising.opset >= 13 || wide.length <= 1) {
      const { id, perm } = raising.stored(input);
      const along = raising.opset >= 13 ? axis : (wide[0] ?? axis);
      raising.result(node.outputs[0]!, op, [id], { axis: perm.indexOf(along) }, perm);
      return;
    }
    const tail = sizes.slice(axis);
    if (tail.some((size) => size instanceof SymbolicSize))
      throw new Unsupported('over several axes of sizes known only at run time');
    const kept = sizes.slice(0, axis).map(() => 0);
    const shape = [...kept, sizeOf(tail as number[])];
    const flat = raising.emit('Reshape', [raising.read(input)], { shape });
    const normal = raising.emit(op, [flat], { axis: -1 });
    const whole = [...kept, ...(tail as number[])];
    raising.result(node.outputs[0]!, 'Reshape', [normal], { shape: whole }, identityPerm(rank));
  };
}

/** Between kinds of floats; the graph has one. */
export const importCast: OperatorImporter = (node, raising) => {
  const isFloat = [1, 10, 11, 16].includes(node.int('to', 1));
  if (!isFloat) throw new Unsupported('to integers');
  raising.alias(node.need(0), node.outputs[0]!);
};

export const importNeg: OperatorImporter = (node, raising) => {
  const { id, perm } = raising.stored(node.need(0));
  const minus = raising.constantValue(floats(Float32Array.of(-1), []));
  raising.result(node.outputs[0]!, 'Mul', [id, minus], {}, perm);
};
