/** Writes a graph's params as constants of the file: in another order of axes, as half floats, as codes of few bits. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph, Node, Param, ParamId } from '../../../models/graph/ir.js';
import { identityPerm, type Perm, samePerm } from '../../perm.js';
import { transposeData } from '../transpose-data.js';
import { type IntegerConstant, integerConstant, integerTensor } from './integer-constant.js';
import { NodeWriter } from './node-writer.js';
import { DataType, type TensorProto } from './proto.js';
import { floatTensor, halfTensor } from './tensor.js';

export class ParamWriter extends NodeWriter {
  protected readonly graph: Graph;
  readonly #half: ReadonlySet<ParamId>;

  /** @param half params to store as float16 */
  constructor(graph: Graph, half: ReadonlySet<ParamId>) {
    // Helpers must not take the names of the graph's own values.
    super([...graph.inputs.map(({ id }) => id), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
    this.graph = graph;
    this.#half = half;
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
    return id === undefined ? undefined : this.graph.params.get(id);
  }

  /**
   * Constant with a param's axes permuted (as it is when `perm` is not given) and axes of 1 appended to make `shape`; one
   * a param and order. An encoded param is written as codes with a DequantizeLinear behind, where ONNX can say it so.
   */
  weight(node: Node, role: string, perm?: Perm, shape?: readonly number[]): string {
    const param = this.param(node, role);
    const permuted =
      perm !== undefined && !samePerm(perm, identityPerm(param.shape.length)) ? perm : undefined;
    const integers = integerConstant(param, permuted, shape);
    if (!integers) return this.floatWeight(node, role, perm, shape);
    const key = `decoded ${node.params[role]} ${permuted ?? ''} ${shape ?? ''}`;
    return this.once(key, () =>
      this.#decoded(node.params[role]!, permuted ? permuted.join('') : '', integers),
    );
  }

  /** As `weight`, but always float32. */
  floatWeight(node: Node, role: string, perm?: Perm, shape?: readonly number[]): string {
    const param = this.param(node, role);
    const permuted = perm !== undefined && !samePerm(perm, identityPerm(param.shape.length));
    const variant = `${permuted ? perm.join('') : ''}${shape ? `::${shape.length}d` : ''}`;
    return this.derived(node.params[role]!, variant, () => {
      const ordered = permuted ? transposeData(param.data, param.shape, perm) : param;
      return { data: ordered.data, shape: shape ?? ordered.shape };
    });
  }

  /** An encoded param's codes alone. */
  integers(param: ParamId, { type, codes, shape }: IntegerConstant): string {
    return this.constant(`codes ${param} ${shape}`, (name) => integerTensor(name, shape, type, codes));
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
      add(integerTensor(this.fresh(`${base}::codes`), shape, type, codes)),
      add(floatTensor(this.fresh(`${base}::scales`), scaleShape, scales)),
    ];
    // 32-bit codes have none.
    if (type !== 'int32')
      inputs.push(add(integerTensor(this.fresh(`${base}::zero-points`), scaleShape, type, zeroPoints)));
    const name = this.fresh(base);
    this.push('DequantizeLinear', inputs, axis === undefined ? {} : { axis }, name);
    return name;
  }

  /** Constant computed from a param's values; `variant` tells several made from one param apart. */
  derived(
    param: ParamId,
    variant: string,
    make: (values: Float32Array) => { readonly data: Float32Array; readonly shape: readonly number[] },
  ): string {
    return this.once(`param ${param} ${variant}`, () => {
      const { data, shape } = make(this.graph.params.get(param)!.data);
      const name = this.fresh(variant ? `${param}::${variant}` : param);
      if (this.#half.has(param)) {
        const stored = this.fresh(`${name}::half`);
        this.initializers.push(halfTensor(stored, shape, data));
        this.push('Cast', [stored], { to: DataType.float32 }, name);
      } else this.initializers.push(floatTensor(name, shape, data));
      return name;
    });
  }
}
