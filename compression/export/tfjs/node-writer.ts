/** A program as the nodes and weights of a graph model. */
import { codeRange } from '../../../models/graph/encoding.js';
import type { Activation, Grid, Operation, Program, Tensor } from '../nhwc/program.js';
import { attr, type NodeDef } from './node-def.js';
import { type Attributes, ints, scalar, spell, windowAttributes } from './spelling.js';
import { codedWeight, plainWeight, type StoredWeight } from './weights.js';

export class NodeWriter {
  readonly nodes: NodeDef[] = [];
  readonly weights: StoredWeight[] = [];
  readonly #half: boolean;
  readonly #names = new Map<Tensor, string>();
  readonly #taken = new Set<string>();
  readonly #constants = new Map<string, string>();

  constructor(half: boolean) {
    this.#half = half;
  }

  write({ inputs, outputs, operations }: Program): void {
    // What the outside knows by name comes first, so that nothing else takes it.
    for (const tensor of [...inputs, ...outputs.map(({ tensor }) => tensor)]) this.name(tensor);
    for (const tensor of inputs)
      this.nodes.push({
        name: this.name(tensor),
        op: 'Placeholder',
        attr: { dtype: attr.type(tensor.type), shape: attr.shape(tensor.shape) },
      });
    for (const operation of operations) this.#write(operation);
  }

  /** The node that gives the tensor. Names of TensorFlow's nodes have few kinds of signs. */
  name(tensor: Tensor): string {
    let name = this.#names.get(tensor);
    if (name === undefined) {
      name = this.#fresh(tensor.name);
      this.#names.set(tensor, name);
    }
    return name;
  }

  #write(operation: Operation): void {
    const { output } = operation;
    switch (operation.type) {
      case 'Conv2D':
        this.#fused('_FusedConv2D', operation, output, windowAttributes(operation.attrs));
        break;
      case 'DepthwiseConv2D':
        this.#fused('FusedDepthwiseConv2dNative', operation, output, windowAttributes(operation.attrs));
        break;
      case 'Dense':
        this.#dense(operation);
        break;
      case 'FakeQuantize':
        this.#round(operation.inputs[0]!, output, operation.attrs);
        break;
      case 'Gelu':
      case 'HardSwish':
        throw new Error(
          `Expected ${operation.type} to be lowered to other operations for TensorFlow.js but it is not.`,
        );
      default: {
        const { op, inputs, attrs } = spell(operation);
        this.#node(op, inputs, output, attrs);
      }
    }
  }

  /** A node whose bias and rectifier are part of it. */
  #fused(
    op: string,
    { inputs, attrs }: { readonly inputs: readonly Tensor[]; readonly attrs: { activation?: Activation } },
    output: Tensor,
    more: Attributes = {},
  ): void {
    const ops = ['BiasAdd', ...(attrs.activation ? [attrs.activation] : [])];
    this.#node(op, inputs, output, { ...more, num_args: attr.int(1), fused_ops: attr.texts(ops) });
  }

  /** Products of matrices have two axes here; over more, the same is a convolution of one pixel, whatever the sizes. */
  #dense(operation: Extract<Operation, { readonly type: 'Dense' }>): void {
    const [x, weight, bias] = operation.inputs as [Tensor, Tensor, Tensor];
    const { output, attrs } = operation;
    const rank = x.shape.length;
    if (rank === 2) {
      const plain = { transpose_a: attr.flag(false), transpose_b: attr.flag(false) };
      this.#fused('_FusedMatMul', { inputs: [x, weight, bias], attrs }, output, plain);
      return;
    }
    const kernel = asPixel(weight);
    const window = windowAttributes({ strides: [1, 1], dilations: [1, 1], padding: 'VALID' });
    if (rank === 4) {
      this.#fused('_FusedConv2D', { inputs: [x, kernel, bias], attrs }, output, window);
      return;
    }
    // [..., time, channels] as images of one row; only sequences have an unknown size here.
    const helper = (name: string, shape: Tensor['shape']): Tensor => ({
      name: `${output.name}/${name}`,
      shape,
      type: 'float32',
    });
    if (rank === 3) {
      const row = helper('row', x.shape.toSpliced(1, 0, 1));
      const product = helper('product', output.shape.toSpliced(1, 0, 1));
      this.#node('ExpandDims', [x, ints([1], [])], row);
      this.#fused('_FusedConv2D', { inputs: [row, kernel, bias], attrs }, product, window);
      this.#node('Squeeze', [product], output, { squeeze_dims: attr.ints([1]) });
      return;
    }
    const [flat, product] = [
      helper('rows', [null, weight.shape[0]!]),
      helper('product', [null, weight.shape[1]!]),
    ];
    this.#node('Reshape', [x, ints([-1, weight.shape[0]!])], flat);
    this.#fused('_FusedMatMul', { inputs: [flat, weight, bias], attrs }, product);
    this.#node('Reshape', [product, ints(output.shape.map((d) => d ?? -1))], output);
  }

  /** Rounding to codes and back, spelt out in float. */
  #round(x: Tensor, output: Tensor, grid: Grid): void {
    const [least, most] = codeRange(grid).map((code) => scalar(code - grid.zeroPoint));
    const scale = scalar(grid.scale);
    const steps = [
      ['RealDiv', scale],
      ['Round', undefined],
      ['Maximum', least],
      ['Minimum', most],
    ] as const;
    const codes = steps.reduce((from: Tensor, [op, operand], i) => {
      const to: Tensor = { name: `${output.name}/round${i}`, shape: x.shape, type: 'float32' };
      this.#node(op, operand ? [from, operand] : [from], to);
      return to;
    }, x);
    this.#node('Mul', [codes, scale], output);
  }

  #node(op: string, inputs: readonly Tensor[], output: Tensor, attrs: Attributes = {}): void {
    const input = inputs.map((tensor) => this.#operand(tensor));
    const type = op === 'Shape' ? inputs[0]!.type : output.type;
    this.nodes.push({ name: this.name(output), op, input, attr: { T: attr.type(type), ...attrs } });
  }

  #operand(tensor: Tensor): string {
    return tensor.constant ? this.#constant(tensor) : this.name(tensor);
  }

  #constant(tensor: Tensor): string {
    const key = `${tensor.type} ${tensor.name} ${tensor.shape}`;
    const ready = this.#constants.get(key);
    if (ready !== undefined) return ready;
    const coded = codedWeight(tensor);
    const name = coded
      ? this.#decoded(tensor, coded)
      : this.#stored(plainWeight(this.#fresh(tensor.name), tensor, this.#half));
    this.#constants.set(key, name);
    return name;
  }

  #decoded(
    tensor: Tensor,
    { codes, scales, zeroPoints }: NonNullable<ReturnType<typeof codedWeight>>,
  ): string {
    const T = attr.type('float32');
    let from = this.#stored(codes(this.#fresh(`${tensor.name}/codes`)));
    const apply = (op: string, operand: Tensor, name: string) => {
      this.nodes.push({ name, op, input: [from, this.#constant(operand)], attr: { T } });
      from = name;
    };
    if (zeroPoints) apply('Sub', zeroPoints, this.#fresh(`${tensor.name}/steps`));
    apply('Mul', scales, this.#fresh(tensor.name));
    return from;
  }

  #stored(weight: StoredWeight): string {
    const { name, dtype, shape } = weight.entry;
    this.weights.push(weight);
    const value = attr.constant(dtype, shape);
    this.nodes.push({ name, op: 'Const', attr: { dtype: attr.type(dtype), value } });
    return name;
  }

  #fresh(wanted: string): string {
    const safe = wanted.replace(/[^\w./-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x');
    let name = safe;
    for (let n = 1; this.#taken.has(name); n++) name = `${safe}_${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** [in, out] as a kernel of one pixel. */
function asPixel(weight: Tensor): Tensor {
  const { encoding, ...constant } = weight.constant!;
  const shape = [1, 1, ...weight.shape];
  if (!encoding) return { ...weight, shape, constant };
  const affine = { ...encoding.affine, scaleShape: [1, 1, ...encoding.affine.scaleShape] };
  return { ...weight, shape, constant: { ...constant, encoding: { ...encoding, affine } } };
}
