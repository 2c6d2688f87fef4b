/** The state of one lowering: which tensor holds which value of the graph, and the operations so far. */
import { PocketlensError } from '../../../models/base/errors.js';
import { codesOf } from '../../../models/graph/encoding.js';
import type { Dimension, Graph, Node, Param, ParamId, Shape, ValueId } from '../../../models/graph/ir.js';
import { sizeOf } from '../../../models/graph/shapes.js';
import { halfParams } from '../half-weights.js';
import { transposeData } from '../transpose-data.js';
import type { Constant, Operation, OperationAttributes, OperationType, Tensor } from './program.js';

/** What a format can say that the other cannot. */
export interface FormatFeatures {
  /** As the user knows it: "TFLite". */
  readonly name: string;
  /** Depthwise convolutions whose strides differ. */
  readonly unequalDepthwiseStrides: boolean;
  /** Products of stacks of matrices whose sizes differ, one matrix being repeated. */
  readonly broadcastsProducts: boolean;
  /** HardSwish as one operation. */
  readonly hardSwish: boolean;
  /** Gelu as one operation, and no error function by itself. */
  readonly gelu: boolean;
}

/** One size of a shape that is computed: a number, or that of an axis, times a factor, plus a number. */
export type SizeTerm = number | { readonly axis: number; readonly times?: number; readonly plus?: number };

/** How a weight is laid out for an operation. */
export interface WeightLayout {
  /** Order of the param's axes. */
  readonly perm?: readonly number[];
  /** Shape after that; the same number of elements. */
  readonly shape?: readonly number[];
}

export class NhwcLowering {
  readonly operations: Operation[] = [];
  readonly features: FormatFeatures;
  readonly #graph: Graph;
  readonly #shapes: ReadonlyMap<ValueId, Shape>;
  readonly #values = new Map<ValueId, Tensor>();
  readonly #constants = new Map<string, Tensor>();
  readonly #names = new Set<string>();
  readonly #half: ReadonlySet<ParamId>;
  #node = '';

  constructor(graph: Graph, shapes: ReadonlyMap<ValueId, Shape>, features: FormatFeatures) {
    this.#graph = graph;
    this.#shapes = shapes;
    this.features = features;
    this.#half = halfParams(graph);
    for (const { id } of graph.inputs) this.#names.add(id);
    for (const node of graph.nodes) for (const id of node.outputs) this.#names.add(id);
  }

  /** Names of helpers begin with this from now on. */
  enter(node: string): void {
    this.#node = node;
  }

  shape(id: ValueId): Shape {
    return this.#shapes.get(id)!;
  }

  /** The tensor that holds a value. */
  value(id: ValueId): Tensor {
    const tensor = this.#values.get(id);
    if (tensor) return tensor;
    throw new PocketlensError('invalid_graph', `Expected value "${id}" to be produced before it is used.`);
  }

  /** The first input of a node. */
  input(node: Node): Tensor {
    return this.value(node.inputs[0]!);
  }

  bind(id: ValueId, tensor: Tensor): void {
    this.#values.set(id, tensor);
  }

  /** A helper operation. */
  emit<T extends OperationType>(
    type: T,
    inputs: readonly Tensor[],
    attrs: OperationAttributes[T],
    shape: Shape,
    dtype: Tensor['type'] = 'float32',
  ): Tensor {
    const output: Tensor = { name: this.#fresh(`${this.#node}/${type}`), shape, type: dtype };
    this.#push(type, attrs, inputs, output);
    return output;
  }

  /** The operation that gives the node's value. */
  result<T extends OperationType>(
    node: Node,
    type: T,
    inputs: readonly Tensor[],
    attrs: OperationAttributes[T],
  ): void {
    const id = node.outputs[0]!;
    const output: Tensor = { name: id, shape: this.shape(id), type: 'float32' };
    this.#push(type, attrs, inputs, output);
    this.bind(id, output);
  }

  /** A copy of a value under the name of the output `id`. */
  copy(id: ValueId, from: Tensor): Tensor {
    const output: Tensor = { name: this.#fresh(id, true), shape: from.shape, type: from.type };
    this.#push('Identity', {}, [from], output);
    return output;
  }

  param(node: Node, role: string): Param {
    return this.#graph.params.get(node.params[role]!)!;
  }

  has(node: Node, role: string): boolean {
    return node.params[role] !== undefined;
  }

  /** A param as a constant; one a param and layout. */
  weight(node: Node, role: string, { perm, shape }: WeightLayout = {}): Tensor {
    const id = node.params[role]!;
    const variant = `${perm ?? ''}:${shape ?? ''}`;
    return this.#once(`param ${id} ${variant}`, () => {
      const param = this.param(node, role);
      const name = this.#fresh(perm || shape ? `${id}:${variant.replaceAll(',', 'x')}` : id);
      const ordered = perm ? transposeData(param.data, param.shape, perm) : param;
      const outShape = shape ?? ordered.shape;
      const constant = { ...laidOut(param, ordered.data, perm, shape), half: this.#half.has(id) };
      return { name, shape: outShape, type: 'float32', constant };
    });
  }

  /**
   * A constant that is computed from params of the node; `what` tells it from others of the node.
   * @param of the param that it is stored like
   */
  derived(what: string, data: Float32Array, shape: readonly number[], of?: ParamId): Tensor {
    const constant = { data, half: of !== undefined && this.#half.has(of) };
    return { name: this.#fresh(`${this.#node}/${what}`), shape, type: 'float32', constant };
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
    return this.#constant('float32', Float32Array.from(values), shape);
  }

  scalar(value: number): Tensor {
    return this.floats([value], []);
  }

  ints(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
    return this.#constant('int32', Int32Array.from(values), shape);
  }

  /** Sizes computed from those of `x`: a constant where all are known. */
  sizes(x: Tensor, terms: readonly SizeTerm[]): Tensor {
    const known = terms.map((term) => termSize(x.shape, term));
    if (!known.includes(null)) return this.ints(known as number[]);
    const all = this.emit('Shape', [x], {}, [x.shape.length], 'int32');
    const parts = terms.map((term, i) =>
      typeof term === 'number' || known[i] !== null
        ? this.ints([known[i]!])
        : this.#computed(all, term.axis, term.times ?? 1, term.plus ?? 0),
    );
    return parts.length === 1 ? parts[0]! : this.emit('Concat', parts, { axis: 0 }, [parts.length], 'int32');
  }

  #computed(sizes: Tensor, axis: number, times: number, plus: number): Tensor {
    const [from, to, one] = [axis, axis + 1, 1].map((position) => this.ints([position]));
    const attrs = { beginMask: 0, endMask: 0 };
    let size = this.emit('StridedSlice', [sizes, from!, to!, one!], attrs, [1], 'int32');
    if (!Number.isInteger(times)) {
      const float = this.emit('Cast', [size], { to: 'float32' }, [1]);
      const product = this.emit('Mul', [float, this.floats([times])], {}, [1]);
      const whole = this.emit('Maximum', [this.emit('Floor', [product], {}, [1]), this.floats([1])], {}, [1]);
      size = this.emit('Cast', [whole], { to: 'int32' }, [1], 'int32');
    } else if (times !== 1) size = this.emit('Mul', [size, this.ints([times])], {}, [1], 'int32');
    return plus === 0 ? size : this.emit('Add', [size, this.ints([plus])], {}, [1], 'int32');
  }

  #constant(type: Tensor['type'], data: Constant['data'], shape: readonly number[]): Tensor {
    return this.#once(`${type} [${shape}] ${data}`, () => ({
      name: this.#fresh(`constant_${this.#constants.size}`),
      shape,
      type,
      constant: { data },
    }));
  }

  #once(key: string, make: () => Tensor): Tensor {
    let tensor = this.#constants.get(key);
    if (!tensor) {
      tensor = make();
      this.#constants.set(key, tensor);
    }
    return tensor;
  }

  #push<T extends OperationType>(
    type: T,
    attrs: OperationAttributes[T],
    inputs: readonly Tensor[],
    output: Tensor,
  ): void {
    this.operations.push({ type, attrs, inputs, output } as unknown as Operation);
  }

  /** @param own the name is that of a value, which may take it if nobody has bound it */
  #fresh(wanted: string, own = false): string {
    const isTaken = (name: string) => this.#names.has(name);
    if (own && ![...this.#values.values()].some(({ name }) => name === wanted)) return wanted;
    let name = wanted;
    for (let n = 1; isTaken(name); n++) name = `${wanted}_${n}`;
    this.#names.add(name);
    return name;
  }
}

/** The constant in its new order, with its codes where they can follow. */
function laidOut(
  param: Param,
  data: Float32Array,
  perm: readonly number[] | undefined,
  shape: readonly number[] | undefined,
): Constant {
  const { encoding } = param;
  if (encoding?.kind !== 'affine') return { data };
  const scaleShape = perm ? perm.map((axis) => encoding.scaleShape[axis]!) : encoding.scaleShape;
  const known = shape
    ? reshapedScales(scaleShape, perm ? perm.map((a) => param.shape[a]!) : param.shape, shape)
    : scaleShape;
  if (!known) return { data };
  const codes = codesOf(param);
  // Codes of weights are exact in float32; those of biases are of one axis and need no order.
  const ordered = perm
    ? Int32Array.from(transposeData(Float32Array.from(codes), param.shape, perm).data)
    : codes;
  return { data, encoding: { affine: { ...encoding, scaleShape: known }, codes: ordered } };
}

/** Shape of the scales after a reshape that may split the last axis, along which they lie. */
function reshapedScales(
  scaleShape: readonly number[],
  from: readonly number[],
  to: readonly number[],
): number[] | undefined {
  const scaled = scaleShape.flatMap((n, axis) => (n > 1 ? [axis] : []));
  if (scaled.length === 0) return to.map(() => 1);
  const last = from.length - 1;
  const count = from[last]!;
  if (scaled.length > 1 || scaled[0] !== last || scaleShape[last] !== count) return undefined;
  let first = to.length - 1;
  while (first > 0 && sizeOf(to.slice(first)) < count) first -= 1;
  return sizeOf(to.slice(first)) === count ? to.map((d, i) => (i >= first ? d : 1)) : undefined;
}

function termSize(shape: Shape, term: SizeTerm): Dimension {
  if (typeof term === 'number') return term;
  const size = shape[term.axis]!;
  if (size === null) return null;
  const { times = 1, plus = 0 } = term;
  return Number.isInteger(times) ? size * times + plus : Math.max(1, Math.floor(size * times)) + plus;
}
