/**
 * The state of one import: which value of the graph holds which tensor of the file, and in which order of axes.
 *
 * Layout, the exporter's idea turned round. The file's images are NCHW, the graph's NHWC. Each tensor of the file
 * remembers in which order the graph stores it ("perm": the graph's axis i is the file's axis perm[i]); operators that
 * do not care keep whatever order their input has and remap their axes; only one that needs a certain order reads its
 * input through `read`, which inserts a Transpose there and then, once a value and order. So the file's own Transpose
 * nodes cost nothing until somebody needs the order, and pairs that cancel are never made.
 */
import { PocketlensError } from '../../../models/base/errors.js';
import { atNode } from '../../../models/graph/infer-shapes.js';
import type { Attributes, Param, Shape, ValueId } from '../../../models/graph/ir.js';
import { operators } from '../../../models/graph/registry.js';
import type { TensorProto } from '../../export/onnx/proto.js';
import {
  type Constant,
  numbersOf,
  reshapeConstant,
  type Size,
  SymbolicSize,
  transposeConstant,
} from './constant.js';
import { Unavailable, Unsupported } from './errors.js';
import { Names, nodeName } from './names.js';
import type { OnnxNode } from './onnx-node.js';
import type { ParamStore } from './param-store.js';
import { identityPerm, type Perm, samePerm } from './perm.js';
import { sizesOf } from './sizes.js';
import { readTensor } from './tensor.js';

/** A value of the graph that holds a tensor of the file; its axis i is the tensor's axis `perm[i]`. */
export interface StoredValue {
  readonly id: ValueId;
  readonly perm: Perm;
}

/** Params of a node that is being made; two that are the same object become one param of the graph. */
export type DraftParams = Readonly<Record<string, Param>>;

/** A node that is being made. It has one output, of its own name. */
export interface DraftNode {
  readonly id: ValueId;
  readonly op: string;
  readonly inputs: readonly ValueId[];
  readonly attrs: Attributes;
  readonly params: DraftParams;
}

/** What a tensor of the file is, where it is no plain value: steps of integer arithmetic that the graph has in one. */
export interface Special {
  readonly kind: string;
}

type Held =
  | { readonly kind: 'value'; readonly stored: StoredValue[] }
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'special'; readonly special: Special }
  | { readonly kind: 'unavailable' };

export interface FileContext {
  readonly opset: number;
  /** Tensor → the nodes that use it. */
  readonly consumers: ReadonlyMap<string, readonly OnnxNode[]>;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** Tensors that the file gives as its results. */
  readonly outputs: ReadonlySet<string>;
}

export class Raising {
  readonly names = new Names();
  readonly params: ParamStore;
  readonly opset: number;
  /** What is to be said of the import. */
  readonly notes = new Set<string>();
  readonly #nodes = new Map<ValueId, DraftNode>();
  readonly #sizes = new Map<ValueId, readonly Size[]>();
  readonly #held = new Map<string, Held>();
  readonly #symbols = new Map<string, SymbolicSize>();
  readonly #constants = new Map<Constant, Map<string, ValueId>>();
  readonly #narrowed = new Map<Constant, Map<string, Constant>>();
  /** How many tensors of the file each value stands for. */
  readonly #bindings = new Map<ValueId, number>();
  readonly #file: FileContext;
  #node: OnnxNode | undefined;
  #base = '';

  constructor(file: FileContext, params: ParamStore) {
    this.opset = file.opset;
    this.#file = file;
    this.params = params;
  }

  /** What is made from now on belongs to this node of the file. */
  enter(node: OnnxNode): void {
    this.#node = node;
    this.#base = this.nameOf(node.outputs.find((name) => name !== '') ?? '');
  }

  /** The name of the node that is being read, in the graph. */
  get base(): string {
    return this.#base;
  }

  /** A readable name for a tensor that the present node gives. */
  nameOf(tensor: string): string {
    if (this.#file.outputs.has(tensor)) return tensor;
    const { name = '', op = 'value', inputs = [] } = this.#node ?? {};
    return nodeName(tensor, name, op, inputs[1]);
  }

  /** As `nameOf`, for codes: after the DequantizeLinear that takes them. */
  nameAfter(codes: string): string {
    const users = (this.#file.consumers.get(codes) ?? []).filter(({ op }) => op === 'DequantizeLinear');
    return users.length === 1 ? this.nameOf(users[0]!.outputs[0]!) : this.nameOf(codes);
  }

  get nodes(): DraftNode[] {
    return [...this.#nodes.values()];
  }

  node(id: ValueId): DraftNode | undefined {
    return this.#nodes.get(id);
  }

  /** @param wanted sizes; null or a name in place of what only a run tells. */
  input(tensor: string, id: ValueId, wanted: readonly (number | string | null)[], perm: Perm): Shape {
    const sizes = wanted.map((d) =>
      typeof d === 'number' ? d : this.#symbol(d === null ? undefined : `named ${d}`),
    );
    this.names.reserve(id);
    this.#sizes.set(
      id,
      perm.map((axis) => sizes[axis]!),
    );
    this.bind(tensor, { id, perm });
    return shapeOf(this.#sizes.get(id)!);
  }

  bind(tensor: string, stored: StoredValue): void {
    this.#bindings.set(stored.id, (this.#bindings.get(stored.id) ?? 0) + 1);
    this.#held.set(tensor, { kind: 'value', stored: [stored] });
  }

  bindConstant(tensor: string, constant: Constant): void {
    this.#held.set(tensor, { kind: 'constant', constant });
  }

  bindSpecial<S extends Special>(tensor: string, special: S): void {
    this.#held.set(tensor, { kind: 'special', special });
  }

  bindUnavailable(tensor: string): void {
    this.#held.set(tensor, { kind: 'unavailable' });
  }

  /** Says that `output` is what `tensor` is. */
  alias(tensor: string, output: string): void {
    const held = this.#get(tensor);
    if (held.kind === 'value') this.bind(output, held.stored[0]!);
    else this.#held.set(output, held);
  }

  isBound(tensor: string): boolean {
    return this.#held.has(tensor);
  }

  /** Whether the value stands for one tensor of the file only. */
  isBoundOnce(id: ValueId): boolean {
    return this.#bindings.get(id) === 1;
  }

  /** The constant in another shape; the same object for the same shape, so that tied weights stay tied. */
  narrowed(constant: Constant, dims: readonly number[]): Constant {
    if (constant.dims.length === dims.length && constant.dims.every((d, axis) => d === dims[axis]))
      return constant;
    const forms = this.#narrowed.get(constant) ?? new Map<string, Constant>();
    this.#narrowed.set(constant, forms);
    const form = forms.get(dims.join()) ?? reshapeConstant(constant, dims);
    forms.set(dims.join(), form);
    return form;
  }

  /** Whether nothing but its next use needs the tensor, so that both may become one node. */
  isUsedOnce(tensor: string): boolean {
    return this.#file.consumers.get(tensor)?.length === 1 && !this.#file.outputs.has(tensor);
  }

  constant(tensor: string | undefined): Constant | undefined {
    const held = tensor === undefined ? undefined : this.#get(tensor);
    return held?.kind === 'constant' ? held.constant : undefined;
  }

  /** Says that the file needs an output which the graph can't give. */
  refuse(tensor: string, variant: string): void {
    if (this.#file.consumers.has(tensor) || this.#file.outputs.has(tensor)) throw new Unsupported(variant);
  }

  special(tensor: string): Special | undefined {
    const held = this.#get(tensor);
    return held.kind === 'special' ? held.special : undefined;
  }

  /** In the file's order of axes. */
  sizes(tensor: string): readonly Size[] {
    const held = this.#get(tensor);
    if (held.kind === 'constant') return held.constant.dims;
    const { id, perm } = this.stored(tensor);
    const sizes = this.#sizes.get(id)!;
    return perm.map((_, axis) => sizes[perm.indexOf(axis)]!);
  }

  rank(tensor: string): number {
    return this.sizes(tensor).length;
  }

  sizesOfValue(id: ValueId): readonly Size[] {
    return this.#sizes.get(id)!;
  }

  /** The tensor as it was made; a constant becomes a node. */
  stored(tensor: string): StoredValue {
    const held = this.#get(tensor);
    if (held.kind === 'special' || held.kind === 'unavailable') throw new Unsupported('of integer codes');
    if (held.kind === 'value') return held.stored[0]!;
    const perm = identityPerm(held.constant.dims.length);
    return { id: this.constantValue(held.constant, perm), perm };
  }

  /** The tensor in the given order; transposes where it does not lie ready in it. */
  read(tensor: string, perm?: Perm): ValueId {
    const held = this.#get(tensor);
    const order = perm ?? identityPerm(this.rank(tensor));
    if (held.kind === 'constant') return this.constantValue(held.constant, order);
    const origin = this.stored(tensor);
    const all = (held as Extract<Held, { kind: 'value' }>).stored;
    const ready = all.find((stored) => samePerm(stored.perm, order));
    if (ready) return ready.id;
    const id = this.transposed(
      origin.id,
      order.map((axis) => origin.perm.indexOf(axis)),
    );
    all.push({ id, perm: order });
    return id;
  }

  /** A value in the given order; transposes where it is stored in another. */
  inOrder({ id, perm }: StoredValue, order: Perm): ValueId {
    return this.transposed(
      id,
      order.map((axis) => perm.indexOf(axis)),
    );
  }

  transposed(id: ValueId, perm: Perm): ValueId {
    if (samePerm(perm, identityPerm(perm.length))) return id;
    return this.emit('Transpose', [id], { perm }, {}, `${id}/transposed`);
  }

  /** A Constant node; one a constant and form. */
  constantValue(constant: Constant, perm: Perm = identityPerm(constant.dims.length)): ValueId {
    const forms = this.#constants.get(constant) ?? new Map<string, ValueId>();
    this.#constants.set(constant, forms);
    const key = perm.join();
    let id = forms.get(key);
    if (id === undefined) {
      const numbers = numbersOf(constant);
      if (!numbers) throw new Unsupported('of sizes known only at run time');
      const { dims } = transposeConstant({ ...constant, data: numbers }, perm);
      const value = this.params.of(constant, `value ${key}`, (c) => {
        const moved = transposeConstant(c, perm);
        return { ...moved, dims: [moved.data.length] };
      });
      id = this.emit(
        'Constant',
        [],
        { shape: dims },
        { value: this.params.frozen(value) },
        `${this.#base}/constant`,
      );
      forms.set(key, id);
    }
    return id;
  }

  /** Appends a helper node. @returns its value */
  emit(
    op: string,
    inputs: readonly ValueId[],
    attrs: Attributes = {},
    params: DraftParams = {},
    name = `${this.#base}/${op.toLowerCase()}`,
  ): ValueId {
    const operator = operators.get(op);
    if (!operator) throw new Error(`Expected an operator of the registry but received ${op}.`);
    const parsed = operator.attributes.safeParse(attrs);
    if (!parsed.success)
      throw new Unsupported(
        `with ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(', ')}`,
      );
    const node = { id: this.names.fresh(name), op, inputs, attrs, params };
    const shapes = Object.fromEntries(Object.entries(params).map(([role, param]) => [role, param.shape]));
    const sizes = inputs.map((id) => this.#sizes.get(id)!);
    const context = { attrs, inputs: sizes.map(shapeOf), params: shapes };
    const [shape] = atNode({ ...node, outputs: [], params: {} }, () =>
      checkSizes(operator.inferShapes(context)),
    );
    const symbol = (key?: string) => this.#symbol(key);
    this.#sizes.set(node.id, sizesOf({ op, attrs, inputs: sizes, params: shapes, shape: shape!, symbol }));
    this.#nodes.set(node.id, node);
    return node.id;
  }

  /** Appends the node that gives a tensor of the file, in the order `perm`. */
  result(
    tensor: string,
    op: string,
    inputs: readonly ValueId[],
    attrs: Attributes,
    perm: Perm,
    params: DraftParams = {},
  ): void {
    this.bind(tensor, { id: this.emit(op, inputs, attrs, params, this.#base), perm });
  }

  /** Takes back a node whose value nobody else uses, to put another in its place. */
  withdraw(id: ValueId): DraftNode {
    const node = this.#nodes.get(id)!;
    this.#nodes.delete(id);
    this.names.release(id);
    return node;
  }

  #symbol(key?: string): SymbolicSize {
    const name = key ?? `#${this.#symbols.size}`;
    const symbol = this.#symbols.get(name) ?? new SymbolicSize(`s${this.#symbols.size}`);
    this.#symbols.set(name, symbol);
    return symbol;
  }

  #get(tensor: string): Held {
    const initializer = this.#held.has(tensor) ? undefined : this.#file.initializers.get(tensor);
    if (initializer) this.bindConstant(tensor, readTensor(initializer, tensor));
    const held = this.#held.get(tensor);
    if (!held)
      throw new PocketlensError(
        'model_corrupt',
        `Expected a tensor "${tensor}" in the file but nothing gives it.`,
        {
          remedy: 'Export the model again.',
        },
      );
    if (held.kind === 'unavailable') throw new Unavailable();
    return held;
  }
}

function shapeOf(sizes: readonly Size[]): Shape {
  return sizes.map((size) => (typeof size === 'number' ? size : null));
}

/** Sizes in a damaged file can be anything. */
function checkSizes(shapes: Shape[]): Shape[] {
  for (const shape of shapes)
    for (const d of shape)
      if (d !== null && (!Number.isSafeInteger(d) || d < 1))
        throw new PocketlensError('invalid_graph', `Expected sizes of 1 or more but received ${d}.`);
  return shapes;
}
