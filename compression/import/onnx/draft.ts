/** The nodes that are being made, in order: their names, the sizes of their values, and constants as nodes. */
import { PocketlensError } from '../../../models/base/errors.js';
import { atNode } from '../../../models/graph/infer-shapes.js';
import type { Attributes, Param, Shape, ValueId } from '../../../models/graph/ir.js';
import { operators } from '../../../models/graph/registry.js';
import { identityPerm, type Perm, samePerm } from '../../perm.js';
import { type Constant, numbersOf, type Size, SymbolicSize, transposeConstant } from './constant.js';
import { Unsupported } from './errors.js';
import { Names } from './names.js';
import type { ParamStore } from './param-store.js';
import { sizesOf } from './sizes.js';

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

export class Draft {
  readonly names = new Names();
  readonly #params: ParamStore;
  readonly #nodes = new Map<ValueId, DraftNode>();
  readonly #sizes = new Map<ValueId, readonly Size[]>();
  readonly #symbols = new Map<string, SymbolicSize>();
  readonly #constants = new Map<Constant, Map<string, ValueId>>();

  constructor(params: ParamStore) {
    this.#params = params;
  }

  get nodes(): DraftNode[] {
    return [...this.#nodes.values()];
  }

  node(id: ValueId): DraftNode | undefined {
    return this.#nodes.get(id);
  }

  /** In the graph's order of axes. */
  sizes(id: ValueId): readonly Size[] {
    return this.#sizes.get(id)!;
  }

  /** @param wanted sizes in the graph's order of axes; null or a name in place of what only a run tells */
  input(id: ValueId, wanted: readonly (number | string | null)[]): Shape {
    this.names.reserve(id);
    const sizes = wanted.map((d) =>
      typeof d === 'number' ? d : this.#symbol(d === null ? undefined : `named ${d}`),
    );
    this.#sizes.set(id, sizes);
    return shapeOf(sizes);
  }

  /** Appends a node. @returns its value, which has this name, or a number behind it where that is taken */
  emit(
    name: string,
    op: string,
    inputs: readonly ValueId[],
    attrs: Attributes = {},
    params: DraftParams = {},
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
    const sizes = inputs.map((id) => this.sizes(id));
    const context = { attrs, inputs: sizes.map(shapeOf), params: shapes };
    const [shape] = atNode({ ...node, outputs: [], params: {} }, () =>
      checkSizes(operator.inferShapes(context)),
    );
    const symbol = (key?: string) => this.#symbol(key);
    this.#sizes.set(node.id, sizesOf({ op, attrs, inputs: sizes, params: shapes, shape: shape!, symbol }));
    this.#nodes.set(node.id, node);
    return node.id;
  }

  transposed(id: ValueId, perm: Perm): ValueId {
    if (samePerm(perm, identityPerm(perm.length))) return id;
    return this.emit(`${id}/transposed`, 'Transpose', [id], { perm });
  }

  /** A Constant node of this name; one a constant and form. */
  constant(name: string, constant: Constant, perm: Perm): ValueId {
    const forms = this.#constants.get(constant) ?? new Map<string, ValueId>();
    this.#constants.set(constant, forms);
    const key = perm.join();
    let id = forms.get(key);
    if (id === undefined) {
      const numbers = numbersOf(constant);
      if (!numbers) throw new Unsupported('of sizes known only at run time');
      const { dims } = transposeConstant({ ...constant, data: numbers }, perm);
      const value = this.#params.of(constant, `value ${key}`, (c) => {
        const moved = transposeConstant(c, perm);
        return { ...moved, dims: [moved.data.length] };
      });
      id = this.emit(name, 'Constant', [], { shape: dims }, { value: this.#params.frozen(value) });
      forms.set(key, id);
    }
    return id;
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
