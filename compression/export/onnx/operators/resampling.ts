import { expected } from '../../../../models/base/errors.js';
import type { Dimension } from '../../../../models/graph/ir.js';
import { CHANNELS_FIRST } from '../../../perm.js';
import { numberAttr, numbersAttr, stringAttr } from '../../attributes.js';
import type { Lowering } from '../lowering.js';
import { DataType } from '../proto.js';
import type { AttributeValue } from '../tensor.js';
import type { OperatorExporter } from './operator-exporter.js';
import { emitRounded } from './quantization.js';

/** Linear: half-pixel centres, no antialiasing; nearest: floor(x / scale). */
export const exportResize: OperatorExporter = (node, lowering) => {
  const mode = stringAttr(node, 'mode');
  const [vertical, horizontal] = numbersAttr(node, 'scales');
  let attrs: Record<string, AttributeValue>;
  if (mode === 'linear') attrs = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
  else if (mode === 'nearest') {
    attrs = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  } else throw expected('invalid_graph', '"nearest" or "linear"', `mode of Resize "${node.id}"`, mode);
  const operand = lowering.read(node.inputs[0]!, CHANNELS_FIRST);
  if (![vertical, horizontal].every(Number.isInteger)) {
    // By its scales ONNX would map pixels by them, not by the two sizes as the graph and other runtimes do.
    const [, height, width] = lowering.shape(node.outputs[0]!);
    const sizes = scaledSizes(operand, [vertical!, horizontal!], [height!, width!], lowering);
    lowering.result(node.outputs[0]!, 'Resize', [operand, '', '', sizes], attrs, CHANNELS_FIRST);
    return;
  }
  const scales = lowering.floats([1, 1, vertical!, horizontal!]);
  const rounding = lowering.roundingOf(node.inputs[0]!);
  if (mode === 'nearest' && vertical === 2 && horizontal === 2 && rounding?.attrs.bits === 8) {
    // ONNX Runtime would resize the codes with channels last, 20 times slower than its kernel for doubled planes. A Reshape
    // keeps the planes where they are.
    const same = lowering.int64([0, 0, 0, 0]);
    const planes = emitRounded(rounding, lowering.emit('Reshape', [operand, same]), lowering);
    const doubled = emitRounded(rounding, lowering.emit('Resize', [planes, '', scales], attrs), lowering);
    lowering.result(node.outputs[0]!, 'Reshape', [doubled, same], {}, CHANNELS_FIRST);
  } else {
    lowering.result(node.outputs[0]!, 'Resize', [operand, '', scales], attrs, CHANNELS_FIRST);
  }
};

/** The sizes of an image whose height and width become `known`, or are taken times the factors at run time. */
function scaledSizes(
  image: string,
  factors: readonly number[],
  known: readonly Dimension[],
  lowering: Lowering,
): string {
  const shape = lowering.emit('Shape', [image]);
  const part = (from: number, to: number) =>
    lowering.emit('Slice', [shape, lowering.int64([from]), lowering.int64([to])]);
  const join = (grid: string) => lowering.emit('Concat', [part(0, 2), grid], { axis: 0 });
  if (known.every((size) => size !== null)) return join(lowering.int64(known));
  const grid = lowering.emit('Cast', [part(2, 4)], { to: DataType.float32 });
  const scaled = lowering.emit('Floor', [lowering.emit('Mul', [grid, lowering.floats(factors)])]);
  const some = lowering.emit('Max', [scaled, lowering.floats([1], [])]);
  return join(lowering.emit('Cast', [some], { to: DataType.int64 }));
}

/** The graph's order of depth (row, column, channel) is ONNX's mode DCR. */
export const exportDepthToSpace: OperatorExporter = (node, lowering) => {
  const operand = lowering.read(node.inputs[0]!, CHANNELS_FIRST);
  const attrs = { blocksize: numberAttr(node, 'blocksize'), mode: 'DCR' };
  lowering.result(node.outputs[0]!, 'DepthToSpace', [operand], attrs, CHANNELS_FIRST);
};
