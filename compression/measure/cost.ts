/** What a run of a compressed graph costs: arithmetic by kind, memory traffic and peak memory at the stored bits. */
import { costOf } from '../../models/graph/cost.js';
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Graph, ParamId, ValueId } from '../../models/graph/ir.js';
import { sizeOf } from '../../models/graph/shapes.js';
import { isIntegerProduct } from '../quantize/layers.js';
import { activationBits, FLOAT_BITS, isFusedQuantizer, storedBits, weightBits } from './bits.js';
import { zerosIn } from './size.js';

export interface LayerCost {
  readonly node: string;
  readonly op: string;
  readonly macs: number;
  /** Those with a weight other than 0: what sparse hardware would do. */
  readonly nonZeroMacs: number;
  /** Whether both factors are integers of at most 8 bits. */
  readonly integer: boolean;
  /** Other arithmetic. */
  readonly operations: number;
  /** Bytes of weights that the node reads, as stored. */
  readonly weightBytes: number;
  /** Bytes of activations read and written. */
  readonly activationBytes: number;
}

export interface RunCost {
  readonly macs: number;
  readonly nonZeroMacs: number;
  readonly integerMacs: number;
  readonly operations: number;
  readonly weightBytes: number;
  readonly activationBytes: number;
  /** weightBytes + activationBytes: with no cache, and no fusion but that of quantizers. */
  readonly trafficBytes: number;
  /** The most bytes of activations alive at once when every value is freed after its last use. */
  readonly peakActivationBytes: number;
  readonly layers: readonly LayerCost[];
}

/** @param inputShapes every dimension known. @throws invalid_argument where one is not */
export function runCost(graph: Graph, inputShapes: Readonly<Record<ValueId, readonly number[]>>): RunCost {
  const shapes = inferShapes(graph, inputShapes);
  const bits = activationBits(graph);
  const bytes = (id: ValueId) =>
    (sizeOf(shapes.get(id) as readonly number[]) * (bits.get(id) ?? FLOAT_BITS)) / 8;
  const density = densities(graph);
  const { perNode } = costOf(graph, inputShapes);
  const layers = graph.nodes.map((node, i): LayerCost => {
    const { macs, operations } = perNode[i]!;
    const weights = Object.values(node.params).map((id) => graph.params.get(id)!);
    const weight = node.params.weight ?? node.params.kernel;
    const integer =
      weight !== undefined &&
      isIntegerProduct(node) &&
      weightBits(graph.params.get(weight)!) <= 8 &&
      node.inputs.every((id) => (bits.get(id) ?? FLOAT_BITS) <= 8);
    const moved = [...node.inputs, ...node.outputs].reduce((sum, id) => sum + bytes(id), 0);
    return {
      node: node.id,
      op: node.op,
      macs,
      nonZeroMacs: macs * (weight === undefined ? 1 : density.get(weight)!),
      integer,
      operations,
      weightBytes: weights.reduce((sum, param) => sum + storedBits(param), 0) / 8,
      // A quantizer fused into the operator before it moves nothing.
      activationBytes: isFusedQuantizer(node, bits) ? 0 : moved,
    };
  });
  const sum = (of: (layer: LayerCost) => number) => layers.reduce((all, layer) => all + of(layer), 0);
  const weightBytes = sum((layer) => layer.weightBytes);
  const activationBytes = sum((layer) => layer.activationBytes);
  return {
    macs: sum(({ macs }) => macs),
    nonZeroMacs: sum(({ nonZeroMacs }) => nonZeroMacs),
    integerMacs: sum(({ macs, integer }) => (integer ? macs : 0)),
    operations: sum(({ operations }) => operations),
    weightBytes,
    activationBytes,
    trafficBytes: weightBytes + activationBytes,
    peakActivationBytes: peak(graph, bytes, bits),
    layers,
  };
}

/** Share of the values other than 0, param by param. */
function densities(graph: Graph): Map<ParamId, number> {
  return new Map([...graph.params].map(([id, { data }]) => [id, 1 - zerosIn(data) / data.length]));
}

function peak(graph: Graph, bytes: (id: ValueId) => number, bits: ReadonlyMap<ValueId, number>): number {
  const lastUse = new Map<ValueId, number>();
  graph.nodes.forEach((node, i) => {
    for (const id of [...node.outputs, ...node.inputs]) lastUse.set(id, i);
  });
  for (const id of graph.outputs) lastUse.set(id, graph.nodes.length);
  const alive = new Set(graph.inputs.map(({ id }) => id));
  let now = [...alive].reduce((sum, id) => sum + bytes(id), 0);
  let most = now;
  graph.nodes.forEach((node, i) => {
    // A fused quantizer's output takes its input's place.
    const extra = isFusedQuantizer(node, bits) ? bytes(node.inputs[0]!) : 0;
    for (const id of node.outputs) {
      alive.add(id);
      now += bytes(id);
    }
    most = Math.max(most, now - extra);
    for (const id of [...alive]) {
      if ((lastUse.get(id) ?? 0) > i) continue;
      alive.delete(id);
      now -= bytes(id);
    }
  });
  return most;
}
