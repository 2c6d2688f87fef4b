/**
 * A program as a file's tables. A tensor of the program may lie in the file twice: as float32 and, where it has been
 * rounded, as 8-bit codes; whichever an operator wants and is not there is made by QUANTIZE or DEQUANTIZE.
 */
import { codeRange } from '../../../models/graph/encoding.js';
import type { Grid, Operation, Program, Tensor } from '../nhwc/program.js';
import { type Reordered, spell } from './builtin.js';
import { codedConstant, constantKey, plainConstant, weightCodes } from './constants.js';
import { eightBits } from './grid.js';
import { type CodedTensor, IntegerOperators } from './integer-operators.js';
import { ModelTables } from './model-tables.js';
import { OPTIONS } from './schema.js';

export class ProgramWriter {
  readonly #program: Program;
  readonly #half: boolean;
  readonly #tables = new ModelTables();
  readonly #floats = new Map<Tensor, number>();
  readonly #codes = new Map<Tensor, CodedTensor>();
  readonly #constants = new Map<string, number>();
  readonly #integer: IntegerOperators | undefined;

  constructor(program: Program, precision: 'float32' | 'float16' | 'int8') {
    this.#program = program;
    this.#half = precision === 'float16';
    if (precision === 'int8')
      this.#integer = new IntegerOperators(program, this.#tables, this.#codes, {
        once: (key, make) => this.#once(key, make),
        operand: (entry) => this.#float(entry),
      });
  }

  write(): Uint8Array {
    const { name, inputs, outputs, operations } = this.#program;
    for (const tensor of inputs) this.#floats.set(tensor, this.#tables.tensor(tensor));
    for (const operation of operations) this.#write(operation);
    return this.#tables.write(name, {
      inputs: inputs.map((tensor) => [tensor.name, this.#floats.get(tensor)!]),
      outputs: outputs.map(({ id, tensor }) => [id, this.#float({ tensor })]),
    });
  }

  #write(operation: Operation): void {
    if (operation.type === 'FakeQuantize')
      this.#round(operation.inputs[0]!, operation.output, operation.attrs);
    else if (!this.#integer?.write(operation)) {
      const { code, inputs, options } = spell(operation);
      // Sizes are the same of codes, and need no floats.
      const coded = operation.type === 'Shape' ? this.#codes.get(operation.inputs[0]!) : undefined;
      const operands = coded ? [coded.index] : inputs.map((input) => this.#float(input));
      const output = this.#tables.tensor(operation.output);
      this.#tables.operator(code, operands, [output], options);
      this.#floats.set(operation.output, output);
    }
  }

  /** Index of the tensor as it flows in float32 (or int32). */
  #float(entry: Reordered): number {
    const { tensor } = entry;
    if (tensor.constant) return this.#constant(entry);
    const ready = this.#floats.get(tensor);
    if (ready !== undefined) return ready;
    const output = this.#tables.tensor(tensor);
    this.#dequantize(this.#codes.get(tensor)!.index, output);
    this.#floats.set(tensor, output);
    return output;
  }

  #constant(entry: Reordered): number {
    return this.#once(constantKey(entry, 'float'), () => {
      const coded = weightCodes(entry);
      const stored = coded ? codedConstant(entry.tensor.name, coded) : plainConstant(entry, this.#half);
      const index = this.#tables.tensor(stored);
      if (stored.type === 'float32' || stored.type === 'int32') return index;
      const output = this.#tables.tensor({ name: entry.tensor.name, shape: stored.shape, type: 'float32' });
      this.#dequantize(index, output);
      return output;
    });
  }

  #dequantize(from: number, to: number): void {
    this.#tables.operator('DEQUANTIZE', [from], [to], { type: OPTIONS.Dequantize, value: {} });
  }

  /** TFLite knows codes of 8 bits; what has fewer is clipped to their range before. */
  #round(x: Tensor, y: Tensor, grid: Grid): void {
    if (this.#codes.has(y)) return;
    const eight = eightBits(grid);
    const exact = grid.bits === 8 ? this.#float({ tensor: x }) : this.#clipped(x, grid);
    const index = this.#tables.tensor({
      name: `${y.name}/codes`,
      shape: y.shape,
      type: 'int8',
      grid: { scales: [eight.scale], zeroPoint: eight.zeroPoint },
    });
    this.#tables.operator('QUANTIZE', [exact], [index], { type: OPTIONS.Quantize, value: {} });
    this.#codes.set(y, { index, grid: eight });
  }

  #clipped(x: Tensor, grid: Grid): number {
    const bounds = codeRange(grid).map((code) => Math.fround((code - grid.zeroPoint) * grid.scale));
    return (['MAXIMUM', 'MINIMUM'] as const).reduce(
      (from, code, i) => {
        const name = `${x.name}/${code}`;
        const bound: Tensor = {
          name: `float32 ${bounds[i]}`,
          shape: [],
          type: 'float32',
          constant: { data: Float32Array.of(bounds[i]!) },
        };
        const output = this.#tables.tensor({ name, shape: x.shape, type: 'float32' });
        const options = { type: OPTIONS.MaximumMinimum, value: {} };
        this.#tables.operator(code, [from, this.#float({ tensor: bound })], [output], options);
        return output;
      },
      this.#float({ tensor: x }),
    );
  }

  #once(key: string, make: () => number): number {
    let index = this.#constants.get(key);
    if (index === undefined) {
      index = make();
      this.#constants.set(key, index);
    }
    return index;
  }
}
