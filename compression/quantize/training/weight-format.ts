/** Which weights of a graph are trained as codes, and as what codes. */
import { type AffineEncoding, codesOf } from '../../../models/graph/encoding.js';
import type { Graph, Node, Param, ParamId } from '../../../models/graph/ir.js';
import { weightRoles } from '../layers.js';
import { scaleShapeOf, type WeightAxes, type WeightQuantizer } from '../quantize-tensor.js';

export interface WeightFormat {
  readonly param: ParamId;
  /** The first node that uses it. */
  readonly node: string;
  readonly axes: WeightAxes;
  readonly quantizer: WeightQuantizer;
  /** Weights that are 0 were pruned, and stay 0. */
  readonly keepZeros: boolean;
}

/**
 * Weights that are codes already keep their bits and what shares a scale (asymmetric codes become symmetric); the others
 * get what `quantizerOf` says, none where it says undefined. Shared codebooks are left alone.
 */
export function weightFormats(
  graph: Graph,
  quantizerOf: (node: Node) => WeightQuantizer | undefined,
): WeightFormat[] {
  const formats = new Map<ParamId, WeightFormat>();
  for (const node of graph.nodes) {
    for (const [role, axes] of weightRoles(node)) {
      const id = node.params[role]!;
      const param = graph.params.get(id)!;
      if (formats.has(id) || param.encoding?.kind === 'codebook') continue;
      const wanted = quantizerOf(node);
      const quantizer = param.encoding ? presentFormat(param, param.encoding, axes, wanted) : wanted;
      if (!quantizer) continue;
      // The zeros of codes may be small weights as well as pruned ones.
      const keepZeros = !param.encoding && param.data.includes(0);
      formats.set(id, { param: id, node: node.id, axes, quantizer, keepZeros });
    }
  }
  return [...formats.values()];
}

function presentFormat(
  param: Param,
  encoding: AffineEncoding,
  axes: WeightAxes,
  wanted: WeightQuantizer | undefined,
): WeightQuantizer | undefined {
  const { bits, scaleShape, signed } = encoding;
  const isTernary = bits === 2 && signed && codesOf(param).every((code) => code >= -1);
  const blocks = axes.input === undefined ? 1 : scaleShape[axes.input]!;
  const group = axes.input === undefined ? 1 : Math.ceil(param.shape[axes.input]! / blocks);
  const clipping = wanted?.clipping ?? 'mse';
  const candidates = (['tensor', 'channel', 'group'] as const).map((granularity) => ({
    bits: isTernary ? ('ternary' as const) : bits,
    granularity,
    group,
    clipping,
  }));
  const same = (one: WeightQuantizer) =>
    scaleShapeOf(param.shape, axes, one).every((n, axis) => n === scaleShape[axis]);
  return candidates.find(same) ?? wanted;
}
