import type { Param } from '../../../../models/graph/ir.js';
import type { Pair } from '../../../../models/graph/window.js';
import { type Constant, numbersOf } from '../constant.js';
import type { DraftParams } from '../draft.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';
import { weightOf } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';
import { SpatialInput } from './window.js';

/** ONNX's [cout, cin/groups, kh, kw] → [kh, kw, cin/groups, cout], and [cin, cout, kh, kw] → [kh, kw, cout, cin]. */
const KERNEL_FIRST = [2, 3, 1, 0] as const;

/** The kernel with both spatial axes. */
function kernelOf(node: OnnxNode, raising: Raising, x: SpatialInput): Constant {
  const constant = weightOf(node, raising, 1, 'a kernel');
  const { dims } = constant;
  if (dims.length !== (x.isRow ? 3 : 4) || constant.data.length === 0)
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected a kernel of the input's rank but received [${dims.join(', ')}].`,
    );
  return x.isRow ? raising.narrowed(constant, [dims[0]!, dims[1]!, 1, dims[2]!]) : constant;
}

function biasOf(node: OnnxNode, raising: Raising): DraftParams {
  if (node.input(2) === undefined) return {};
  return { bias: raising.params.ordered(weightOf(node, raising, 2, 'a bias'), [0]) };
}

export const importConv: OperatorImporter = (node, raising) => {
  const x = new SpatialInput(node, raising);
  const constant = kernelOf(node, raising, x);
  const weight = raising.params.ordered(constant, KERNEL_FIRST);
  const kernel: Pair = [weight.shape[0]!, weight.shape[1]!];
  const strides = x.pair('strides', 1);
  const dilations = x.pair('dilations', 1);
  const pads = x.pads(kernel, strides, dilations);
  const attrs = { strides, dilations, pads, groups: node.int('group', 1) };
  x.result('Conv', x.image, attrs, { weight, ...biasOf(node, raising) });
};

/** How much of the full result, (in − 1) · stride + kernel, is cut off at both ends; negative: added. */
type Crop = readonly [begin: number, end: number];

export const importConvTranspose: OperatorImporter = (node, raising) => {
  const x = new SpatialInput(node, raising);
  const constant = kernelOf(node, raising, x);
  const strides = x.pair('strides', 1);
  const dilations = x.pair('dilations', 1);
  const dense = denseKernel(node, raising, constant, node.int('group', 1), dilations);
  const kernel = dense.shape.slice(0, 2) as [number, number];
  const crops = ([0, 1] as const).map((axis) => cropAlong(node, x, axis, kernel[axis], strides[axis]));
  const bias = biasOf(node, raising);
  const plain = crops.every(([begin, end]) => begin === 0 && end === 0);
  const isSame = crops.every(
    ([begin, end], axis) =>
      begin === Math.floor(Math.max(kernel[axis]! - strides[axis]!, 0) / 2) &&
      begin + end === kernel[axis]! - strides[axis]!,
  );
  if (plain || isSame) {
    x.result(
      'ConvTranspose',
      x.image,
      { strides, pads: isSame ? 'same' : 'valid' },
      { weight: dense, ...bias },
    );
    return;
  }
  if (crops.every(([begin, end], axis) => begin + end === kernel[axis]! - strides[axis]!)) {
    // The size is in × stride: zeros around the kernel put the cut where "same" has it.
    const borders = crops.map(
      ([begin, end]): Crop => [Math.max(end - begin - 1, 0), Math.max(begin - end, 0)],
    );
    const weight = extended(raising, dense, borders);
    x.result('ConvTranspose', x.image, { strides, pads: 'same' }, { weight, ...bias });
    return;
  }
  const weight = extended(
    raising,
    dense,
    crops.map(([, end]): Crop => [0, Math.max(-end, 0)]),
  );
  const whole = raising.emit('ConvTranspose', [x.image], { strides, pads: 'valid' }, { weight, ...bias });
  const starts = crops.map(([begin]) => begin);
  const ends = crops.map(([, end]) => (end > 0 ? -end : 2 ** 31 - 1));
  x.result('Slice', whole, { starts, ends, axes: [1, 2], steps: [1, 1] });
};

function cropAlong(node: OnnxNode, x: SpatialInput, axis: 0 | 1, kernel: number, stride: number): Crop {
  const extra = x.pair('output_padding', 0)[axis];
  const shape = node.ints('output_shape');
  const auto = x.autoPad();
  if (!shape?.length && (auto === 'NOTSET' || auto === 'VALID')) {
    const pads = auto === 'VALID' ? [0, 0, 0, 0] : x.explicitPads();
    return [pads[axis]!, pads[axis + 2]! - extra];
  }
  let total = kernel + extra - stride;
  if (shape?.length) {
    const size = x.sizes[axis];
    const wanted = x.isRow ? [1, ...shape.slice(-1)][axis] : shape.slice(-2)[axis];
    if (typeof size !== 'number')
      throw new Unsupported('with output_shape and a size known only at run time');
    total = stride * (size - 1) + extra + kernel - wanted!;
  }
  const half = Math.floor(Math.max(total, 0) / 2);
  const begin =
    auto === 'SAME_LOWER' || (shape?.length && auto !== 'SAME_UPPER') ? Math.max(total, 0) - half : half;
  return [begin, total - begin - extra];
}

/**
 * [cin, cout/groups, kh, kw] → [kh', kw', cout, cin]: the graph has neither groups nor dilations here, so what lies
 * between them becomes zeros.
 */
function denseKernel(
  node: OnnxNode,
  raising: Raising,
  constant: Constant,
  groups: number,
  dilations: Pair,
): Param {
  if (groups === 1 && dilations[0] === 1 && dilations[1] === 1)
    return raising.params.ordered(constant, KERNEL_FIRST);
  const [cin, perGroup, kh, kw] = constant.dims as [number, number, number, number];
  const numbers = numbersOf(constant);
  if (!numbers || !(groups >= 1) || cin % groups !== 0 || dilations.some((d) => d < 1))
    throw corrupt(
      `Node "${node.name}" (ConvTranspose): Expected groups that divide ${cin} but received ${groups}.`,
    );
  const cout = perGroup * groups;
  const [height, width] = [(kh - 1) * dilations[0] + 1, (kw - 1) * dilations[1] + 1];
  raising.params.claim(height * width * cout * cin);
  const data = new Float32Array(height * width * cout * cin);
  const inGroup = cin / groups;
  let at = 0;
  for (let i = 0; i < cin; i++)
    for (let o = 0; o < perGroup; o++)
      for (let y = 0; y < kh; y++)
        for (let z = 0; z < kw; z++, at++) {
          const channel = Math.floor(i / inGroup) * perGroup + o;
          data[((y * dilations[0] * width + z * dilations[1]) * cout + channel) * cin + i] = numbers[at]!;
        }
  return raising.params.made(data, [height, width, cout, cin]);
}

/** The kernel [kh, kw, …] with zeros before and after. */
function extended(raising: Raising, weight: Param, borders: readonly Crop[]): Param {
  const [[top, bottom], [left, right]] = borders as [Crop, Crop];
  if (top + bottom + left + right === 0) return weight;
  const [kh, kw, cout, cin] = weight.shape as [number, number, number, number];
  const [height, width] = [kh + top + bottom, kw + left + right];
  raising.params.claim(height * width * cout * cin);
  const data = new Float32Array(height * width * cout * cin);
  const row = kw * cout * cin;
  for (let y = 0; y < kh; y++)
    data.set(weight.data.subarray(y * row, (y + 1) * row), ((y + top) * width + left) * cout * cin);
  return raising.params.made(data, [height, width, cout, cin]);
}
