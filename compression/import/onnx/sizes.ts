/**
 * Which of the sizes that only a run tells are equal. The graph's shapes say "unknown" of each; a file that computes
 * shapes needs more: that the batch of an activation is the batch of the image, that two branches have the same height.
 */
import type { Attributes, Shape } from '../../../models/graph/ir.js';
import { type Size, SymbolicSize, sameSize } from './constant.js';

export interface SizeContext {
  readonly op: string;
  readonly attrs: Attributes;
  /** Of the inputs. */
  readonly inputs: readonly (readonly Size[])[];
  readonly params: Readonly<Record<string, readonly number[]>>;
  /** Of the output, as the graph infers it. */
  readonly shape: Shape;
  /** The size that the key stands for: equal keys, equal sizes; a new one where there is no key. */
  symbol(key?: string): SymbolicSize;
}

type Rule = (context: SizeContext, axis: number) => Size | undefined;

const keep: Rule = ({ inputs }, axis) => inputs[0]![axis];

const list = (value: unknown) => value as readonly number[];

function alongWindow({ attrs, inputs, params, symbol }: SizeContext, axis: number): Size | undefined {
  const size = inputs[0]![axis]!;
  if (axis === 0 || axis === 3 || !(size instanceof SymbolicSize)) return axis === 0 ? size : undefined;
  const at = axis - 1;
  const stride = list(attrs.strides)[at]!;
  const kernel = (attrs.kernel ? list(attrs.kernel) : params.weight!)[at]!;
  const reach = (kernel - 1) * (attrs.dilations ? list(attrs.dilations)[at]! : 1) + 1;
  const { pads } = attrs;
  const padding = pads === 'valid' ? 0 : pads === 'same' ? reach - 1 : list(pads)[at]! + list(pads)[at + 2]!;
  // Windows: floor((size + padding − reach) / stride) + 1.
  if (stride === 1 && padding - reach === -1) return size;
  return symbol(`${size.symbol}*${size.times} ${padding - reach}/${stride}`);
}

function scaled({ inputs, symbol }: SizeContext, axis: number, factor: number): Size | undefined {
  const size = inputs[0]![axis]!;
  if (!(size instanceof SymbolicSize) || factor === 1) return size;
  if (Number.isInteger(factor)) return new SymbolicSize(size.symbol, size.times * factor);
  return symbol(`${size.symbol}*${size.times} scaled ${factor}`);
}

const broadcast: Rule = ({ inputs, shape }, axis) => {
  const sizes = inputs.flatMap((input) => {
    const own = axis - (shape.length - input.length);
    return own >= 0 && input[own] !== 1 ? [input[own]!] : [];
  });
  return sizes.every((size) => sameSize(size, sizes[0])) ? sizes[0] : undefined;
};

const RULES: Readonly<Record<string, Rule>> = {
  Conv: alongWindow,
  MaxPool: alongWindow,
  AveragePool: alongWindow,
  ConvTranspose: (context, axis) => {
    if (axis === 0) return context.inputs[0]![0];
    const { attrs } = context;
    return axis < 3 && attrs.pads === 'same'
      ? scaled(context, axis, list(attrs.strides)[axis - 1]!)
      : undefined;
  },
  Resize: (context, axis) =>
    axis === 1 || axis === 2
      ? scaled(context, axis, list(context.attrs.scales)[axis - 1]!)
      : keep(context, axis),
  DepthToSpace: (context, axis) =>
    axis === 1 || axis === 2 ? scaled(context, axis, Number(context.attrs.blocksize)) : keep(context, axis),
  Transpose: ({ attrs, inputs }, axis) => inputs[0]![list(attrs.perm)[axis]!],
  Reshape: (context, axis) => {
    const target = list(context.attrs.shape);
    if (target[axis] === 0) return context.inputs[0]![axis];
    return remainder(context.inputs[0]!, target);
  },
  Squeeze: ({ attrs, inputs }, axis) => {
    const gone = list(attrs.axes).map((a) => (a < 0 ? a + inputs[0]!.length : a));
    return inputs[0]!.filter((_, i) => !gone.includes(i))[axis];
  },
  Unsqueeze: ({ attrs, inputs, shape }, axis) => {
    const added = list(attrs.axes).map((a) => (a < 0 ? a + shape.length : a));
    return inputs[0]![axis - added.filter((a) => a < axis).length];
  },
  ReduceMean: reduced,
  ReduceMax: reduced,
  Slice: ({ attrs, inputs }, axis) => {
    const rank = inputs[0]!.length;
    return list(attrs.axes).some((a) => (a < 0 ? a + rank : a) === axis) ? undefined : inputs[0]![axis];
  },
  Pad: ({ attrs, inputs }, axis) => {
    const pads = list(attrs.pads);
    return pads[axis] === 0 && pads[axis + pads.length / 2] === 0 ? inputs[0]![axis] : undefined;
  },
  Concat: ({ attrs, inputs, shape }, axis) => {
    const along = Number(attrs.axis);
    if (axis === (along < 0 ? along + shape.length : along)) return undefined;
    return inputs.map((input) => input[axis]!).find((size) => size instanceof SymbolicSize);
  },
  MatMul: (context, axis) => {
    const { inputs, shape } = context;
    const last = shape.length - 1;
    if (inputs.length === 1) return inputs[0]![axis];
    if (axis === last) return inputs[1]!.at(-1);
    if (axis === last - 1) return inputs[0]!.at(-2);
    return broadcast(context, axis);
  },
  LSTM: keep,
  Add: broadcast,
  Sub: broadcast,
  Mul: broadcast,
  Div: broadcast,
};

/** Operators whose output has the shape of their input. */
const SHAPED_AS_INPUT = new Set(
  'BatchNormalization Clip DynamicQuantizeDequantize Erf Gelu HardSigmoid HardSwish Identity LayerNormalization LogSoftmax QuantizeDequantize Relu Sigmoid Softmax Tanh'.split(
    ' ',
  ),
);

function reduced({ attrs, inputs, shape }: SizeContext, axis: number): Size | undefined {
  const rank = inputs[0]!.length;
  if (shape.length === rank) return inputs[0]![axis];
  const gone = list(attrs.axes).map((a) => (a < 0 ? a + rank : a));
  return inputs[0]!.filter((_, i) => !gone.includes(i))[axis];
}

/** What −1 stands for where all that is left is one unknown size. */
function remainder(input: readonly Size[], target: readonly number[]): Size | undefined {
  const left = input.filter((_, axis) => target[axis] !== 0);
  const unknown = left.filter((size) => size instanceof SymbolicSize);
  if (unknown.length !== 1) return undefined;
  const [size] = unknown as [SymbolicSize];
  const known = left.reduce((product: number, d) => product * (typeof d === 'number' ? d : 1), 1);
  const times = (size.times * known) / target.reduce((product, d) => product * (d > 0 ? d : 1), 1);
  return Number.isInteger(times) ? new SymbolicSize(size.symbol, times) : undefined;
}

export function sizesOf(context: SizeContext): Size[] {
  const rule = SHAPED_AS_INPUT.has(context.op) ? keep : RULES[context.op];
  return context.shape.map((d, axis) => {
    if (d !== null) return d;
    const size = rule?.(context, axis);
    return size instanceof SymbolicSize ? size : context.symbol();
  });
}
