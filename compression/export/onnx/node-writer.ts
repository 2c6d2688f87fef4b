/** The nodes and constants of an ONNX graph that is being written; every name is given once. */
import { integerTensor } from './integer-constant.js';
import type { AttributeProto, NodeProto, TensorProto } from './proto.js';
import { type AttributeValue, attribute, floatTensor, int64Tensor } from './tensor.js';

export class NodeWriter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #names: Set<string>;
  readonly #constants = new Map<string, string>();
  #scope = '';

  /** @param reserved names that helpers must not take */
  constructor(reserved: Iterable<string>) {
    this.#names = new Set(reserved);
  }

  /** Prefix of the names of what is emitted from now on. */
  enter(scope: string): void {
    this.#scope = scope;
  }

  /** Appends a helper node and returns the name of its output. */
  emit(opType: string, inputs: readonly string[], attrs: Record<string, AttributeValue> = {}): string {
    const name = this.fresh(`${this.#scope}/${opType}`);
    this.push(opType, inputs, attrs, name);
    return name;
  }

  /** As `emit`, for a node of several outputs. */
  emitAll(opType: string, inputs: readonly string[], count: number): string[] {
    const names = Array.from({ length: count }, () => this.fresh(`${this.#scope}/${opType}`));
    this.push(opType, inputs, {}, ...names);
    return names;
  }

  /** A scalar of 8 bits. */
  code(value: number, type: 'int8' | 'uint8'): string {
    return this.constant(`${type} ${value}`, (name) => integerTensor(name, [], type, [value]));
  }

  int64(values: readonly number[]): string {
    return this.constant(`int64 ${values.join(',')}`, (name) => int64Tensor(name, values));
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(`float [${shape}] ${values.join(',')}`, (name) =>
      floatTensor(name, shape, Float32Array.from(values)),
    );
  }

  /** Name of the constant that `make` makes; one a key. */
  protected constant(key: string, make: (name: string) => TensorProto): string {
    return this.once(key, () => {
      const name = this.fresh(`constant_${this.#constants.size}`);
      this.initializers.push(make(name));
      return name;
    });
  }

  /** As `constant`, for what `make` has written by itself. */
  protected once(key: string, make: () => string): string {
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = make();
      this.#constants.set(key, name);
    }
    return name;
  }

  /** Appends a node whose outputs have names already. */
  protected push(
    opType: string,
    inputs: readonly string[],
    attrs: Record<string, AttributeValue>,
    ...output: string[]
  ): void {
    const attributes: AttributeProto[] = Object.keys(attrs)
      .sort()
      .map((name) => attribute(name, attrs[name]!));
    const name = `${this.#scope}/${opType}:${this.nodes.length}`;
    this.nodes.push({ name, opType, input: [...inputs], output, attribute: attributes });
  }

  /** The name, or one like it that is not taken. */
  protected fresh(wanted: string): string {
    let name = wanted;
    for (let n = 1; this.#names.has(name); n++) name = `${wanted}_${n}`;
    this.#names.add(name);
    return name;
  }
}
