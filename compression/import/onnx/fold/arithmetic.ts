/** Arithmetic, element by element, with numpy's broadcasting. */
import { roundHalfEven } from '../../../../models/base/round-half-even.js';
import { broadcastShapes, sizeOf } from '../../../../models/graph/shapes.js';
import { DataType } from '../../../export/onnx/proto.js';
import { type Constant, type Size, SymbolicSize, sameSize } from '../constant.js';
import { Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import { checkElements, type Folder, needed } from './folder.js';

type Numbers = (...values: number[]) => number;

/** Where the element at position `i` of the result lies in an operand that broadcasts. */
function positions(dims: readonly number[], out: readonly number[]): (i: number) => number {
  if (dims.length === out.length && dims.every((d, axis) => d === out[axis])) return (i) => i;
  const missing = out.length - dims.length;
  const inner = out.map((_, axis) => sizeOf(out.slice(axis + 1)));
  const strides = dims.map((d, axis) => (d === 1 ? 0 : sizeOf(dims.slice(axis + 1))));
  return (i) =>
    strides.reduce(
      (sum, stride, axis) => sum + stride * (Math.floor(i / inner[axis + missing]!) % out[axis + missing]!),
      0,
    );
}

function broadcastAll(inputs: readonly Constant[]): readonly number[] {
  return inputs.map(({ dims }) => dims).reduce((a, b) => broadcastShapes(a, b) as number[]);
}

function elementwise(
  node: OnnxNode,
  inputs: readonly Constant[],
  type: Constant['type'],
  compute: (values: Size[]) => Size,
): Constant {
  const dims = broadcastAll(inputs);
  const count = checkElements(sizeOf(dims), node);
  const at = inputs.map((input) => positions(input.dims, dims));
  const data = new Array<Size>(count);
  for (let i = 0; i < count; i++) data[i] = compute(inputs.map((input, k) => input.data[at[k]!(i)]!));
  const isFloat = type === 'float' && data.every((value) => typeof value === 'number');
  return { type, dims, data: isFloat ? Float32Array.from(data as number[]) : data };
}

function numeric(f: Numbers, symbolic?: (values: Size[]) => Size | undefined): Folder {
  return (node, inputs) => {
    const operands = inputs.map((_, i) => needed(node, inputs, i));
    const { type } = operands[0]!;
    return [
      elementwise(node, operands, type, (values) => {
        if (values.every((value) => typeof value === 'number')) {
          const result = f(...(values as number[]));
          return type === 'integer' && !Number.isInteger(result) ? Math.trunc(result) || 0 : result;
        }
        const size = symbolic?.(values);
        if (size === undefined) throw new Unsupported('of sizes known only at run time');
        return size;
      }),
    ];
  };
}

/** a · b, where one is known. */
function product([a, b]: Size[]): Size | undefined {
  if (a instanceof SymbolicSize && typeof b === 'number') return times(a, b);
  if (b instanceof SymbolicSize && typeof a === 'number') return times(b, a);
  return undefined;
}

function quotient([a, b]: Size[]): Size | undefined {
  if (sameSize(a, b)) return 1;
  if (a instanceof SymbolicSize && typeof b === 'number') return times(a, 1 / b);
  // Two multiples of one size.
  if (a instanceof SymbolicSize && b instanceof SymbolicSize && a.symbol === b.symbol)
    return a.times / b.times;
  return undefined;
}

function times(size: SymbolicSize, factor: number): Size | undefined {
  const all = size.times * factor;
  return Number.isInteger(all) && all > 0 ? new SymbolicSize(size.symbol, all) : undefined;
}

/** Adding nothing. */
const sum = ([a, b]: Size[]) => (b === 0 ? a : a === 0 ? b : undefined);
const difference = ([a, b]: Size[]) => (b === 0 ? a : sameSize(a, b) ? 0 : undefined);

function comparison(
  f: (a: number, b: number) => boolean,
  symbolic: (a: Size, b: Size) => boolean | undefined,
): Folder {
  return (node, inputs) => [
    elementwise(node, [needed(node, inputs, 0), needed(node, inputs, 1)], 'boolean', ([a, b]) => {
      const result = typeof a === 'number' && typeof b === 'number' ? f(a, b) : symbolic(a!, b!);
      if (result === undefined) throw new Unsupported('of sizes known only at run time');
      return result ? 1 : 0;
    }),
  ];
}

/** A size that a run tells is 1 or more: never the −1 or 0 that it is compared with. */
function sizeEquals(a: Size, b: Size): boolean | undefined {
  if (sameSize(a, b)) return true;
  const number = typeof a === 'number' ? a : b;
  return typeof number === 'number' && number < 1 ? false : undefined;
}

const sizeExceeds = (a: Size, b: Size) =>
  typeof b === 'number' && b < 1 ? true : sameSize(a, b) ? false : undefined;

const foldWhere: Folder = (node, inputs) => {
  const [condition, yes, no] = [0, 1, 2].map((i) => needed(node, inputs, i));
  return [elementwise(node, [condition!, yes!, no!], yes!.type, ([which, a, b]) => (which ? a! : b!))];
};

const INTEGER_TYPES: ReadonlySet<number> = new Set([
  DataType.int8,
  DataType.uint8,
  DataType.int16,
  DataType.uint16,
  DataType.int32,
  DataType.uint32,
  DataType.int64,
  DataType.uint64,
]);

const foldCast: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const to = node.int('to', DataType.float32);
  const toInteger = INTEGER_TYPES.has(to);
  const type = toInteger ? 'integer' : to === DataType.bool ? 'boolean' : 'float';
  if (type === constant.type) return [constant];
  const { dims, data } = constant;
  const convert = (value: Size) => {
    if (typeof value !== 'number') return type === 'boolean' ? 1 : value;
    return type === 'boolean' ? Number(value !== 0) : toInteger ? Math.trunc(value) || 0 : value;
  };
  const values = Array.from(data, convert);
  const isFloat = type === 'float' && values.every((value) => typeof value === 'number');
  return [{ type, dims, data: isFloat ? Float32Array.from(values as number[]) : values }];
};

/** Integers divide towards zero; floats that are sizes stay whole where they can. */
const integerOf = numeric(
  (a) => a!,
  ([a]) => a,
);

export const ARITHMETIC_FOLDERS: Readonly<Record<string, Folder>> = {
  Add: numeric((a, b) => a! + b!, sum),
  Sub: numeric((a, b) => a! - b!, difference),
  Mul: numeric((a, b) => a! * b!, product),
  Div: numeric((a, b) => a! / b!, quotient),
  Mod: numeric((a, b) => a! - Math.floor(a! / b!) * b!),
  Pow: numeric((a, b) => a! ** b!),
  Min: numeric(Math.min),
  Max: numeric(Math.max, (values) => maximum(values)),
  Neg: numeric((a) => -a!),
  Abs: numeric(Math.abs, ([a]) => a),
  Sqrt: numeric(Math.sqrt),
  Exp: numeric(Math.exp),
  Reciprocal: numeric((a) => 1 / a!),
  Floor: numeric(Math.floor, ([a]) => a),
  Ceil: numeric(Math.ceil, ([a]) => a),
  Round: numeric(roundHalfEven, ([a]) => a),
  Identity: integerOf,
  Equal: comparison((a, b) => a === b, sizeEquals),
  Greater: comparison((a, b) => a > b, sizeExceeds),
  Less: comparison(
    (a, b) => a < b,
    (a, b) => sizeExceeds(b, a),
  ),
  Not: numeric((a) => Number(!a)),
  And: numeric((a, b) => Number(a! && b!)),
  Or: numeric((a, b) => Number(a! || b!)),
  Where: foldWhere,
  Cast: foldCast,
};

/** Sizes are 1 or more. */
function maximum(values: Size[]): Size | undefined {
  const sizes = values.filter((value) => !(typeof value === 'number' && value <= 1));
  return sizes.every((size) => sameSize(size, sizes[0])) ? sizes[0] : undefined;
}
