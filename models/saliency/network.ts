/**
 * The saliency network's graph.
 *
 * Input `image` [batch, height, width, 3]: RGB value / 127.5 − 1, sides multiples of 32. With a segment stream also the
 * matrices `pool`, `neighbours` and `paint` (`segment-stream.ts`), and the image is a square of a fixed side.
 *
 * For training its outputs are logits, see `TrainingOutputs`. Deployed (`deployed-graph.ts`) they are `saliency` and
 * `contour` [batch, height, width, 1], probabilities at the image's size.
 */
import { GraphBuilder } from '../graph/builder.js';
import type { Graph, ValueId } from '../graph/ir.js';
import { addBackbone } from './backbone.js';
import { type SaliencyConfig, saliencyConfigSchema } from './config.js';
import { addDenseStream } from './dense-stream.js';
import { addFusion } from './fusion.js';
import { addSegmentStream, PAINT_STRIDE, POOL_STRIDE, segmentMatrixInputs } from './segment-stream.js';

const IMAGE = 'image';

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

/** @param side of the training images, where there is a segment stream; the config's by default */
export function buildSaliency(config: SaliencyConfig, seed = 1, side = config.side): Graph {
  const { segment: segmentConfig } = config;
  const b = new GraphBuilder('saliency', { seed });
  const size = segmentConfig ? side : null;
  const image = b.input(IMAGE, [null, size, size, 3]);
  const matrices = segmentConfig && segmentMatrixInputs(b, segmentConfig);
  const taps = addBackbone(b, image, config.dense);
  const { saliency, contour, sides, features } = addDenseStream(b, taps, config.dense);
  const outputs = [saliency, contour, ...sides];
  if (segmentConfig && matrices) {
    const segment = addSegmentStream(b, [features.stride8, taps.stride8], matrices, segmentConfig, side);
    const maps = [saliency, b.resize(segment, { scales: [2, 2], mode: 'linear' })] as const;
    outputs.push(segment, addFusion(b, features.stride2, maps, segmentConfig.fusion));
  }
  return b.finish(outputs, { task: 'saliency', config });
}

/** The trained graph bound to its config's side, where it was trained at another one. The weights fit any side. */
export function atConfiguredSide(trained: Graph): Graph {
  const { side } = saliencyConfigSchema.parse(trained.meta.config);
  const own = trained.inputs[0]!.shape[1];
  if (own == null || own === side) return trained;
  const { streams } = nameOutputs(trained.outputs);
  const painted = side / PAINT_STRIDE;
  return {
    ...trained,
    inputs: trained.inputs.map(({ id, shape }) =>
      id === IMAGE ? { id, shape: [shape[0]!, side, side, shape[3]!] } : { id, shape },
    ),
    nodes: trained.nodes.map((node) =>
      streams && node.outputs.includes(streams.segment)
        ? { ...node, attrs: { ...node.attrs, shape: [0, painted, painted, 1] } }
        : node,
    ),
  };
}
