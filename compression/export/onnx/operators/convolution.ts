import { CHANNELS_FIRST } from '../../../perm.js';
import { isPointwise } from '../../../pointwise.js';
import { numberAttr, numbersAttr, stringAttr } from '../../attributes.js';
import { paddingAttributes } from '../padding.js';
import { exportAsFloatProduct, handsOutFloat } from './matmul.js';
import type { OperatorExporter } from './operator-exporter.js';

/** Weight [kh, kw, cin/groups, cout] → ONNX's [cout, cin/groups, kh, kw]. */
const HWIO_TO_OIHW = [3, 2, 0, 1] as const;
/** Transposed convolution: [kh, kw, cout, cin] → ONNX's [cin, cout, kh, kw]. */
const HWOI_TO_IOHW = [3, 2, 0, 1] as const;

export const exportConv: OperatorExporter = (node, lowering) => {
  const input = node.inputs[0]!;
  if (isPointwise(node, lowering.param(node, 'weight').shape) && handsOutFloat(node, lowering)) {
    exportAsFloatProduct(node, lowering);
    return;
  }
  const [, height, width] = lowering.shape(input);
  const kernel = lowering.param(node, 'weight').shape.slice(0, 2);
  const strides = numbersAttr(node, 'strides', [1, 1]);
  const dilations = numbersAttr(node, 'dilations', [1, 1]);
  const attrs = {
    kernel_shape: kernel,
    strides,
    dilations,
    group: numberAttr(node, 'groups', 1),
    ...paddingAttributes(node, [height!, width!], kernel, strides, dilations),
  };
  const operands = [lowering.read(input, CHANNELS_FIRST), lowering.weight(node, 'weight', HWIO_TO_OIHW)];
  if (lowering.optionalParam(node, 'bias')) operands.push(lowering.weight(node, 'bias'));
  lowering.result(node.outputs[0]!, 'Conv', operands, attrs, CHANNELS_FIRST);
};

/**
 * Size out: `in × stride` for "same", `(in − 1) × stride + kernel` for "valid"; ONNX's is
 * `(in − 1) × stride + kernel − pads + output_padding`, so neither needs to know the input's size.
 */
export const exportConvTranspose: OperatorExporter = (node, lowering) => {
  const input = node.inputs[0]!;
  const kernel = lowering.param(node, 'weight').shape.slice(0, 2);
  const strides = numbersAttr(node, 'strides', [1, 1]);
  const same = stringAttr(node, 'pads', 'same') === 'same';
  const excess = [0, 1].map((i) => Math.max(kernel[i]! - strides[i]!, 0));
  const begin = excess.map((total) => (same ? Math.floor(total / 2) : 0));
  const end = excess.map((total, i) => (same ? total - begin[i]! : 0));
  const operands = [lowering.read(input, CHANNELS_FIRST), lowering.weight(node, 'weight', HWOI_TO_IOHW)];
  if (lowering.optionalParam(node, 'bias')) operands.push(lowering.weight(node, 'bias'));
  lowering.result(
    node.outputs[0]!,
    'ConvTranspose',
    operands,
    {
      kernel_shape: kernel,
      strides,
      pads: [...begin, ...end],
      output_padding: [0, 1].map((i) => (same ? Math.max(strides[i]! - kernel[i]!, 0) : 0)),
    },
    CHANNELS_FIRST,
  );
};
