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
import type { Graph, Node, ParamId, Shape, ValueId } from '../../../models/graph/ir.js';
import { identityPerm, type Perm, samePerm } from '../../perm.js';
import { borderPerm } from './border-perm.js';
import { ParamWriter } from './param-writer.js';
import type { AttributeValue } from './tensor.js';

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

export class Lowering extends ParamWriter {
  readonly opset: number;
  readonly #channelsLast: ReadonlySet<ValueId>;
  readonly #shapes: ReadonlyMap<ValueId, Shape>;
  /** Every order in which a value lies ready; the first is the one that its operator gave. */
  readonly #stored = new Map<ValueId, StoredValue[]>();
  /** Values of which there are codes, found at run time. */
  readonly codes = new Map<ValueId, RuntimeCodes>();

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
    super(graph, settings.half);
    this.#shapes = shapes;
    this.opset = settings.opset;
    this.#channelsLast = settings.channelsLast;
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
    return this.#channelsLast.has(id) ? identityPerm(this.rank(id)) : borderPerm(this.rank(id));
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
    const nodes = this.graph.nodes.filter(({ inputs }) => inputs.includes(id));
    return { nodes, isOutput: this.graph.outputs.includes(id) };
  }

  /** The rounding with a constant scale that the value comes out of, if it does. */
  roundingOf(id: ValueId): Node | undefined {
    return this.graph.nodes.find(({ op, outputs }) => op === 'QuantizeDequantize' && outputs.includes(id));
  }

  /** Says that `name` holds `id`: for graph inputs and for operators that only change the order or the name. */
  bind(id: ValueId, stored: StoredValue): void {
    this.#stored.set(id, [stored]);
  }

  /** Name of the value in the given order; transposes when it does not lie ready in it. */
  read(id: ValueId, perm: Perm = identityPerm(this.rank(id))): string {
    const origin = this.stored(id);
    const all = this.#stored.get(id)!;
    const ready = all.find((candidate) => samePerm(candidate.perm, perm));
    if (ready) return ready.name;
    const name = this.#valueName(id, perm);
    const sizes = this.#sizesWhereOnlyOnesMove(id, origin.perm, perm);
    if (sizes) this.push('Reshape', [origin.name, this.int64(sizes)], {}, name);
    else this.push('Transpose', [origin.name], { perm: perm.map((axis) => origin.perm.indexOf(axis)) }, name);
    all.push({ name, perm });
    return name;
  }

  /**
   * The sizes in the new order (0: as they are) where all elements stay in their places: runtimes move a Transpose of a
   * single channel behind what follows, which then works with channels last, one at a time.
   */
  #sizesWhereOnlyOnesMove(id: ValueId, from: Perm, to: Perm): number[] | undefined {
    const shape = this.shape(id);
    const wide = (perm: Perm) => perm.filter((axis) => shape[axis] !== 1);
    if (!samePerm(wide(from), wide(to))) return undefined;
    const sizes = to.map((axis, i) => shape[axis] ?? (from[i] === axis ? 0 : undefined));
    return sizes.every((size) => size !== undefined) ? sizes : undefined;
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
    this.push(opType, inputs, attrs, name);
    this.bind(id, { name, perm });
  }

  /** Names the value `id` for the file's outputs: its own id, in border order. */
  output(id: ValueId): void {
    this.enter(id);
    const name = this.read(id, this.border(id));
    if (name !== id) this.push('Identity', [name], {}, id);
  }

  /** The codes of a value that is rounded at run time, in the given order. */
  codesIn(id: ValueId, perm: Perm): string {
    const { name, perm: own } = this.codes.get(id)!.codes;
    if (samePerm(own, perm)) return name;
    return this.emit('Transpose', [name], { perm: perm.map((axis) => own.indexOf(axis)) });
  }

  /** A value in border order bears its own id, in another order that order's digits too. */
  #valueName(id: ValueId, perm: Perm): string {
    if (samePerm(perm, this.border(id))) return id;
    return this.fresh(`${id}::${perm.join('')}`);
  }
}
