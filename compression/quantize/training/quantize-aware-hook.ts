/** Training with rounded weights and activations as a hook of the training loop. */
import * as tf from '@tensorflow/tfjs-core';
import { codeRange, scaleIndices } from '../../../models/graph/encoding.js';
import { fakeQuantize } from '../../../models/graph/fake-quantize.js';
import type { Graph, ParamId } from '../../../models/graph/ir.js';
import type { Hook, TrainingState } from '../../../models/training/hooks.js';
import { quantizeTensor, scaleShapeOf, symmetricRange, TERNARY_THRESHOLD } from '../quantize-tensor.js';
import { ternarize } from './ternarize.js';
import type { WeightFormat } from './weight-format.js';

export interface QuantizeAwareOptions {
  /** Step sizes of weights and activations are trained; else those of weights follow the weights, the others stay. */
  readonly learnedStep: boolean;
  /** Training steps between two looks at the weights, where the step sizes follow them. Default 50. */
  readonly refresh?: number;
}

/**
 * The forward pass sees each weight rounded to its codes, of which the gradient is that of the straight-through estimator
 * (Bengio et al. 2013). Step sizes, one a scale of the encoding, are trained as in "Learned step size quantization" (Esser
 * et al. 2020), with its gradient and its factor 1 / √(weights · highest code) on it; what is trained is their logarithm,
 * so that they stay positive and the steps of Adam are relative to them, as are those of weights. The steps of
 * QuantizeDequantize nodes are trained likewise, up to where their codes reach the end of the Clip before them: codes
 * beyond would never be used, and ONNX Runtime melts a Clip into the codes only where it cuts off none of them.
 *
 * The deployed params are rounded, whole multiples of the steps; codebooks stay as they are.
 */
export function quantizeAwareHook(
  graph: Graph,
  formats: readonly WeightFormat[],
  { learnedStep, refresh = 50 }: QuantizeAwareOptions,
): Hook {
  const weights = new Map(formats.map((format) => [format.param, new RoundedWeight(graph, format)]));
  const activations = roundingParams(graph, 'scale');
  const bounds = clippedSteps(graph);
  const frozen = new Map<ParamId, tf.Tensor>();
  /** Logarithms of the steps, by param. */
  const learned = new Map<ParamId, tf.Variable>();
  let fresh = false;

  const zeroPoints = roundingParams(graph, 'zeroPoint');
  const isFrozen = (id: ParamId) =>
    graph.params.get(id)?.encoding?.kind === 'codebook' ||
    zeroPoints.has(id) ||
    (!learnedStep && activations.has(id));
  const step = (id: ParamId, log: tf.Tensor) => {
    const most = bounds.get(id);
    return most === undefined ? tf.exp(log) : tf.minimum(tf.exp(log), most);
  };
  const follow = ({ variables }: TrainingState) => {
    for (const [id, weight] of weights) weight.follow(variables.get(id)!.dataSync<'float32'>());
    fresh = true;
  };
  return {
    name: 'quantize-aware',
    extraVariables() {
      if (!learnedStep) return new Map();
      const make = (id: ParamId, scales: Float32Array) =>
        learned.set(
          id,
          tf.tidy(() => tf.variable(tf.tensor1d(scales.map(Math.log)), true)),
        );
      for (const [id, weight] of weights) make(id, weight.initialScales());
      for (const id of activations) make(id, graph.params.get(id)!.data);
      return new Map([...learned].map(([id, variable]) => [`log-step/${id}`, variable]));
    },
    beforeStep({ step }, state) {
      if (!learnedStep && (!fresh || step % refresh === 0)) follow(state);
    },
    transformParam(id, value) {
      const log = learned.get(id);
      const weight = weights.get(id);
      if (weight) return weight.rounded(value, log && tf.exp(log));
      if (log) return step(id, log);
      return isFrozen(id) ? constant(frozen, graph, id) : value;
    },
    deployedParams(_state, params) {
      const deployed = new Map(params);
      for (const [id, log] of learned) deployed.set(id, step(id, log));
      // An average of equal numbers is not quite that number.
      for (const id of params.keys()) if (isFrozen(id)) deployed.set(id, constant(frozen, graph, id));
      for (const [id, weight] of weights) {
        const log = learned.get(id);
        const scales = log && (tf.exp(log).dataSync() as Float32Array);
        deployed.set(id, weight.deployed(params.get(id)!.dataSync<'float32'>(), scales));
      }
      return deployed;
    },
    save: () =>
      new Map([...weights].flatMap(([id, { scales }]) => (scales ? [[`scales/${id}`, scales]] : []))),
    load(saved) {
      for (const [id, weight] of weights) {
        const scales = saved.get(`scales/${id}`);
        if (scales) weight.take(scales);
        fresh ||= scales !== undefined;
      }
    },
    dispose() {
      for (const weight of weights.values()) weight.dispose();
      for (const tensor of frozen.values()) tensor.dispose();
      frozen.clear();
      learned.clear();
    },
  };
}

/** What the roundings of activations have in a role. */
function roundingParams(graph: Graph, role: 'scale' | 'zeroPoint'): ReadonlySet<ParamId> {
  return new Set(
    graph.nodes.flatMap(({ op, params }) => (op === 'QuantizeDequantize' ? [params[role]!] : [])),
  );
}

/** A little less than exact: in float32 the highest code must not come out above the clip. */
const BELOW = 1 - 1e-6;

/** The largest useful step of roundings after a Clip that begins at 0 or above, where code 0 is 0. */
function clippedSteps(graph: Graph): ReadonlyMap<ParamId, number> {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)));
  const steps = new Map<ParamId, number>();
  for (const { op, inputs, attrs, params } of graph.nodes) {
    if (op !== 'QuantizeDequantize' || graph.params.get(params.zeroPoint!)!.data[0] !== 0) continue;
    const clip = producers.get(inputs[0]!);
    if (clip?.op !== 'Clip' || (clip.attrs.min as number) < 0) continue;
    const [, highest] = codeRange({ bits: attrs.bits as number, signed: attrs.signed as boolean });
    const step = (BELOW * (clip.attrs.max as number)) / highest;
    steps.set(params.scale!, Math.min(step, steps.get(params.scale!) ?? Number.POSITIVE_INFINITY));
  }
  return steps;
}

/** The graph's value in place of the variable: no gradient reaches it. */
function constant(kept: Map<ParamId, tf.Tensor>, graph: Graph, id: ParamId): tf.Tensor {
  const found = kept.get(id);
  if (found) return found;
  const { data, shape } = graph.params.get(id)!;
  const made = tf.keep(tf.tensor(data.slice(), [...shape]));
  kept.set(id, made);
  return made;
}

/** One weight on its way to codes. */
class RoundedWeight {
  /** Where they follow the weights. */
  scales: Float32Array | undefined;
  readonly #format: WeightFormat;
  readonly #shape: number[];
  readonly #initial: Float32Array;
  readonly #zeros: Uint8Array | undefined;
  readonly #blockOf: Uint32Array;
  readonly #count: number;
  #tensors: { blockOf: tf.Tensor1D; sizes: tf.Tensor1D; mask: tf.Tensor | undefined } | undefined;
  #scaleTensor: tf.Tensor1D | undefined;

  constructor(graph: Graph, format: WeightFormat) {
    const { data, shape, encoding } = graph.params.get(format.param)!;
    this.#format = format;
    this.#shape = [...shape];
    const scaleShape = scaleShapeOf(shape, format.axes, format.quantizer);
    this.#blockOf = scaleIndices(shape, scaleShape);
    this.#count = scaleShape.reduce((product, n) => product * n, 1);
    this.#zeros = format.keepZeros ? Uint8Array.from(data, (value) => Number(value === 0)) : undefined;
    const isGoingOn =
      encoding?.kind === 'affine' &&
      encoding.bits === (format.quantizer.bits === 'ternary' ? 2 : format.quantizer.bits) &&
      encoding.scaleShape.every((n, axis) => n === scaleShape[axis]) &&
      encoding.zeroPoints.every((zero) => zero === 0);
    this.#initial = isGoingOn ? encoding.scales : this.#found(data);
  }

  initialScales(): Float32Array {
    return this.#initial;
  }

  follow(data: Float32Array): void {
    this.take(this.#found(data));
  }

  take(scales: Float32Array): void {
    this.scales = scales;
    this.#scaleTensor?.dispose();
    this.#scaleTensor = tf.keep(tf.tensor1d(scales.slice()));
  }

  /** In the forward pass. @param learned the steps, where they are trained */
  rounded(value: tf.Tensor, learned: tf.Tensor | undefined): tf.Tensor {
    const { blockOf, sizes, mask } = this.#kept();
    const { bits } = this.#format.quantizer;
    const spread = (blocks: tf.Tensor) => tf.reshape(tf.gather(blocks, blockOf), this.#shape);
    const x = mask ? tf.mul(value, mask) : value;
    const steps = spread(learned ?? this.#scaleTensor!);
    const [least, most] = bits === 'ternary' ? codeRange({ bits: 2, signed: true }) : symmetricRange(bits);
    const scaleGradient = 1 / Math.sqrt((value.size / this.#count) * most);
    if (bits !== 'ternary') {
      const zeroPoint = tf.scalar(0);
      return fakeQuantize(x, steps, zeroPoint, { least, most, scaleGradient });
    }
    const magnitudes = tf.unsortedSegmentSum(tf.reshape(tf.abs(x), [-1]), blockOf, this.#count);
    const threshold = spread(tf.mul(tf.div(magnitudes, sizes), TERNARY_THRESHOLD));
    return ternarize(x, steps, threshold, scaleGradient);
  }

  deployed(data: Float32Array, scales: Float32Array | undefined): tf.Tensor {
    const { axes, quantizer } = this.#format;
    const exact = this.#zeros ? data.map((value, i) => (this.#zeros![i] ? 0 : value)) : data;
    const rounded = quantizeTensor(exact, this.#shape, axes, quantizer, undefined, scales);
    return tf.tensor(rounded.data, this.#shape);
  }

  dispose(): void {
    this.#scaleTensor?.dispose();
    this.#scaleTensor = undefined;
    if (this.#tensors) tf.dispose([...Object.values(this.#tensors)].filter((tensor) => tensor !== undefined));
    this.#tensors = undefined;
  }

  #found(data: Float32Array): Float32Array {
    const { axes, quantizer } = this.#format;
    return quantizeTensor(data, this.#shape, axes, quantizer).encoding.scales;
  }

  #kept() {
    if (this.#tensors) return this.#tensors;
    const sizes = new Float32Array(this.#count);
    for (const k of this.#blockOf) sizes[k]! += 1;
    const zeros = this.#zeros;
    this.#tensors = {
      blockOf: tf.keep(tf.tensor1d(Int32Array.from(this.#blockOf), 'int32')),
      sizes: tf.keep(tf.tensor1d(sizes)),
      mask:
        zeros &&
        tf.keep(
          tf.tensor(
            Float32Array.from(zeros, (zero) => 1 - zero),
            this.#shape,
          ),
        ),
    };
    return this.#tensors;
  }
}
