/** Rounds the weights of a graph, and the biases of layers whose activations are rounded. */
import { type AffineEncoding, decodeCodes } from '../../models/graph/encoding.js';
import type { Graph, Node, Param, ParamId, ValueId } from '../../models/graph/ir.js';
import type { LayerNote } from '../pass.js';
import { isIntegerProduct, producersOf, weightRoles } from './layers.js';
import { quantizeTensor, signalToNoise, type WeightAxes, type WeightQuantizer } from './quantize-tensor.js';

export interface EncodeOptions extends WeightQuantizer {
  /** Nodes whose weights are rounded. */
  readonly take: (node: Node) => boolean;
  /** What is otherwise for the weights of a node; of nodes that share weights the first decides. */
  readonly quantizerOf?: (node: Node) => Partial<WeightQuantizer> | undefined;
  /** Scales of weights that are whole multiples of them already; undefined: they are found. */
  readonly scalesOf?: (weight: ParamId) => ArrayLike<number> | undefined;
  /** Mean of each channel of a value in the float graph: given, biases make up for the mean error of the weights. */
  readonly channelMeans?: (id: ValueId) => ArrayLike<number> | undefined;
}

/** Room below the greatest 32-bit code of a bias. */
const GREATEST_BIAS_CODE = 2 ** 30;
const BIAS_BITS = 32;

interface Use {
  readonly node: Node;
  /** Scale of the rounded input; undefined where the layer's input is not rounded by a constant scale. */
  readonly inputScale: number | undefined;
}

/**
 * Weights become codes with scales as the options say. Where the input of a Conv or MatMul comes out of a
 * QuantizeDequantize, its bias becomes 32-bit codes with the scale that its accumulator has, input scale · weight scale
 * (Jacob et al. 2018, section 2.4); the weights' scales are raised where the bias would not fit.
 *
 * Nodes may share weights; where they share a bias too and their inputs have different scales, each gets its own.
 * Params that are encoded already are encoded anew. Call it again when weights or scales have changed.
 */
export function encodeParams(graph: Graph, options: EncodeOptions): { graph: Graph; layers: LayerNote[] } {
  const params = new Map(graph.params);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const layers: LayerNote[] = [];
  const uses = usesOf(graph, options.take);
  for (const [weight, { axes, uses: users }] of uses) {
    const exact = graph.params.get(weight)!;
    const quantizer = { ...options, ...options.quantizerOf?.(users[0]!.node) };
    const quantized = quantizeTensor(
      exact.data,
      exact.shape,
      axes,
      quantizer,
      leastScales(graph, users, exact, axes),
      options.scalesOf?.(weight),
    );
    params.set(weight, { ...exact, ...quantized });
    for (const { node, inputScale } of users) {
      const error = signalToNoise(exact.data, quantized.data);
      layers.push({ node: node.id, figures: figuresOf(quantizer, quantized.encoding, error, inputScale) });
      const bias = correctedBias(graph, node, exact, quantized.data, options);
      const encoded = inputScale === undefined ? bias : encodeBias(bias, inputScale, quantized.encoding);
      if (!encoded) continue;
      const id = biasId(nodes, node, params, graph, encoded);
      params.set(id, encoded);
      nodes.set(node.id, { ...nodes.get(node.id)!, params: { ...node.params, bias: id } });
    }
  }
  const list = graph.nodes.map(({ id }) => nodes.get(id)!);
  const used = new Set(list.flatMap((node) => Object.values(node.params)));
  return {
    graph: { ...graph, nodes: list, params: new Map([...params].filter(([id]) => used.has(id))) },
    layers: layers.sort((a, b) => order(graph, a.node) - order(graph, b.node)),
  };
}

/** Rounds a bias to multiples of input scale · weight scale. */
export function encodeBias(
  bias: Param | undefined,
  inputScale: number,
  weight: AffineEncoding,
): Param | undefined {
  if (!bias) return undefined;
  const channels = bias.shape[0]!;
  const scales = weight.scales.map((scale) => Math.fround(inputScale * scale));
  const scaleShape = [scales.length === channels ? channels : 1];
  const codes = Float64Array.from(bias.data, (value, c) =>
    Math.max(
      -GREATEST_BIAS_CODE,
      Math.min(GREATEST_BIAS_CODE, Math.round(value / scales[scales.length === 1 ? 0 : c]!)),
    ),
  );
  const zeroPoints = new Int32Array(scales.length);
  const encoding: AffineEncoding = {
    kind: 'affine',
    bits: BIAS_BITS,
    signed: true,
    scaleShape,
    scales,
    zeroPoints,
  };
  return { ...bias, data: decodeCodes(codes, bias.shape, encoding), encoding };
}

function usesOf(graph: Graph, take: (node: Node) => boolean) {
  const producers = producersOf(graph);
  const uses = new Map<ParamId, { axes: WeightAxes; uses: Use[] }>();
  for (const node of graph.nodes) {
    if (!take(node)) continue;
    const before = producers.get(node.inputs[0]!);
    const rounded = isIntegerProduct(node) && before?.op === 'QuantizeDequantize';
    const inputScale = rounded ? graph.params.get(before.params.scale!)!.data[0]! : undefined;
    for (const [role, axes] of weightRoles(node)) {
      const weight = node.params[role]!;
      const entry = uses.get(weight) ?? { axes, uses: [] };
      entry.uses.push({ node, inputScale });
      uses.set(weight, entry);
    }
  }
  return uses;
}

function leastScales(graph: Graph, users: readonly Use[], weight: Param, axes: WeightAxes): Float64Array {
  const least = new Float64Array(weight.shape[axes.output]!);
  for (const { node, inputScale } of users) {
    const bias = graph.params.get(node.params.bias ?? '');
    if (!bias || inputScale === undefined) continue;
    bias.data.forEach((value, c) => {
      least[c] = Math.max(least[c]!, Math.abs(value) / (inputScale * GREATEST_BIAS_CODE));
    });
  }
  return least;
}

/**
 * Bias correction (Nagel et al. 2019, section 4.2, by data): rounding shifts a channel's mean by the mean input times the
 * weights' error; the bias takes that back. Padding is not accounted for.
 */
function correctedBias(
  graph: Graph,
  node: Node,
  exact: Param,
  rounded: Float32Array,
  { channelMeans }: EncodeOptions,
): Param | undefined {
  const bias = graph.params.get(node.params.bias ?? '');
  const means = isIntegerProduct(node) ? channelMeans?.(node.inputs[0]!) : undefined;
  if (!means) return bias;
  const { shape } = exact;
  const outputs = shape.at(-1)!;
  const perGroup = shape.at(-2)!;
  const filtersPerGroup = outputs / Number(node.attrs.groups ?? 1);
  const data = bias ? bias.data.slice() : new Float32Array(outputs);
  const shift = new Float64Array(outputs);
  rounded.forEach((value, i) => {
    const output = i % outputs;
    const input = (Math.floor(i / outputs) % perGroup) + Math.floor(output / filtersPerGroup) * perGroup;
    shift[output]! += (value - exact.data[i]!) * means[input]!;
  });
  return {
    shape: [outputs],
    trainable: bias?.trainable ?? exact.trainable,
    data: data.map((value, c) => value - shift[c]!),
  };
}

/** The node's own bias id, or a new one where another node uses it in another way. */
function biasId(
  nodes: ReadonlyMap<string, Node>,
  node: Node,
  params: ReadonlyMap<ParamId, Param>,
  graph: Graph,
  encoded: Param,
): ParamId {
  const own = node.params.bias;
  if (own !== undefined) {
    const shared = [...nodes.values()].some(({ id, params: roles }) => id !== node.id && roles.bias === own);
    const written = params.get(own) !== graph.params.get(own);
    if (!shared || !written || sameParam(params.get(own)!, encoded)) return own;
  }
  let id = `${node.id}/bias`;
  for (let n = 1; params.has(id); n++) id = `${node.id}/bias_${n}`;
  return id;
}

function sameParam(a: Param, b: Param): boolean {
  return a.data.length === b.data.length && a.data.every((value, i) => value === b.data[i]);
}

function figuresOf(
  { bits, granularity }: WeightQuantizer,
  encoding: AffineEncoding,
  error: number,
  inputScale: number | undefined,
): LayerNote['figures'] {
  return {
    bits: bits === 'ternary' ? 'ternary' : bits,
    granularity,
    scales: encoding.scales.length,
    weightSnrDb: Number.isFinite(error) ? Math.round(error * 10) / 10 : 'exact',
    ...(inputScale === undefined ? {} : { inputScale }),
  };
}

const order = (graph: Graph, node: string) => graph.nodes.findIndex(({ id }) => id === node);
