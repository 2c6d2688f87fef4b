/**
 * The state of one export: which ONNX tensor holds which value of the graph, and in which order of axes.
 *
 * Layout. The graph is NHWC, ONNX's spatial operators are NCHW. Each value remembers its stored order ("perm": storage
 * axis i holds the graph's axis perm[i]); operators that do not care about order keep whatever order their input has and
 * remap their axis attributes; only an operator that needs a certain order reads its input through `read`, which inserts
 * a Transpose there and then, once a value and order. So the graph's own Transpose nodes cost nothing until somebody
 * needs the order, and pairs that cancel are never written.
 */
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph, Node, Param, ParamId, Shape, ValueId } from '../../../models/graph/ir.js';
import { transposeData } from '../transpose-data.js';
import { type IntegerConstant, integerConstant, integerTensor } from './integer-constant.js';
import { type AttributeProto, DataType, type NodeProto, type TensorProto } from './proto.js';
import { type AttributeValue, attribute, floatTensor, halfTensor, int64Tensor } from './tensor.js';

export type Perm = readonly number[];

/** An ONNX tensor that holds a value of the graph; its axis i is the value's axis `perm[i]`. */
export interface StoredValue {
  readonly name: string;
  readonly perm: Perm;
}

/** The tensors of a value that is rounded at run time: its codes (8 bits, unsigned), their scale and zero point. */
export interface RuntimeCodes {
  readonly codes: StoredValue;
  readonly scale: string;
  readonly zeroPoint: string;
}

export const CHANNELS_FIRST: Perm = [0, 3, 1, 2];

export function identity(rank: number): Perm {
  return Array.from({ length: rank }, (_, i) => i);
}

export function samePerm(a: Perm, b: Perm): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** The order in which a value of this rank crosses the borders of the file: images NCHW, all else as the graph has it. */
export function borderPerm(rank: number): Perm {
  return rank === 4 ? CHANNELS_FIRST : identity(rank);
}

export class Lowering {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly opset: number;
  readonly #half: ReadonlySet<ParamId>;
  readonly #channelsLast: ReadonlySet<ValueId>;
  readonly #graph: Graph;
  readonly #shapes: ReadonlyMap<ValueId, Shape>;
  /** Every order in which a value lies ready; the first is the one that its operator gave. */
  readonly #stored = new Map<ValueId, StoredValue[]>();
  /** Values of which there are codes, found at run time. */
  readonly codes = new Map<ValueId, RuntimeCodes>();
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, string>();
  #scope = '';

  /** @param settings `half`: params to store as float16; `channelsLast`: images that cross the file's borders as NHWC */
  constructor(
    graph: Graph,
    shapes: ReadonlyMap<ValueId, Shape>,
    settings: {
      readonly opset: number;
      readonly half: ReadonlySet<ParamId>;
      readonly channelsLast: ReadonlySet<ValueId>;
    },
  ) {
    this.#graph = graph;
    this.#shapes = shapes;
    this.opset = settings.opset;
    this.#half = settings.half;
    this.#channelsLast = settings.channelsLast;
    // Names that belong to the graph's own values must not be taken by helpers.
    for (const input of graph.inputs) this.#names.add(input.id);
    for (const node of graph.nodes) for (const output of node.outputs) this.#names.add(output);
  }

  /** Prefix of the names of what is emitted from now on. */
  enter(scope: string): void {
    this.#scope = scope;
  }

  shape(id: ValueId): Shape {
    const shape = this.#shapes.get(id);
    if (!shape)
      throw new PocketlensError('invalid_graph', `Expected a value "${id}" in the graph but found none.`);
    return shape;
  }

  rank(id: ValueId): number {
    return this.shape(id).length;
  }

  /** The order in which the value bears its own name, and crosses the file's borders. */
  border(id: ValueId): Perm {
    return this.#channelsLast.has(id) ? identity(this.rank(id)) : borderPerm(this.rank(id));
  }

  /** The value as its operator gave it. */
  stored(id: ValueId): StoredValue {
    const all = this.#stored.get(id);
    if (!all) {
      throw new PocketlensError('invalid_graph', `Expected value "${id}" to be produced before it is used.`);
    }
    return all[0]!;
  }

  /** Nodes that use the value, and whether it is an output of the graph. */
  usesOf(id: ValueId): { readonly nodes: readonly Node[]; readonly isOutput: boolean } {
    const nodes = this.#graph.nodes.filter(({ inputs }) => inputs.includes(id));
    return { nodes, isOutput: this.#graph.outputs.includes(id) };
  }

  /** Whether the value comes out of a rounding with a constant scale. */
  isRounded(id: ValueId): boolean {
    const producer = this.#graph.nodes.find(({ outputs }) => outputs.includes(id));
    return producer?.op === 'QuantizeDequantize';
  }

  /** Says that `name` holds `id`: for graph inputs and for operators that only change the order or the name. */
  bind(id: ValueId, stored: StoredValue): void {
    this.#stored.set(id, [stored]);
  }

  /** Name of the value in the given order; transposes when it does not lie ready in it. */
  read(id: ValueId, perm: Perm = identity(this.rank(id))): string {
    const origin = this.stored(id);
    const all = this.#stored.get(id)!;
    const ready = all.find((candidate) => samePerm(candidate.perm, perm));
    if (ready) return ready.name;
    const name = this.#valueName(id, perm);
    this.#push('Transpose', [origin.name], { perm: perm.map((axis) => origin.perm.indexOf(axis)) }, name);
    all.push({ name, perm });
    return name;
  }

  /** Appends a helper node and returns the name of its output. */
  emit(opType: string, inputs: readonly string[], attrs: Record<string, AttributeValue> = {}): string {
    const name = this.#fresh(`${this.#scope}/${opType}`);
    this.#push(opType, inputs, attrs, name);
    return name;
  }

  /** As `emit`, for a node of several outputs. */
  emitAll(opType: string, inputs: readonly string[], count: number): string[] {
    const names = Array.from({ length: count }, () => this.#fresh(`${this.#scope}/${opType}`));
    this.#push(opType, inputs, {}, ...names);
    return names;
  }

  /** Appends the node that gives a value of the graph, in the order `perm`. */
  result(
    id: ValueId,
    opType: string,
    inputs: readonly string[],
    attrs: Record<string, AttributeValue>,
    perm: Perm,
  ): void {
    const name = this.#valueName(id, perm);
    this.#push(opType, inputs, attrs, name);
    this.bind(id, { name, perm });
  }

  /** Names the value `id` for the file's outputs: its own id, in border order. */
  output(id: ValueId): void {
    this.enter(id);
    const name = this.read(id, this.border(id));
    if (name !== id) this.#push('Identity', [name], {}, id);
  }

  param(node: Node, role: string): Param {
    const param = this.optionalParam(node, role);
    if (!param) {
      throw new PocketlensError(
        'invalid_graph',
        `Expected param "${role}" for ${node.op} "${node.id}" but found none.`,
      );
    }
    return param;
  }

  optionalParam(node: Node, role: string): Param | undefined {
    const id = node.params[role];
    return id === undefined ? undefined : this.#graph.params.get(id);
  }

  /**
   * Constant with a param's axes permuted (as it is when `perm` is not given) and axes of 1 appended to make `shape`; one
   * a param and order. An encoded param is written as codes with a DequantizeLinear behind, where ONNX can say it so.
   */
  weight(node: Node, role: string, perm?: Perm, shape?: readonly number[]): string {
    const param = this.param(node, role);
    const permuted = perm !== undefined && !samePerm(perm, identity(param.shape.length)) ? perm : undefined;
    const integers = integerConstant(param, permuted, shape);
    if (!integers) return this.floatWeight(node, role, perm, shape);
    const key = `decoded ${node.params[role]} ${permuted ?? ''} ${shape ?? ''}`;
    return this.#once(key, () =>
      this.#decoded(node.params[role]!, permuted ? permuted.join('') : '', integers),
    );
  }

  /** As `weight`, but always float32. */
  floatWeight(node: Node, role: string, perm?: Perm, shape?: readonly number[]): string {
    const param = this.param(node, role);
    const permuted = perm !== undefined && !samePerm(perm, identity(param.shape.length));
    const variant = `${permuted ? perm.join('') : ''}${shape ? `::${shape.length}d` : ''}`;
    return this.derived(node.params[role]!, variant, () => {
      const ordered = permuted ? transposeData(param.data, param.shape, perm) : param;
      return { data: ordered.data, shape: shape ?? ordered.shape };
    });
  }

  /** An encoded param's codes alone. */
  integers(param: ParamId, { type, codes, shape }: IntegerConstant): string {
    return this.#constant(`codes ${param} ${shape}`, (name) => integerTensor(name, shape, type, codes));
  }

  /** The codes of a value that is rounded at run time, in the given order. */
  codesIn(id: ValueId, perm: Perm): string {
    const { name, perm: own } = this.codes.get(id)!.codes;
    if (samePerm(own, perm)) return name;
    return this.emit('Transpose', [name], { perm: perm.map((axis) => own.indexOf(axis)) });
  }

  #decoded(
    param: ParamId,
    variant: string,
    { type, codes, shape, scales, zeroPoints, axis }: IntegerConstant,
  ): string {
    const base = variant ? `${param}::${variant}` : param;
    const scaleShape = axis === undefined ? [] : [scales.length];
    const add = (tensor: TensorProto) => {
      this.initializers.push(tensor);
      return tensor.name!;
    };
    const inputs = [
      add(integerTensor(this.#fresh(`${base}::codes`), shape, type, codes)),
      add(floatTensor(this.#fresh(`${base}::scales`), scaleShape, scales)),
    ];
    // 32-bit codes have none.
    if (type !== 'int32')
      inputs.push(add(integerTensor(this.#fresh(`${base}::zero-points`), scaleShape, type, zeroPoints)));
    const name = this.#fresh(base);
    this.#push('DequantizeLinear', inputs, axis === undefined ? {} : { axis }, name);
    return name;
  }

  /** Constant computed from a param's values; `variant` tells several made from one param apart. */
  derived(
    param: ParamId,
    variant: string,
    make: (values: Float32Array) => { readonly data: Float32Array; readonly shape: readonly number[] },
  ): string {
    return this.#once(`param ${param} ${variant}`, () => {
      const { data, shape } = make(this.#graph.params.get(param)!.data);
      const name = this.#fresh(variant ? `${param}::${variant}` : param);
      if (this.#half.has(param)) {
        const stored = this.#fresh(`${name}::half`);
        this.initializers.push(halfTensor(stored, shape, data));
        this.#push('Cast', [stored], { to: DataType.float32 }, name);
      } else this.initializers.push(floatTensor(name, shape, data));
      return name;
    });
  }

  /** A scalar of 8 bits. */
  code(value: number, type: 'int8' | 'uint8'): string {
    return this.#constant(`${type} ${value}`, (name) => integerTensor(name, [], type, [value]));
  }

  int64(values: readonly number[]): string {
    return this.#constant(`int64 ${values.join(',')}`, (name) => int64Tensor(name, values));
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant(`float [${shape}] ${values.join(',')}`, (name) =>
      floatTensor(name, shape, Float32Array.from(values)),
    );
  }

  #constant(key: string, make: (name: string) => TensorProto): string {
    return this.#once(key, () => {
      const name = this.#fresh(`constant_${this.#constants.size}`);
      this.initializers.push(make(name));
      return name;
    });
  }

  #once(key: string, make: () => string): string {
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = make();
      this.#constants.set(key, name);
    }
    return name;
  }

  #push(
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

  /** A value in border order bears its own id, in another order that order's digits too. */
  #valueName(id: ValueId, perm: Perm): string {
    if (samePerm(perm, this.border(id))) return id;
    return this.#fresh(`${id}::${perm.join('')}`);
  }

  #fresh(wanted: string): string {
    let name = wanted;
    for (let n = 1; this.#names.has(name); n++) name = `${wanted}_${n}`;
    this.#names.add(name);
    return name;
  }
}
