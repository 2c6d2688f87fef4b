/** Collects the tables of one file: tensors, their buffers, operators, operator codes. Equal constants share a buffer. */
import type { Shape } from '../../../models/graph/ir.js';
import { type TableValue, writeFile } from '../flatbuffers/table-writer.js';
import type { Spelling } from './builtin.js';
import {
  BUILTIN,
  type BuiltinName,
  FILE_IDENTIFIER,
  MODEL,
  SCHEMA_VERSION,
  TensorType,
  type TensorTypeName,
} from './schema.js';

/** value = (code − zeroPoint) · scale, one scale or one for each position of an axis. */
export interface TensorGrid {
  readonly scales: ArrayLike<number>;
  readonly zeroPoint: number;
  readonly axis?: number;
}

export interface TensorEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly type: TensorTypeName;
  /** Little-endian, row-major. */
  readonly bytes?: Uint8Array;
  readonly grid?: TensorGrid;
}

/** The greatest number that the older of the two fields for operator codes can hold. */
const DEPRECATED_MOST = 127;

export class ModelTables {
  readonly #tensors: TableValue[] = [];
  readonly #types: TensorTypeName[] = [];
  readonly #operators: TableValue[] = [];
  readonly #codes: TableValue[] = [];
  readonly #codeIndex = new Map<string, number>();
  /** Buffer 0 is the empty one, of tensors that are computed. */
  readonly #buffers: TableValue[] = [{}];
  readonly #bufferIndex = new Map<string, number>();
  readonly #names = new Map<string, number>();

  /** @returns the tensor's index */
  tensor({ name, shape, type, bytes, grid }: TensorEntry): number {
    this.#types.push(type);
    this.#tensors.push({
      name: this.#fresh(name),
      type: TensorType[type],
      shape: shape.map((d) => d ?? 1),
      ...(shape.includes(null) && { shapeSignature: shape.map((d) => d ?? -1) }),
      hasRank: true,
      buffer: bytes ? this.#buffer(bytes) : 0,
      ...(grid && {
        quantization: {
          scale: grid.scales,
          zeroPoint: Array.from(grid.scales, () => grid.zeroPoint),
          ...(grid.axis !== undefined && { quantizedDimension: grid.axis }),
        },
      }),
    });
    return this.#tensors.length - 1;
  }

  /** An operator on 8-bit integers is one that takes or gives them. */
  operator(
    code: BuiltinName,
    inputs: readonly number[],
    outputs: readonly number[],
    options?: Spelling['options'],
  ): void {
    const isInteger = [...inputs, ...outputs].some((index) => this.#types[index] === 'int8');
    this.#operators.push({
      opcodeIndex: this.#code(code, isInteger),
      inputs,
      outputs,
      ...(options && {
        optionsType: options.type.number,
        options: { type: options.type.fields, value: options.value },
      }),
    });
  }

  /** @param signature names of the inputs and outputs and their tensors */
  write(
    name: string,
    signature: {
      readonly inputs: readonly (readonly [string, number])[];
      readonly outputs: readonly (readonly [string, number])[];
    },
  ): Uint8Array {
    const maps = (entries: readonly (readonly [string, number])[]) =>
      entries.map(([name, tensorIndex]) => ({ name, tensorIndex }));
    const indices = (entries: readonly (readonly [string, number])[]) => entries.map(([, index]) => index);
    return writeFile(
      MODEL,
      {
        version: SCHEMA_VERSION,
        operatorCodes: this.#codes,
        subgraphs: [
          {
            tensors: this.#tensors,
            inputs: indices(signature.inputs),
            outputs: indices(signature.outputs),
            operators: this.#operators,
            name,
          },
        ],
        description: 'pocketlens',
        buffers: this.#buffers,
        signatureDefs: [
          {
            inputs: maps(signature.inputs),
            outputs: maps(signature.outputs),
            signatureKey: 'serving_default',
            subgraphIndex: 0,
          },
        ],
      },
      FILE_IDENTIFIER,
    );
  }

  #code(name: BuiltinName, isInteger: boolean): number {
    const [builtinCode, float, integer = float] = BUILTIN[name] as readonly [number, number, number?];
    const version = isInteger ? integer : float;
    const key = `${builtinCode} ${version}`;
    let index = this.#codeIndex.get(key);
    if (index === undefined) {
      const deprecatedBuiltinCode = Math.min(builtinCode, DEPRECATED_MOST);
      index = this.#codes.push({ deprecatedBuiltinCode, version, builtinCode }) - 1;
      this.#codeIndex.set(key, index);
    }
    return index;
  }

  #buffer(bytes: Uint8Array): number {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    let index = this.#bufferIndex.get(key);
    if (index === undefined) {
      index = this.#buffers.push({ data: bytes }) - 1;
      this.#bufferIndex.set(key, index);
    }
    return index;
  }

  #fresh(wanted: string): string {
    const count = this.#names.get(wanted) ?? 0;
    this.#names.set(wanted, count + 1);
    return count === 0 ? wanted : `${wanted};${count}`;
  }
}
