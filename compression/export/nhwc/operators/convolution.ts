import type { Node } from '../../../../models/graph/ir.js';
import { type Pair, windowsAlong } from '../../../../models/graph/window.js';
import { numberAttr, numbersAttr, stringAttr } from '../../attributes.js';
import type { NhwcLowering } from '../lowering.js';
import type { Padding, Tensor } from '../program.js';
import { paddingOf, padImage, type WindowGeometry } from './border.js';
import type { OperatorLowering } from './operator-lowering.js';

interface Convolution extends WindowGeometry {
  readonly dilations: Pair;
}

export const lowerConv: OperatorLowering = (node, lowering) => {
  const { shape } = lowering.param(node, 'weight');
  const geometry: Convolution = {
    kernel: [shape[0]!, shape[1]!],
    strides: numbersAttr(node, 'strides') as Pair,
    dilations: numbersAttr(node, 'dilations') as Pair,
    pads: node.attrs.pads as Convolution['pads'],
  };
  const groups = numberAttr(node, 'groups');
  const x = lowering.input(node);
  if (groups === 1) plain(node, lowering, x, geometry);
  else if (shape[2] === 1) depthwise(node, lowering, x, geometry, groups);
  else grouped(node, lowering, x, geometry, groups);
};

function plain(node: Node, lowering: NhwcLowering, image: Tensor, geometry: Convolution): void {
  const { x, padding } = padImage(lowering, image, geometry);
  const { weight, dilations } = tapped(node, lowering, geometry);
  const { strides } = geometry;
  lowering.result(node, 'Conv2D', [x, weight, biasOf(node, lowering)], { strides, dilations, padding });
}

/** Frameworks know strides or dilations, not both: then the kernel gets zeros between its taps. */
function tapped(
  node: Node,
  lowering: NhwcLowering,
  { strides, dilations, kernel: [kh, kw] }: Convolution,
): { weight: Tensor; dilations: Pair } {
  const isDilated = dilations.some((d) => d > 1);
  if (!isDilated || strides.every((s) => s === 1))
    return { weight: lowering.weight(node, 'weight'), dilations };
  const param = lowering.param(node, 'weight');
  const [cin, cout] = [param.shape[2]!, param.shape[3]!];
  const [height, width] = [(kh - 1) * dilations[0] + 1, (kw - 1) * dilations[1] + 1];
  const data = new Float32Array(height * width * cin * cout);
  for (let y = 0; y < kh; y++)
    for (let x = 0; x < kw; x++) {
      const from = (y * kw + x) * cin * cout;
      const to = (y * dilations[0] * width + x * dilations[1]) * cin * cout;
      data.set(param.data.subarray(from, from + cin * cout), to);
    }
  return {
    weight: lowering.derived('stretched', data, [height, width, cin, cout], node.params.weight),
    dilations: [1, 1],
  };
}

function depthwise(
  node: Node,
  lowering: NhwcLowering,
  image: Tensor,
  geometry: Convolution,
  channels: number,
): void {
  const { weight: taps, dilations } = tapped(node, lowering, geometry);
  const [kh, kw, , cout] = taps.shape as [number, number, number, number];
  const shape = [kh, kw, channels, cout / channels];
  const weight =
    dilations === geometry.dilations ? lowering.weight(node, 'weight', { shape }) : { ...taps, shape };
  const { strides } = geometry;
  const bias = biasOf(node, lowering);
  if (strides[0] === strides[1] || lowering.features.unequalDepthwiseStrides) {
    const { x, padding } = padImage(lowering, image, geometry);
    lowering.result(node, 'DepthwiseConv2D', [x, weight, bias], { strides, dilations, padding });
    return;
  }
  // Every place is computed, and every so-manieth row and column kept.
  const { x } = padImage(lowering, image, geometry, { explicit: true });
  const every = { kernel: [kh, kw], strides: [1, 1], dilations: [1, 1], pads: 'valid' } as const;
  const size = [0, 1].map((axis) => windowsAlong(every, axis as 0 | 1, x.shape[axis + 1]!));
  const dense = lowering.emit(
    'DepthwiseConv2D',
    [x, weight, bias],
    { strides: [1, 1], dilations: [1, 1], padding: 'VALID' },
    [x.shape[0]!, size[0]!, size[1]!, cout],
  );
  const all = [0, 0, 0, 0];
  const positions = [all, all, [1, strides[0], strides[1], 1]].map((values) => lowering.ints(values));
  lowering.result(node, 'StridedSlice', [dense, ...positions], { beginMask: 15, endMask: 15 });
}

/** Some formats have no groups: each is a convolution of its own. */
function grouped(
  node: Node,
  lowering: NhwcLowering,
  image: Tensor,
  geometry: Convolution,
  groups: number,
): void {
  const { x, padding } = padImage(lowering, image, geometry);
  const { weight, dilations } = tapped(node, lowering, geometry);
  const [kh, kw, cin, filters] = weight.shape as [number, number, number, number];
  const [n, height, width] = lowering.shape(node.outputs[0]!);
  const cout = filters / groups;
  const bias = biasOf(node, lowering).constant!.data as Float32Array;
  const parts = Array.from({ length: groups }, (_, group) => {
    const bounds = [
      [0, 0, 0, group * cin],
      [0, 0, 0, (group + 1) * cin],
      [1, 1, 1, 1],
    ];
    const part = lowering.emit(
      'StridedSlice',
      [x, ...bounds.map((values) => lowering.ints(values))],
      { beginMask: 7, endMask: 7 },
      [...x.shape.slice(0, 3), cin],
    );
    const taps = weight.constant!.data as Float32Array;
    const own = Float32Array.from({ length: kh * kw * cin * cout }, (_, i) => {
      return taps[Math.floor(i / cout) * filters + group * cout + (i % cout)]!;
    });
    const constants = [
      lowering.derived(`group${group}/weight`, own, [kh, kw, cin, cout], node.params.weight),
      lowering.derived(`group${group}/bias`, bias.slice(group * cout, (group + 1) * cout), [cout]),
    ];
    const attrs = { strides: geometry.strides, dilations, padding };
    return lowering.emit('Conv2D', [part, ...constants], attrs, [n!, height!, width!, cout]);
  });
  lowering.result(node, 'Concat', parts, { axis: 3 });
}

/** Zeros where there is none. */
function biasOf(node: Node, lowering: NhwcLowering): Tensor {
  if (lowering.has(node, 'bias')) return lowering.weight(node, 'bias');
  const filters = lowering.param(node, 'weight').shape[3]!;
  return lowering.floats(new Array<number>(filters).fill(0));
}

export const lowerConvTranspose: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const weight = lowering.weight(node, 'weight');
  const [kh, kw, cout] = weight.shape as [number, number, number, number];
  const strides = numbersAttr(node, 'strides') as Pair;
  const padding = paddingOf(stringAttr(node, 'pads')) as Padding;
  const size = ([0, 1] as const).map((i) => {
    const plus = padding === 'VALID' ? [kh, kw][i]! - strides[i] : 0;
    return { axis: i + 1, times: strides[i], plus };
  });
  const shape = lowering.sizes(x, [{ axis: 0 }, ...size, cout]);
  const inputs = [x, weight, shape];
  if (!lowering.has(node, 'bias')) {
    lowering.result(node, 'Conv2DTranspose', inputs, { strides, padding });
    return;
  }
  const product = lowering.emit(
    'Conv2DTranspose',
    inputs,
    { strides, padding },
    lowering.shape(node.outputs[0]!),
  );
  lowering.result(node, 'Add', [product, lowering.weight(node, 'bias')], {});
};
