/**
 * Operators on 8-bit integers. One is written so when all that it takes has been rounded, and what it gives is rounded
 * and goes nowhere else; then the rounding is part of it. Operators that only move values keep their input's codes.
 */

import { countReads } from '../nhwc/fuse-activations.js';
import type { Operation, OperationType, Program, Tensor } from '../nhwc/program.js';
import { type Reordered, spell } from './builtin.js';
import { codedConstant, constantKey, type WeightCodes, weightCodes } from './constants.js';
import { type CodedGrid, eightBits, sameGrid } from './grid.js';
import type { ModelTables } from './model-tables.js';
import { OPTIONS } from './schema.js';

/** A tensor's codes in the file. */
export interface CodedTensor {
  readonly index: number;
  readonly grid: CodedGrid;
}

/** Indices of tensors in the file. */
export interface TensorSource {
  /** Of a constant, made the first time. */
  once(key: string, make: () => number): number;
  /** Of what an operator takes as it is: positions, sizes. */
  operand(entry: Reordered): number;
}

type Spelled = Exclude<Operation, { readonly type: 'FakeQuantize' }>;

/** Weight and bias are the second and third input. */
const PRODUCTS: ReadonlySet<OperationType> = new Set(['Conv2D', 'DepthwiseConv2D', 'Dense']);
/** With a grid of its own for the result. */
const ARITHMETIC: ReadonlySet<OperationType> = new Set(['Add', 'Sub', 'Mul', 'Mean', 'BatchMatMul']);
/** The result is on the input's grid, and brought to its own afterwards. */
const ON_ONE_GRID: ReadonlySet<OperationType> = new Set([
  'Concat',
  'AvgPool',
  'MaxPool',
  'ResizeBilinear',
  'ResizeNearestNeighbor',
]);
/** Moves values, adding at most zeros: done on codes wherever there are some. */
const MOVES: ReadonlySet<OperationType> = new Set([
  'Reshape',
  'Squeeze',
  'ExpandDims',
  'Transpose',
  'StridedSlice',
  'DepthToSpace',
  'Pad',
  'Identity',
]);

export class IntegerOperators {
  readonly #tables: ModelTables;
  readonly #codes: Map<Tensor, CodedTensor>;
  readonly #source: TensorSource;
  /** Tensor → the rounding that is its only reader. */
  readonly #roundings = new Map<Tensor, Extract<Operation, { readonly type: 'FakeQuantize' }>>();

  /** @param codes shared with the writer, which rounds what is not rounded here */
  constructor(program: Program, tables: ModelTables, codes: Map<Tensor, CodedTensor>, source: TensorSource) {
    this.#tables = tables;
    this.#codes = codes;
    this.#source = source;
    const reads = countReads(program);
    for (const operation of program.operations) {
      const x = operation.inputs[0];
      if (operation.type === 'FakeQuantize' && operation.attrs.bits === 8 && reads.get(x!) === 1)
        this.#roundings.set(x!, operation);
    }
  }

  /** @returns whether it was written; if not, it is one for float */
  write(operation: Spelled): boolean {
    const { type, inputs, output } = operation;
    const rounding = this.#roundings.get(output);
    if (MOVES.has(type)) {
      if (type === 'Pad' && operation.attrs.value !== 0) return false;
      const from = this.#codes.get(inputs[0]!);
      if (!from) return false;
      const to = this.#operator(operation, [from.index], output, from.grid);
      this.#give(output, to);
      return true;
    }
    if (!rounding) return false;
    const grid = eightBits(rounding.attrs);
    if (PRODUCTS.has(type)) return this.#product(operation, rounding.output, grid);
    const operands = inputs.map((input) => this.#codes.get(input));
    const data =
      type === 'ResizeBilinear' || type === 'ResizeNearestNeighbor' ? operands.slice(0, 1) : operands;
    if (!data.every((coded) => coded !== undefined)) return false;
    if (ARITHMETIC.has(type)) {
      const indices = data.map(({ index }) => index);
      this.#give(rounding.output, this.#operator(operation, indices, rounding.output, grid));
      return true;
    }
    if (!ON_ONE_GRID.has(type)) return false;
    const own = type === 'Concat' ? grid : data[0]!.grid;
    const aligned = data.map((coded, i) => this.#regrid(coded, own, inputs[i]!).index);
    const result = this.#operator(operation, aligned, rounding.output, own);
    this.#give(rounding.output, this.#regrid(result, grid, rounding.output));
    return true;
  }

  #give(tensor: Tensor, coded: CodedTensor): void {
    this.#codes.set(tensor, coded);
    // What is rounded again to the same steps is the same.
    const again = this.#roundings.get(tensor);
    if (again && sameGrid(eightBits(again.attrs), coded.grid)) this.#codes.set(again.output, coded);
  }

  #product(operation: Spelled, result: Tensor, grid: CodedGrid): boolean {
    const [x, weight, bias] = spell(operation).inputs as readonly [Reordered, Reordered, Reordered];
    const from = this.#codes.get(x.tensor);
    const coded = from && weightCodes(weight);
    if (!from || !coded || !bias.tensor.constant) return false;
    const stored = this.#source.once(constantKey(weight, 'codes'), () =>
      this.#tables.tensor(codedConstant(weight.tensor.name, coded)),
    );
    const sums = this.#bias(bias.tensor, coded, from.grid);
    this.#give(result, this.#operator(operation, [from.index, stored, sums], result, grid));
    return true;
  }

  /** In steps of input times weight, as the sums are counted. */
  #bias(bias: Tensor, { scales }: WeightCodes, input: CodedGrid): number {
    const values = bias.constant!.data;
    const steps = Float32Array.from(scales, (scale) => Math.fround(scale * input.scale));
    const key = `bias ${bias.name} ${steps}`;
    return this.#source.once(key, () => {
      const codes = Int32Array.from(values, (value, i) => {
        const code = Math.round(value / steps[steps.length === 1 ? 0 : i]!);
        return Math.min(Math.max(code, -(2 ** 31)), 2 ** 31 - 1);
      });
      const bytes = new Uint8Array(codes.buffer);
      const axis = steps.length === 1 ? {} : { axis: 0 };
      const grid = { scales: steps, zeroPoint: 0, ...axis };
      return this.#tables.tensor({
        name: `${bias.name}/codes`,
        shape: bias.shape,
        type: 'int32',
        bytes,
        grid,
      });
    });
  }

  /** @param data indices of the first operands; those behind are taken as they are spelt */
  #operator(operation: Spelled, data: readonly number[], result: Tensor, grid: CodedGrid): CodedTensor {
    const { code, inputs, options } = spell(operation);
    const rest = inputs.slice(data.length).map((input) => this.#source.operand(input));
    const coded = this.#coded(result, grid);
    this.#tables.operator(code, [...data, ...rest], [coded.index], options);
    return coded;
  }

  /** The same values on another grid. */
  #regrid(from: CodedTensor, grid: CodedGrid, tensor: Tensor): CodedTensor {
    if (sameGrid(from.grid, grid)) return from;
    const to = this.#coded(tensor, grid);
    this.#tables.operator('QUANTIZE', [from.index], [to.index], { type: OPTIONS.Quantize, value: {} });
    return to;
  }

  #coded({ name, shape }: Tensor, grid: CodedGrid): CodedTensor {
    const scales = { scales: [grid.scale], zeroPoint: grid.zeroPoint };
    return { index: this.#tables.tensor({ name: `${name}/codes`, shape, type: 'int8', grid: scales }), grid };
  }
}
