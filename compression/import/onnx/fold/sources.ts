/** Constants that come from nowhere or from a shape. */
import { sizeOf } from '../../../../models/graph/shapes.js';
import { type Constant, floats, integers, numbersOf, type Size, SymbolicSize } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising, Special } from '../raising.js';
import { readTensor } from '../tensor.js';
import { checkElements, type Folder, needed } from './folder.js';

/** One number all over a shape that only a run tells: the zeros that a recurrent layer starts from. */
export interface Filled extends Special {
  readonly kind: 'filled';
  readonly value: number;
}

export function foldConstantNode(node: OnnxNode): Constant {
  const tensor = node.tensor('value');
  if (tensor) return readTensor(tensor, node.name);
  if (node.has('value_float')) return floats(Float32Array.of(node.float('value_float', 0)), []);
  if (node.has('value_int')) return integers([node.int('value_int', 0)], []);
  const ints = node.ints('value_ints');
  if (ints) return integers(ints);
  const list = node.floats('value_floats');
  if (list) return floats(Float32Array.from(list));
  throw new Unsupported('of strings or sparse tensors');
}

export function foldShape(node: OnnxNode, raising: Raising): Constant {
  const sizes = raising.sizes(node.need(0));
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + sizes.length : at, 0), sizes.length);
  return integers(sizes.slice(clamp(node.int('start', 0)), clamp(node.int('end', sizes.length))));
}

export function foldSize(node: OnnxNode, raising: Raising): Constant {
  const product = raising.sizes(node.need(0)).reduce<Size | undefined>(multiplied, 1);
  if (product === undefined) throw new Unsupported('of several sizes known only at run time');
  return integers([product], []);
}

function multiplied(a: Size | undefined, b: Size): Size | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a instanceof SymbolicSize && typeof b === 'number') return new SymbolicSize(a.symbol, a.times * b);
  if (typeof a === 'number' && b instanceof SymbolicSize) return new SymbolicSize(b.symbol, b.times * a);
  return undefined;
}

export const foldConstantOfShape: Folder = (node, inputs, raising) => {
  const tensor = node.tensor('value');
  const given: Constant = tensor ? readTensor(tensor, node.name) : floats(new Float32Array(1));
  const value = given.data[0];
  if (typeof value !== 'number') throw corrupt(`Expected a value of one element for "${node.name}".`);
  const dims = numbersOf(needed(node, inputs, 0));
  if (!dims) {
    raising.bindSpecial(node.outputs[0] ?? '', { kind: 'filled', value } satisfies Filled);
    return [];
  }
  const shape = Array.from(dims);
  const count = checkElements(
    shape.every((d) => Number.isSafeInteger(d) && d >= 0) ? sizeOf(shape) : -1,
    node,
  );
  const data = given.type === 'float' ? new Float32Array(count) : new Float64Array(count);
  return [{ type: given.type, dims: shape, data: data.fill(value) }];
};

export const foldRange: Folder = (node, inputs) => {
  const [start, limit, step] = [0, 1, 2].map((i) => needed(node, inputs, i));
  const [from, to, by] = [start!, limit!, step!].map(({ data }) => data[0]);
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number')
    throw new Unsupported('to a size known only at run time');
  const count = checkElements(Math.max(Math.ceil((to - from) / by), 0), node);
  const data = Array.from({ length: count }, (_, i) => from + i * by);
  return [
    { type: start!.type, dims: [count], data: start!.type === 'float' ? Float32Array.from(data) : data },
  ];
};
