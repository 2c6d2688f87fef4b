import { PocketlensError } from '../../../../models/base/errors.js';
import type { Node } from '../../../../models/graph/ir.js';
import { numberAttr, positiveAxis, stringAttr } from '../../attributes.js';
import type { NhwcLowering } from '../lowering.js';
import type { OperationAttributes, Tensor } from '../program.js';
import type { OperatorLowering } from './operator-lowering.js';

/** Operations without attributes. */
type Plain = {
  [T in keyof OperationAttributes]: Record<never, never> extends OperationAttributes[T] ? T : never;
}[keyof OperationAttributes];

export function elementwise(type: Plain): OperatorLowering {
  return (node, lowering) => lowering.result(node, type, [lowering.input(node)], {});
}

/** min(max(x, low), high) as the node's value; bounds that are not finite are left out. */
export function clipResult(node: Node, lowering: NhwcLowering, x: Tensor, low: number, high: number): void {
  const lower = Number.isFinite(low);
  if (!Number.isFinite(high)) {
    if (lower) lowering.result(node, 'Maximum', [x, lowering.scalar(low)], {});
    else lowering.result(node, 'Identity', [x], {});
    return;
  }
  const raised = lower ? lowering.emit('Maximum', [x, lowering.scalar(low)], {}, x.shape) : x;
  lowering.result(node, 'Minimum', [raised, lowering.scalar(high)], {});
}

export const lowerClip: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const [min, max] = [numberAttr(node, 'min'), numberAttr(node, 'max')];
  if (min === 0 && max === 6) lowering.result(node, 'Relu6', [x], {});
  else clipResult(node, lowering, x, min, max);
};

export const lowerHardSigmoid: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const scaled = lowering.emit('Mul', [x, lowering.scalar(numberAttr(node, 'alpha'))], {}, x.shape);
  const moved = lowering.emit('Add', [scaled, lowering.scalar(numberAttr(node, 'beta'))], {}, x.shape);
  clipResult(node, lowering, moved, 0, 1);
};

export const lowerHardSwish: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  if (lowering.features.hardSwish) {
    lowering.result(node, 'HardSwish', [x], {});
    return;
  }
  const moved = lowering.emit('Add', [x, lowering.scalar(3)], {}, x.shape);
  const gate = lowering.emit('Relu6', [moved], {}, x.shape);
  const product = lowering.emit('Mul', [x, gate], {}, x.shape);
  lowering.result(node, 'Mul', [product, lowering.scalar(1 / 6)], {});
};

export const lowerErf: OperatorLowering = (node, lowering) => {
  const { gelu, name } = lowering.features;
  if (!gelu) return lowering.result(node, 'Erf', [lowering.input(node)], {});
  throw new PocketlensError(
    'unsupported_operator',
    `Expected an operator that ${name} has for node "${node.id}" but received "Erf".`,
    {
      remedy: 'It has the error function as a part of Gelu only: export to ONNX.',
      details: { node: node.id },
    },
  );
};

export const lowerGelu: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const approximate = stringAttr(node, 'approximate', 'none') === 'tanh';
  if (lowering.features.gelu) {
    lowering.result(node, 'Gelu', [x], { approximate });
    return;
  }
  const binary = (type: 'Add' | 'Mul', a: Tensor, b: Tensor | number) =>
    lowering.emit(type, [a, typeof b === 'number' ? lowering.scalar(b) : b], {}, x.shape);
  let inner: Tensor;
  if (approximate) {
    const cube = binary('Mul', binary('Mul', binary('Mul', x, x), x), 0.044715);
    const scaled = binary('Mul', binary('Add', x, cube), Math.sqrt(2 / Math.PI));
    inner = lowering.emit('Tanh', [scaled], {}, x.shape);
  } else inner = lowering.emit('Erf', [binary('Mul', x, Math.SQRT1_2)], {}, x.shape);
  const product = binary('Mul', x, binary('Add', inner, 1));
  lowering.result(node, 'Mul', [product, lowering.scalar(0.5)], {});
};

/** Softmax and LogSoftmax, which TensorFlow has over the last axis only. */
export function alongAxis(type: 'Softmax' | 'LogSoftmax'): OperatorLowering {
  return (node, lowering) => {
    const x = lowering.input(node);
    const rank = x.shape.length;
    const axis = positiveAxis(numberAttr(node, 'axis'), rank);
    if (axis === rank - 1) {
      lowering.result(node, type, [x], {});
      return;
    }
    const swap = x.shape.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
    const swapped = swap.map((i) => x.shape[i]!);
    const order = lowering.ints(swap);
    const turned = lowering.emit('Transpose', [x, order], {}, swapped);
    lowering.result(node, 'Transpose', [lowering.emit(type, [turned], {}, swapped), order], {});
  };
}
