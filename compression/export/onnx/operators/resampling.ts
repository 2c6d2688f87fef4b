import { expected } from '../../../../models/base/errors.js';
import { CHANNELS_FIRST } from '../../../perm.js';
import { numberAttr, numbersAttr, stringAttr } from '../../attributes.js';
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

/** The graph's order of depth (row, column, channel) is ONNX's mode DCR. */
export const exportDepthToSpace: OperatorExporter = (node, lowering) => {
  const operand = lowering.read(node.inputs[0]!, CHANNELS_FIRST);
  const attrs = { blocksize: numberAttr(node, 'blocksize'), mode: 'DCR' };
  lowering.result(node.outputs[0]!, 'DepthToSpace', [operand], attrs, CHANNELS_FIRST);
};
