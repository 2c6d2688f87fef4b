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
import type { Attribute, Graph, Node, Param, ParamId, Shape, ValueId } from '../../../models/graph/ir.js';
import type { AttributeProto, NodeProto, TensorProto } from './proto.js';
import { type AttributeValue, attribute, floatTensor, int64Tensor, transposeData } from './tensor.js';

export type Perm = readonly number[];

/** An ONNX tensor that holds a value of the graph; its axis i is the value's axis `perm[i]`. */
export interface StoredValue {
  readonly name: string;
  readonly perm: Perm;
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
  readonly #graph: Graph;
  readonly #shapes: ReadonlyMap<ValueId, Shape>;
  /** Every order in which a value lies ready; the first is the one that its operator gave. */
  readonly #stored = new Map<ValueId, StoredValue[]>();
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, string>();
  #scope = '';

  constructor(graph: Graph, shapes: ReadonlyMap<ValueId, Shape>, opset: number) {
    this.#graph = graph;
    this.#shapes = shapes;
    this.opset = opset;
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

  /** The value as its operator gave it. */
  stored(id: ValueId): StoredValue {
    const all = this.#stored.get(id);
    if (!all) {
      throw new PocketlensError('invalid_graph', `Expected value "${id}" to be produced before it is used.`);
    }
    return all[0]!;
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
    const name = this.read(id, borderPerm(this.rank(id)));
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

  /** Constant with a param's axes permuted (as it is when `perm` is not given); one a param and order. */
  weight(node: Node, role: string, perm?: Perm): string {
    const param = this.param(node, role);
    const permuted = perm !== undefined && !samePerm(perm, identity(param.shape.length));
    return this.derived(node.params[role]!, permuted ? perm.join('') : '', () =>
      permuted ? transposeData(param.data, param.shape, perm) : { data: param.data, shape: param.shape },
    );
  }

  /** Constant computed from a param; `variant` tells several made from one param apart. */
  derived(
    param: ParamId,
    variant: string,
    make: () => { readonly data: Float32Array; readonly shape: readonly number[] },
  ): string {
    const key = `param ${param} ${variant}`;
    let name = this.#constants.get(key);
    if (name === undefined) {
      const { data, shape } = make();
      name = this.#fresh(variant ? `${param}::${variant}` : param);
      this.initializers.push(floatTensor(name, shape, data));
      this.#constants.set(key, name);
    }
    return name;
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
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = this.#fresh(`constant_${this.#constants.size}`);
      this.initializers.push(make(name));
      this.#constants.set(key, name);
    }
    return name;
  }

  #push(
    opType: string,
    inputs: readonly string[],
    attrs: Record<string, AttributeValue>,
    output: string,
  ): void {
    const attributes: AttributeProto[] = Object.keys(attrs)
      .sort()
      .map((name) => attribute(name, attrs[name]!));
    const name = `${this.#scope}/${opType}:${this.nodes.length}`;
    this.nodes.push({ name, opType, input: [...inputs], output: [output], attribute: attributes });
  }

  /** A value in border order bears its own id, in another order that order's digits too. */
  #valueName(id: ValueId, perm: Perm): string {
    if (samePerm(perm, borderPerm(perm.length))) return id;
    return this.#fresh(`${id}::${perm.join('')}`);
  }

  #fresh(wanted: string): string {
    let name = wanted;
    for (let n = 1; this.#names.has(name); n++) name = `${wanted}_${n}`;
    this.#names.add(name);
    return name;
  }
}

/** Typed reading of a node's attributes; the registry has validated them, so a wrong type is a damaged graph. */
export function numberAttr(node: Node, name: string, fallback?: number): number {
  const value = node.attrs[name] ?? fallback;
  if (typeof value !== 'number') throw badAttribute(node, name, 'a number', value);
  return value;
}

export function stringAttr(node: Node, name: string, fallback?: string): string {
  const value = node.attrs[name] ?? fallback;
  if (typeof value !== 'string') throw badAttribute(node, name, 'a string', value);
  return value;
}

export function booleanAttr(node: Node, name: string, fallback: boolean): boolean {
  const value = node.attrs[name] ?? fallback;
  return value === true || value === 1;
}

export function numbersAttr(node: Node, name: string, fallback?: readonly number[]): readonly number[] {
  const value = node.attrs[name] ?? fallback;
  if (!Array.isArray(value) || !value.every((v) => typeof v === 'number')) {
    throw badAttribute(node, name, 'a list of numbers', value);
  }
  return value as readonly number[];
}

function badAttribute(
  node: Node,
  name: string,
  wanted: string,
  value: Attribute | undefined,
): PocketlensError {
  return new PocketlensError(
    'invalid_graph',
    `Expected ${wanted} for attribute "${name}" of ${node.op} "${node.id}" but received ${JSON.stringify(value)}.`,
  );
}

/** A possibly negative axis of a value of this rank, as a non-negative one. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
