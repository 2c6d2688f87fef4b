/**
 * The saliency network's graph.
 *
 * Input `image` [batch, height, width, 3]: RGB value / 127.5 − 1, sides multiples of 32. With a segment stream also the
 * matrices `pool`, `neighbours` and `paint` (`segment-stream.ts`), and the image is a square of a fixed side.
 *
 * For training its outputs are logits, see `TrainingOutputs`. Deployed they are `saliency` and `contour` [batch, height,
 * width, 1], probabilities at the image's size.
 */
import { GraphBuilder } from '../graph/builder.js';
import type { Graph, ValueId } from '../graph/ir.js';
import { addBackbone } from './backbone.js';
import { type SaliencyConfig, saliencyConfigSchema } from './config.js';
import { addDenseStream } from './dense-stream.js';
import { addFusion } from './fusion.js';
import { addSegmentStream, PAINT_STRIDE, POOL_STRIDE, segmentMatrixInputs } from './segment-stream.js';

/** What of the network is deployed: the whole, one stream, or the streams' plain mean (to see what the attention brings). */
export const STREAM_CHOICES = ['fusion', 'dense', 'segment', 'mean'] as const;
export type StreamChoice = (typeof STREAM_CHOICES)[number];

export const SALIENCY_OUTPUT = 'saliency';
export const CONTOUR_OUTPUT = 'contour';

/** Shapes of a deployed network's inputs for one image, e.g. to count what it costs. */
export function saliencyInputShapes({ side, segment }: SaliencyConfig): Record<ValueId, number[]> {
  const image = [1, side, side, 3];
  if (!segment) return { image };
  const slots = segment.counts.reduce((sum, count) => sum + count, 0);
  const cells = (stride: number) => (side / stride) ** 2;
  return {
    image,
    pool: [1, slots, cells(POOL_STRIDE)],
    neighbours: [1, slots, slots],
    paint: [1, cells(PAINT_STRIDE), slots],
  };
}

/** The outputs of a training graph in order: fused and segment maps are there with a segment stream only. */
export interface TrainingOutputs<T> {
  /** Stride 2. */
  readonly dense: T;
  /** Stride 2. */
  readonly contour: T;
  /** Strides 4, 8, 16 and 32. */
  readonly sides: readonly T[];
  readonly streams?: {
    /** Stride 4. */
    readonly segment: T;
    /** Stride 2. */
    readonly fused: T;
  };
}

const SIDES = 4;

export function nameOutputs<T>(outputs: readonly T[]): TrainingOutputs<T> {
  const [dense, contour, ...rest] = outputs as [T, T, ...T[]];
  const [segment, fused] = rest.slice(SIDES);
  return {
    dense,
    contour,
    sides: rest.slice(0, SIDES),
    ...(segment !== undefined && fused !== undefined && { streams: { segment, fused } }),
  };
}

/** Logits of one map at stride 2 and, with a segment stream, what else it is made of. */
interface Streams {
  readonly dense: ValueId;
  readonly contour: ValueId;
  readonly sides: readonly ValueId[];
  readonly segment?: ValueId;
  readonly fused?: ValueId;
}

/** @param side of the training images, where there is a segment stream; the config's by default */
export function buildSaliency(config: SaliencyConfig, seed = 1, side = config.side): Graph {
  const b = new GraphBuilder('saliency', { seed });
  const { dense, contour, sides, segment, fused } = addStreams(b, config, {
    side,
    training: true,
    fusion: true,
  });
  const outputs = [dense, contour, ...sides, ...(segment && fused ? [segment, fused] : [])];
  return b.finish(outputs, { task: 'saliency', config });
}

/** The trained graph bound to its config's side, where it was trained at another one. The weights fit any side. */
export function atConfiguredSide(trained: Graph): Graph {
  const config = saliencyConfigSchema.parse(trained.meta.config);
  const own = trained.inputs[0]!.shape[1];
  if (own == null || own === config.side) return trained;
  return { ...buildSaliency(config), params: trained.params, meta: trained.meta };
}

/**
 * The trained graph as it is deployed: probabilities at the image's size, and nothing that only training needs.
 * @param choice without a segment stream there is the dense one only, whatever is asked for
 */
export function deploymentGraph(trained: Graph, choice: StreamChoice = 'fusion'): Graph {
  const whole = saliencyConfigSchema.parse(trained.meta.config);
  const config = choice === 'dense' ? { ...whole, segment: null } : whole;
  const b = new GraphBuilder('saliency', { seed: 1 });
  const streams = addStreams(b, config, { side: config.side, training: false, fusion: choice === 'fusion' });
  const map = chosenMap(b, streams, choice);
  const contour = probability(b, streams.contour, 2, CONTOUR_OUTPUT);
  // The segment map alone needs no dense one.
  const graph = b.finish([map, contour], { task: 'saliency', config }, { dropUnused: true });
  const params = new Map([...graph.params.keys()].map((id) => [id, trained.params.get(id)!]));
  return { ...graph, params };
}

interface StreamOptions {
  readonly side: number;
  /** With the side outputs. */
  readonly training: boolean;
  readonly fusion: boolean;
}

function addStreams(
  b: GraphBuilder,
  config: SaliencyConfig,
  { side, training, fusion }: StreamOptions,
): Streams {
  const { segment: segmentConfig } = config;
  const size = segmentConfig ? side : null;
  const image = b.input('image', [null, size, size, 3]);
  const matrices = segmentConfig ? segmentMatrixInputs(b, segmentConfig) : undefined;
  const taps = addBackbone(b, image, config.dense);
  const { saliency, contour, sides, features } = addDenseStream(b, taps, config.dense, training);
  const dense = { dense: saliency, contour, sides };
  if (!segmentConfig || !matrices) return dense;
  const segment = addSegmentStream(b, [features.stride8, taps.stride8], matrices, segmentConfig, side);
  if (!fusion) return { ...dense, segment };
  const fused = addFusion(b, features.stride2, [saliency, up(b, segment)], segmentConfig.fusion);
  return { ...dense, segment, fused };
}

function up(b: GraphBuilder, x: ValueId): ValueId {
  return b.resize(x, { scales: [2, 2], mode: 'linear' });
}

function probability(b: GraphBuilder, logits: ValueId, factor: number, name: string): ValueId {
  return b.sigmoid(b.resize(logits, { scales: [factor, factor], mode: 'linear' }), { name });
}

function chosenMap(b: GraphBuilder, { dense, segment, fused }: Streams, choice: StreamChoice): ValueId {
  if (segment === undefined || choice === 'dense') return probability(b, dense, 2, SALIENCY_OUTPUT);
  if (fused !== undefined) return probability(b, fused, 2, SALIENCY_OUTPUT);
  if (choice === 'segment') return probability(b, segment, 4, SALIENCY_OUTPUT);
  const both = b.concat([probability(b, dense, 2, 'dense-map'), probability(b, segment, 4, 'segment-map')]);
  return b.reduceMean(both, { name: SALIENCY_OUTPUT, axes: [3], keepdims: true });
}
