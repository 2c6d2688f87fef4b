/** Builds a graph node by node, with seeded initial weights. A model is a function that calls this. */
import { GraphAssembler, type NodeOptions, type WeightedOptions } from './assembler.js';
import type { Attributes, ValueId } from './ir.js';
import { shapeError, sizeOf } from './shapes.js';
import type { Pads, Pair } from './window.js';

export type { NodeOptions, WeightedOptions };

export interface ConvOptions extends WeightedOptions {
  readonly filters: number;
  readonly kernel: Pair;
  /** Default [1, 1]. */
  readonly strides?: Pair;
  /** Default [1, 1]. */
  readonly dilations?: Pair;
  /** Default 'same'. */
  readonly pads?: Pads;
  /** Default 1. */
  readonly groups?: number;
  /** Default true; leave it out before a batch normalisation. */
  readonly bias?: boolean;
}

export interface PoolOptions extends NodeOptions {
  readonly kernel: Pair;
  /** Default: the kernel. */
  readonly strides?: Pair;
  /** Default 'valid'. */
  readonly pads?: Pads;
}

export interface LstmOptions extends WeightedOptions {
  readonly hidden: number;
  /** Default 'forward'. */
  readonly direction?: 'forward' | 'reverse' | 'bidirectional';
}

export interface SliceOptions extends NodeOptions {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Default 0, 1, ... */
  readonly axes?: readonly number[];
  /** Default 1. */
  readonly steps?: readonly number[];
}

/** Every method returns the id of the value it makes; mistakes throw invalid_graph at once, naming the node. */
export class GraphBuilder extends GraphAssembler {
  conv(x: ValueId, options: ConvOptions): ValueId {
    const {
      filters,
      kernel,
      strides = [1, 1],
      dilations = [1, 1],
      pads = 'same',
      groups = 1,
      bias = true,
    } = options;
    const cin = this.channels(x);
    if (cin % groups !== 0) throw shapeError(`a multiple of ${groups} groups`, `the channels of "${x}"`, cin);
    return this.addNode('Conv', [x], { strides, dilations, pads, groups }, options, {
      weight: [kernel[0], kernel[1], cin / groups, filters],
      bias: bias ? [filters] : undefined,
    });
  }

  /** A convolution of each channel by itself. */
  depthwiseConv(x: ValueId, options: Omit<ConvOptions, 'filters' | 'groups'>): ValueId {
    const channels = this.channels(x);
    return this.conv(x, { ...options, filters: channels, groups: channels });
  }

  /** 'same' (the default) multiplies the size by the strides; 'valid' gives (size - 1) * stride + kernel. */
  convTranspose(
    x: ValueId,
    options: WeightedOptions & {
      readonly filters: number;
      readonly kernel: Pair;
      readonly strides: Pair;
      readonly pads?: 'same' | 'valid';
      readonly bias?: boolean;
    },
  ): ValueId {
    const { filters, kernel, strides, pads = 'same', bias = true } = options;
    return this.addNode('ConvTranspose', [x], { strides, pads }, options, {
      weight: [kernel[0], kernel[1], filters, this.channels(x)],
      bias: bias ? [filters] : undefined,
    });
  }

  /** @param options epsilon: default 1e-3; momentum of the running statistics: default 0.99. */
  batchNorm(
    x: ValueId,
    options: WeightedOptions & { readonly epsilon?: number; readonly momentum?: number } = {},
  ): ValueId {
    const { epsilon = 1e-3, momentum = 0.99 } = options;
    const size = [this.channels(x)];
    const params = { scale: size, bias: size, mean: size, variance: size };
    return this.addNode('BatchNormalization', [x], { epsilon, momentum }, options, params);
  }

  /** @param options epsilon: default 1e-5. */
  layerNorm(x: ValueId, options: WeightedOptions & { readonly epsilon?: number } = {}): ValueId {
    const size = [this.channels(x)];
    const { epsilon = 1e-5 } = options;
    return this.addNode('LayerNormalization', [x], { epsilon }, options, { scale: size, bias: size });
  }

  relu(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Relu', [x], {}, options);
  }

  /** min(max(x, 0), 6) */
  relu6(x: ValueId, options?: NodeOptions): ValueId {
    return this.clip(x, { min: 0, max: 6, ...options });
  }

  clip(x: ValueId, options: NodeOptions & { readonly min: number; readonly max: number }): ValueId {
    return this.addNode('Clip', [x], { min: options.min, max: options.max }, options);
  }

  hardSwish(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('HardSwish', [x], {}, options);
  }

  /** @param options alpha: default 1/6; beta: default 1/2. */
  hardSigmoid(
    x: ValueId,
    options: NodeOptions & { readonly alpha?: number; readonly beta?: number } = {},
  ): ValueId {
    return this.addNode(
      'HardSigmoid',
      [x],
      { alpha: options.alpha ?? 1 / 6, beta: options.beta ?? 0.5 },
      options,
    );
  }

  sigmoid(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Sigmoid', [x], {}, options);
  }

  tanh(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Tanh', [x], {}, options);
  }

  erf(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Erf', [x], {}, options);
  }

  /** @param options approximate: default 'none'. */
  gelu(x: ValueId, options: NodeOptions & { readonly approximate?: 'none' | 'tanh' } = {}): ValueId {
    return this.addNode('Gelu', [x], { approximate: options.approximate ?? 'none' }, options);
  }

  /** @param options axis: default -1. */
  softmax(x: ValueId, options: NodeOptions & { readonly axis?: number } = {}): ValueId {
    return this.addNode('Softmax', [x], { axis: options.axis ?? -1 }, options);
  }

  /** @param options axis: default -1. */
  logSoftmax(x: ValueId, options: NodeOptions & { readonly axis?: number } = {}): ValueId {
    return this.addNode('LogSoftmax', [x], { axis: options.axis ?? -1 }, options);
  }

  add(a: ValueId, b: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Add', [a, b], {}, options);
  }

  sub(a: ValueId, b: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Sub', [a, b], {}, options);
  }

  mul(a: ValueId, b: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Mul', [a, b], {}, options);
  }

  div(a: ValueId, b: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Div', [a, b], {}, options);
  }

  /** @param options axis: default -1. */
  concat(values: readonly ValueId[], options: NodeOptions & { readonly axis?: number } = {}): ValueId {
    return this.addNode('Concat', values, { axis: options.axis ?? -1 }, options);
  }

  maxPool(x: ValueId, options: PoolOptions): ValueId {
    return this.addNode('MaxPool', [x], poolAttributes(options), options);
  }

  averagePool(x: ValueId, options: PoolOptions): ValueId {
    return this.addNode('AveragePool', [x], poolAttributes(options), options);
  }

  globalAveragePool(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('GlobalAveragePool', [x], {}, options);
  }

  /** @param options keepdims: default false. */
  reduceMean(
    x: ValueId,
    options: NodeOptions & { readonly axes: readonly number[]; readonly keepdims?: boolean },
  ): ValueId {
    return this.addNode(
      'ReduceMean',
      [x],
      { axes: options.axes, keepdims: options.keepdims ?? false },
      options,
    );
  }

  /** @param options keepdims: default false. */
  reduceMax(
    x: ValueId,
    options: NodeOptions & { readonly axes: readonly number[]; readonly keepdims?: boolean },
  ): ValueId {
    return this.addNode(
      'ReduceMax',
      [x],
      { axes: options.axes, keepdims: options.keepdims ?? false },
      options,
    );
  }

  /** @param options mode: default 'linear'. */
  resize(
    x: ValueId,
    options: NodeOptions & { readonly scales: Pair; readonly mode?: 'nearest' | 'linear' },
  ): ValueId {
    return this.addNode('Resize', [x], { mode: options.mode ?? 'linear', scales: options.scales }, options);
  }

  depthToSpace(x: ValueId, options: NodeOptions & { readonly blocksize: number }): ValueId {
    return this.addNode('DepthToSpace', [x], { blocksize: options.blocksize }, options);
  }

  /** A fully connected layer over the last axis. */
  dense(x: ValueId, options: WeightedOptions & { readonly units: number; readonly bias?: boolean }): ValueId {
    const { units, bias = true } = options;
    const params = { weight: [this.channels(x), units], bias: bias ? [units] : undefined };
    return this.addNode('MatMul', [x], {}, options, params);
  }

  matMul(a: ValueId, b: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('MatMul', [a, b], {}, options);
  }

  /** 0 copies the size of the same axis, one -1 takes what is left. */
  reshape(x: ValueId, shape: readonly number[], options?: NodeOptions): ValueId {
    return this.addNode('Reshape', [x], { shape }, options);
  }

  transpose(x: ValueId, perm: readonly number[], options?: NodeOptions): ValueId {
    return this.addNode('Transpose', [x], { perm }, options);
  }

  squeeze(x: ValueId, axes: readonly number[], options?: NodeOptions): ValueId {
    return this.addNode('Squeeze', [x], { axes }, options);
  }

  unsqueeze(x: ValueId, axes: readonly number[], options?: NodeOptions): ValueId {
    return this.addNode('Unsqueeze', [x], { axes }, options);
  }

  slice(x: ValueId, options: SliceOptions): ValueId {
    const { starts, ends, axes = starts.map((_, i) => i), steps = starts.map(() => 1) } = options;
    return this.addNode('Slice', [x], { starts, ends, axes, steps }, options);
  }

  /** @param pads before each axis, then after each axis. @param options value: default 0; mode: default 'constant'. */
  pad(
    x: ValueId,
    pads: readonly number[],
    options: NodeOptions & { readonly value?: number; readonly mode?: 'constant' | 'reflect' | 'edge' } = {},
  ): ValueId {
    return this.addNode(
      'Pad',
      [x],
      { pads, value: options.value ?? 0, mode: options.mode ?? 'constant' },
      options,
    );
  }

  lstm(x: ValueId, options: LstmOptions): ValueId {
    const { hidden, direction = 'forward' } = options;
    const kernel = [this.channels(x) + hidden, 4 * hidden];
    const bias = [4 * hidden];
    const reverse = direction === 'bidirectional' ? { kernel_reverse: kernel, bias_reverse: bias } : {};
    return this.addNode('LSTM', [x], { hidden, direction }, options, { kernel, bias, ...reverse });
  }

  /** Starts with scale 1 and zero point 0. @param options bits: default 8; signed: default false. */
  quantizeDequantize(
    x: ValueId,
    options: NodeOptions & { readonly bits?: number; readonly signed?: boolean } = {},
  ): ValueId {
    const attrs = { bits: options.bits ?? 8, signed: options.signed ?? false };
    return this.addNode('QuantizeDequantize', [x], attrs, options, { scale: [1], zeroPoint: [1] });
  }

  dynamicQuantizeDequantize(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('DynamicQuantizeDequantize', [x], {}, options);
  }

  /** Starts at 0. @param shape [] for a scalar. @param options as every layer with weights. */
  constant(shape: readonly number[], options?: WeightedOptions): ValueId {
    return this.addNode('Constant', [], { shape }, options, { value: [sizeOf(shape)] });
  }

  identity(x: ValueId, options?: NodeOptions): ValueId {
    return this.addNode('Identity', [x], {}, options);
  }
}

function poolAttributes({ kernel, strides = kernel, pads = 'valid' }: PoolOptions): Attributes {
  return { kernel, strides, pads };
}
