/** A node of the file with typed, checked reading of its attributes. */
import {
  type AttributeProto,
  AttributeType,
  type NodeProto,
  type TensorProto,
} from '../../export/onnx/proto.js';
import { corrupt } from './errors.js';

export class OnnxNode {
  /** Unique enough to be found in the file. */
  readonly name: string;
  readonly op: string;
  /** '' where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(proto: NodeProto, index: number) {
    const domain = proto.domain ?? '';
    const standard = domain === '' || domain === 'ai.onnx';
    this.op = standard ? (proto.opType ?? '') : `${domain}:${proto.opType}`;
    this.inputs = proto.input;
    this.outputs = proto.output;
    this.name = proto.name || this.outputs.find((output) => output !== '') || `${this.op}:${index}`;
    this.#attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  }

  /** Undefined where the input is absent. */
  input(index: number): string | undefined {
    return this.inputs[index] || undefined;
  }

  /** @throws model_corrupt where the input is absent. */
  need(index: number): string {
    const name = this.input(index);
    if (name === undefined)
      throw this.#fault(`at least ${index + 1} inputs`, `${this.inputs.filter((input) => input).length}`);
    return name;
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, fallback: number): number {
    return this.#read(name, AttributeType.int, fallback, ({ i }) => integer(i ?? 0)) as number;
  }

  float(name: string, fallback: number): number {
    return this.#read(name, AttributeType.float, fallback, ({ f }) => shortest(f ?? 0)) as number;
  }

  string(name: string, fallback: string): string {
    const text = ({ s }: AttributeProto) => new TextDecoder().decode(s ?? new Uint8Array());
    return this.#read(name, AttributeType.string, fallback, text) as string;
  }

  ints(name: string): readonly number[] | undefined;
  ints(name: string, fallback: readonly number[]): readonly number[];
  ints(name: string, fallback?: readonly number[]): readonly number[] | undefined {
    const list = ({ ints }: AttributeProto) =>
      ints?.every((i) => integer(i) !== undefined) ? ints : undefined;
    return this.#read(name, AttributeType.ints, fallback, list);
  }

  floats(name: string): readonly number[] | undefined {
    return this.#read(name, AttributeType.floats, undefined, ({ floats }) => floats ?? []);
  }

  strings(name: string): readonly string[] | undefined {
    const list = ({ strings }: AttributeProto) => (strings ?? []).map((s) => new TextDecoder().decode(s));
    return this.#read(name, AttributeType.strings, undefined, list);
  }

  tensor(name: string): TensorProto | undefined {
    return this.#read(name, AttributeType.tensor, undefined, ({ t }) => t);
  }

  #read<T>(
    name: string,
    type: number,
    fallback: T | undefined,
    read: (attribute: AttributeProto) => T | undefined,
  ): T | undefined {
    const attribute = this.#attributes.get(name);
    if (!attribute) return fallback;
    const value = (attribute.type ?? type) === type ? read(attribute) : undefined;
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
      throw this.#fault(`another value of attribute "${name}"`, `type ${attribute.type}`);
    return value;
  }

  #fault(wanted: string, received: string): Error {
    return corrupt(`Node "${this.name}" (${this.op}): Expected ${wanted} but received ${received}.`, {
      node: this.name,
      op: this.op,
    });
  }
}

function integer(value: number): number | undefined {
  // A count beyond 2^53 is one of ONNX's "to the end".
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return undefined;
  return Math.sign(value) * Number.MAX_SAFE_INTEGER;
}

/** The shortest decimal number that float32 stores as this one: 0.1, not 0.10000000149011612. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}
