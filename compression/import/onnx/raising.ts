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
import type { Attributes, Shape, ValueId } from '../../../models/graph/ir.js';
import type { TensorProto } from '../../export/onnx/proto.js';
import { identityPerm, type Perm, samePerm } from '../../perm.js';
import { type Constant, reshapeConstant, type Size } from './constant.js';
import { Draft, type DraftParams } from './draft.js';
import { Unavailable, Unsupported } from './errors.js';
import { nodeName } from './names.js';
import type { OnnxNode } from './onnx-node.js';
import type { ParamStore } from './param-store.js';
import { readTensor } from './tensor.js';

/** A value of the graph that holds a tensor of the file; its axis i is the tensor's axis `perm[i]`. */
export interface StoredValue {
  readonly id: ValueId;
  readonly perm: Perm;
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
  readonly draft: Draft;
  readonly params: ParamStore;
  readonly opset: number;
  /** What is to be said of the import. */
  readonly notes = new Set<string>();
  readonly #held = new Map<string, Held>();
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
    this.draft = new Draft(params);
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
    const users = this.usersOf(codes).filter(({ op }) => op === 'DequantizeLinear');
    return users.length === 1 ? this.nameOf(users[0]!.outputs[0]!) : this.nameOf(codes);
  }

  /** @param wanted sizes; null or a name in place of what only a run tells. */
  input(tensor: string, id: ValueId, wanted: readonly (number | string | null)[], perm: Perm): Shape {
    const shape = this.draft.input(
      id,
      perm.map((axis) => wanted[axis]!),
    );
    this.bind(tensor, { id, perm });
    return shape;
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

  usersOf(tensor: string): readonly OnnxNode[] {
    return this.#file.consumers.get(tensor) ?? [];
  }

  isOutput(tensor: string): boolean {
    return this.#file.outputs.has(tensor);
  }

  /** Whether nothing but its next use needs the tensor, so that both may become one node. */
  isUsedOnce(tensor: string): boolean {
    return this.usersOf(tensor).length === 1 && !this.isOutput(tensor);
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
    const sizes = this.draft.sizes(id);
    return perm.map((_, axis) => sizes[perm.indexOf(axis)]!);
  }

  rank(tensor: string): number {
    return this.sizes(tensor).length;
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
    const id = this.draft.transposed(
      origin.id,
      order.map((axis) => origin.perm.indexOf(axis)),
    );
    all.push({ id, perm: order });
    return id;
  }

  /** A value in the given order; transposes where it is stored in another. */
  inOrder({ id, perm }: StoredValue, order: Perm): ValueId {
    return this.draft.transposed(
      id,
      order.map((axis) => perm.indexOf(axis)),
    );
  }

  /** A Constant node; one a constant and form. */
  constantValue(constant: Constant, perm: Perm = identityPerm(constant.dims.length)): ValueId {
    return this.draft.constant(`${this.#base}/constant`, constant, perm);
  }

  /** Appends a helper node. @returns its value */
  emit(
    op: string,
    inputs: readonly ValueId[],
    attrs: Attributes = {},
    params: DraftParams = {},
    name = `${this.#base}/${op.toLowerCase()}`,
  ): ValueId {
    return this.draft.emit(name, op, inputs, attrs, params);
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
