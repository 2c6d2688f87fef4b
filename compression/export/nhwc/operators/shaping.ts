import { reshapedShape } from '../../../../models/graph/reshaping.js';
import { normalizeAxes } from '../../../../models/graph/shapes.js';
import { numberAttr, numbersAttr, positiveAxis, stringAttr } from '../../attributes.js';
import type { NhwcLowering, SizeTerm } from '../lowering.js';
import type { Tensor } from '../program.js';
import type { OperatorLowering } from './operator-lowering.js';

export const lowerIdentity: OperatorLowering = (node, lowering) =>
  lowering.bind(node.outputs[0]!, lowering.input(node));

export const lowerConstant: OperatorLowering = (node, lowering) =>
  lowering.bind(node.outputs[0]!, lowering.weight(node, 'value', { shape: numbersAttr(node, 'shape') }));

export const lowerReshape: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const shape = numbersAttr(node, 'shape');
  const output = reshapedShape(x.shape, shape);
  const isLeft = (axis: number) => output[axis] === null;
  const unknown = output.flatMap((_, axis) => (isLeft(axis) ? [axis] : []));
  // One size may be left to the runtime; which a shape names itself is the first choice.
  const hole = unknown.find((axis) => shape[axis] === -1) ?? unknown[0];
  const terms = output.map((size, axis): SizeTerm => (axis === hole ? -1 : (size ?? { axis })));
  lowering.result(node, 'Reshape', [x, lowering.sizes(x, terms)], {});
};

export const lowerTranspose: OperatorLowering = (node, lowering) =>
  lowering.result(node, 'Transpose', [lowering.input(node), lowering.ints(numbersAttr(node, 'perm'))], {});

export const lowerSqueeze: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  lowering.result(node, 'Squeeze', [x], { axes: normalizeAxes(numbersAttr(node, 'axes'), x.shape.length) });
};

export const lowerUnsqueeze: OperatorLowering = (node, lowering) => {
  let x = lowering.input(node);
  const axes = normalizeAxes(numbersAttr(node, 'axes'), lowering.shape(node.outputs[0]!).length);
  axes.forEach((axis, i) => {
    if (i === axes.length - 1) lowering.result(node, 'ExpandDims', [x], { axis });
    else x = lowering.emit('ExpandDims', [x], { axis }, x.shape.toSpliced(axis, 0, 1));
  });
};

const LEAST_INT = -(2 ** 31);
const GREATEST_INT = 2 ** 31 - 1;
const toInt32 = (value: number) => Math.min(Math.max(value, LEAST_INT), GREATEST_INT);

/** TensorFlow counts and clamps positions as ONNX does; axes that the node does not name are taken whole. */
export const lowerSlice: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const rank = x.shape.length;
  const axes = numbersAttr(node, 'axes').map((axis) => positiveAxis(axis, rank));
  const along = (name: string, otherwise: number) => {
    const values = new Array<number>(rank).fill(otherwise);
    numbersAttr(node, name).forEach((value, i) => {
      values[axes[i]!] = toInt32(value);
    });
    return lowering.ints(values);
  };
  const whole = x.shape.reduce<number>(
    (mask, _, axis) => (axes.includes(axis) ? mask : mask | (1 << axis)),
    0,
  );
  const positions = [along('starts', 0), along('ends', 0), along('steps', 1)];
  lowering.result(node, 'StridedSlice', [x, ...positions], { beginMask: whole, endMask: whole });
};

export const lowerPad: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const pads = numbersAttr(node, 'pads');
  const rank = x.shape.length;
  const mode = stringAttr(node, 'mode');
  if (mode === 'edge') {
    lowering.bind(node.outputs[0]!, repeatEdges(x, pads, lowering));
    return;
  }
  const pairs = x.shape.flatMap((_, axis) => [pads[axis]!, pads[rank + axis]!]);
  const paddings = lowering.ints(pairs, [rank, 2]);
  if (mode === 'reflect') lowering.result(node, 'MirrorPad', [x, paddings], {});
  else lowering.result(node, 'Pad', [x, paddings], { value: numberAttr(node, 'value') });
};

/** The outermost positions of each axis, joined to it as often as wanted. */
function repeatEdges(image: Tensor, pads: readonly number[], lowering: NhwcLowering): Tensor {
  const rank = image.shape.length;
  return image.shape.reduce((x, size, axis) => {
    const [before, after] = [pads[axis]!, pads[rank + axis]!];
    if (before + after === 0) return x;
    const edge = (isEnd: boolean) => {
      const at = (value: number, otherwise: number) =>
        lowering.ints(x.shape.map((_, i) => (i === axis ? value : otherwise)));
      const others = ((1 << rank) - 1) & ~(1 << axis);
      // The last one has no position behind it that could be named: it is sliced to the end.
      const endMask = isEnd ? others | (1 << axis) : others;
      const positions = [at(isEnd ? -1 : 0, 0), at(1, 0), at(1, 1)];
      return lowering.emit(
        'StridedSlice',
        [x, ...positions],
        { beginMask: others, endMask },
        x.shape.with(axis, 1),
      );
    };
    const parts = [
      ...new Array<Tensor>(before).fill(before > 0 ? edge(false) : x),
      x,
      ...new Array<Tensor>(after).fill(after > 0 ? edge(true) : x),
    ];
    const shape = x.shape.with(axis, size === null ? null : size + before + after);
    return lowering.emit('Concat', parts, { axis }, shape);
  }, image);
}
