/** Moving known elements about: joining, cutting, reshaping. */
import { sizeOf } from '../../../../models/graph/shapes.js';
import {
  type Constant,
  numbersOf,
  reshapeConstant,
  type Size,
  SymbolicSize,
  transposeConstant,
} from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import { axisOf, checkElements, type Folder, needed, wholeNumbers } from './folder.js';

/** Elements of `constant` at the given positions of each axis. */
function pick(node: OnnxNode, constant: Constant, positions: readonly (readonly number[])[]): Constant {
  const dims = positions.map((list) => list.length);
  const count = checkElements(sizeOf(dims), node);
  const strides = constant.dims.map((_, axis) => sizeOf(constant.dims.slice(axis + 1)));
  const inner = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  const data = new Array<Size>(count);
  for (let i = 0; i < count; i++) {
    let from = 0;
    for (let axis = 0; axis < dims.length; axis++)
      from += strides[axis]! * positions[axis]![Math.floor(i / inner[axis]!) % dims[axis]!]!;
    data[i] = constant.data[from]!;
  }
  return same(constant, dims, data);
}

function same(constant: Constant, dims: readonly number[], data: Size[]): Constant {
  const { type, bits } = constant;
  const isFloat = type === 'float' && data.every((value) => typeof value === 'number');
  return { type, dims, data: isFloat ? Float32Array.from(data as number[]) : data, ...(bits && { bits }) };
}

const all = (size: number) => Array.from({ length: size }, (_, i) => i);

const foldGather: Folder = (node, inputs) => {
  const data = needed(node, inputs, 0);
  const indices = needed(node, inputs, 1);
  const axis = axisOf(node.int('axis', 0), data.dims.length, node);
  const size = data.dims[axis]!;
  const list = wholeNumbers(indices, 'indices').map((i) => {
    const at = i < 0 ? i + size : i;
    if (at < 0 || at >= size)
      throw corrupt(`Node "${node.name}" (Gather): Expected an index below ${size} but received ${i}.`);
    return at;
  });
  const picked = pick(
    node,
    data,
    data.dims.map((d, a) => (a === axis ? list : all(d))),
  );
  const dims = [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)];
  return [{ ...picked, dims }];
};

const foldConcat: Folder = (node, inputs) => {
  const parts = inputs.map((_, i) => needed(node, inputs, i));
  const first = parts[0]!;
  const rank = first.dims.length;
  const axis = axisOf(node.int('axis', 0), rank, node);
  const fits = parts.every(
    ({ dims }) => dims.length === rank && dims.every((d, a) => a === axis || d === first.dims[a]),
  );
  if (!fits) throw corrupt(`Node "${node.name}" (Concat): Expected equal sizes but received others.`);
  const dims = first.dims.map((d, a) =>
    a === axis ? parts.reduce((sum, part) => sum + part.dims[a]!, 0) : d,
  );
  checkElements(sizeOf(dims), node);
  const outer = sizeOf(dims.slice(0, axis));
  const data: Size[] = [];
  for (let o = 0; o < outer; o++) {
    for (const part of parts) {
      const chunk = sizeOf(part.dims.slice(axis));
      for (let i = 0; i < chunk; i++) data.push(part.data[o * chunk + i]!);
    }
  }
  return [same(parts.find(({ type }) => type === 'float') ?? first, dims, data)];
};

/** The axes by attribute (up to operator set 12) or by input. */
function axesOf(
  node: OnnxNode,
  inputs: readonly (Constant | undefined)[],
  rank: number,
): number[] | undefined {
  const given = inputs[1] ? wholeNumbers(inputs[1], 'axes') : node.ints('axes');
  return given?.map((axis) => axisOf(axis, rank, node));
}

const foldUnsqueeze: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const count = inputs[1] ? inputs[1].data.length : (node.ints('axes') ?? []).length;
  const axes = axesOf(node, inputs, constant.dims.length + count) ?? [];
  const old = [...constant.dims];
  const dims = Array.from({ length: old.length + axes.length }, (_, axis) =>
    axes.includes(axis) ? 1 : old.shift()!,
  );
  return [reshapeTo(node, constant, dims)];
};

const foldSqueeze: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const axes = axesOf(node, inputs, constant.dims.length);
  const gone = (d: number, axis: number) => (axes ? axes.includes(axis) : d === 1);
  return [
    reshapeTo(
      node,
      constant,
      constant.dims.filter((d, axis) => !gone(d, axis)),
    ),
  ];
};

function reshapeTo(node: OnnxNode, constant: Constant, dims: readonly number[]): Constant {
  if (!dims.every((d) => Number.isSafeInteger(d) && d >= 0) || sizeOf(dims) !== constant.data.length)
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected a shape of ${constant.data.length} elements but received [${dims.join(', ')}].`,
    );
  return reshapeConstant(constant, dims);
}

const foldReshape: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const wanted = wholeNumbers(needed(node, inputs, 1), 'a shape');
  const copies = node.int('allowzero', 0) === 0;
  const dims = wanted.map((d, axis) => (d === 0 && copies ? (constant.dims[axis] ?? -2) : d));
  const hole = dims.indexOf(-1);
  if (hole >= 0) dims[hole] = constant.data.length / sizeOf(dims.filter((d) => d !== -1));
  return [reshapeTo(node, constant, dims)];
};

const foldFlatten: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const rank = constant.dims.length;
  const axis = node.int('axis', 1);
  const at = axis < 0 ? axis + rank : axis;
  return [reshapeTo(node, constant, [sizeOf(constant.dims.slice(0, at)), sizeOf(constant.dims.slice(at))])];
};

const foldTranspose: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const rank = constant.dims.length;
  const perm = node.ints('perm', all(rank).reverse());
  if (perm.length !== rank || !all(rank).every((axis) => perm.includes(axis)))
    throw corrupt(
      `Node "${node.name}" (Transpose): Expected an order of ${rank} axes but received [${perm.join(', ')}].`,
    );
  return [transposeConstant(constant, perm)];
};

const foldSlice: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const rank = constant.dims.length;
  const list = (index: number, name: string) =>
    inputs[index] ? wholeNumbers(inputs[index]!, name) : node.ints(name);
  const starts = list(1, 'starts') ?? [];
  const ends = list(2, 'ends') ?? [];
  const axes = (list(3, 'axes') ?? starts.map((_, i) => i)).map((axis) => axisOf(axis, rank, node));
  const steps = list(4, 'steps') ?? starts.map(() => 1);
  const positions = constant.dims.map(all);
  axes.forEach((axis, i) => {
    positions[axis] = slicePositions(constant.dims[axis]!, starts[i] ?? 0, ends[i] ?? 0, steps[i] || 1);
  });
  return [pick(node, constant, positions)];
};

/** As numpy: negative counts from the end, what lies outside is cut off. */
export function slicePositions(size: number, start: number, end: number, step: number): number[] {
  const least = step < 0 ? -1 : 0;
  const most = step < 0 ? size - 1 : size;
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, least), most);
  const [from, to] = [clamp(start), clamp(end)];
  const count = Math.max(Math.ceil((to - from) / step), 0);
  return Array.from({ length: count }, (_, i) => from + i * step);
}

const foldSplit: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const axis = axisOf(node.int('axis', 0), constant.dims.length, node);
  const size = constant.dims[axis]!;
  const chunk = Math.ceil(size / Math.max(node.outputs.length, 1));
  const equal = node.outputs.map((_, i) => Math.min(chunk, size - i * chunk));
  const sizes = inputs[1] ? wholeNumbers(inputs[1], 'sizes') : (node.ints('split') ?? equal);
  let start = 0;
  return sizes.map((part) => {
    const own = slicePositions(size, start, start + part, 1);
    start += part;
    return pick(
      node,
      constant,
      constant.dims.map((d, a) => (a === axis ? own : all(d))),
    );
  });
};

const foldExpand: Folder = (node, inputs, raising) => {
  const constant = needed(node, inputs, 0);
  const target = numbersOf(needed(node, inputs, 1));
  if (!target) {
    // Known all the same where every element is equal.
    const value = constant.data[0];
    const isUniform = Array.from(constant.data).every((element) => element === value);
    if (!isUniform || typeof value !== 'number') throw new Unsupported('to a shape known only at run time');
    raising.bindSpecial(node.outputs[0] ?? '', { kind: 'filled', value } as { kind: string });
    return [];
  }
  const shape = Array.from(target);
  const rank = Math.max(shape.length, constant.dims.length);
  const own = [...new Array<number>(rank - constant.dims.length).fill(1), ...constant.dims];
  const wanted = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const positions = own.map((d, axis) => {
    const to = checkElements(Math.max(d, wanted[axis]!), node);
    if (d !== 1 && to !== d)
      throw corrupt(`Node "${node.name}" (Expand): Expected size 1 or ${to} but received ${d}.`);
    return d === 1 ? new Array<number>(to).fill(0) : all(d);
  });
  checkElements(sizeOf(positions.map((list) => list.length)), node);
  return [pick(node, { ...constant, dims: own }, positions)];
};

const foldTile: Folder = (node, inputs) => {
  const constant = needed(node, inputs, 0);
  const repeats = wholeNumbers(needed(node, inputs, 1), 'repeats');
  checkElements(constant.data.length * repeats.reduce((product, d) => product * d, 1), node);
  const positions = constant.dims.map((d, axis) =>
    Array.from({ length: d * (repeats[axis] ?? 1) }, (_, i) => i % d),
  );
  return [pick(node, constant, positions)];
};

/** Products and sums of all elements, as shape arithmetic has them; along an axis they are left to the graph. */
function overall(f: (a: number, b: number) => number, start: number): Folder {
  return (node, inputs) => {
    const constant = needed(node, inputs, 0);
    const numbers = numbersOf(constant);
    const keeps = node.int('keepdims', 1) === 1;
    const axes = inputs[1] ? wholeNumbers(inputs[1], 'axes') : node.ints('axes');
    if (axes && axes.length !== constant.dims.length) throw new Unsupported('of constants along some axes');
    const dims = keeps ? constant.dims.map(() => 1) : [];
    if (numbers) return [same(constant, dims, [Array.from(numbers).reduce(f, start)])];
    // A product of one unknown size and numbers.
    const sizes = Array.from(constant.data).filter((size) => size instanceof SymbolicSize);
    if (node.op !== 'ReduceProd' || sizes.length !== 1)
      throw new Unsupported('of sizes known only at run time');
    const [size] = sizes as [SymbolicSize];
    const rest = Array.from(constant.data).reduce<number>(
      (p, d) => (typeof d === 'number' ? p * d : p),
      size.times,
    );
    return [same(constant, dims, [new SymbolicSize(size.symbol, rest)])];
  };
}

export const SHAPING_FOLDERS: Readonly<Record<string, Folder>> = {
  Gather: foldGather,
  Concat: foldConcat,
  Unsqueeze: foldUnsqueeze,
  Squeeze: foldSqueeze,
  Reshape: foldReshape,
  Flatten: foldFlatten,
  Transpose: foldTranspose,
  Slice: foldSlice,
  Split: foldSplit,
  Expand: foldExpand,
  Tile: foldTile,
  ReduceProd: overall((a, b) => a * b, 1),
  ReduceSum: overall((a, b) => a + b, 0),
};
