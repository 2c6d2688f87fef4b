/**
 * The segment stream (Li and Yu 2018): features pooled within superpixels, over their neighbours and over the image; what
 * a segment's features differ by from either decides whether it stands out. Pooling and writing back are products with
 * matrices that come as inputs (`superpixels/segment-inputs.ts`), so the graph runs on any runtime.
 */
import type { GraphBuilder } from '../graph/builder.js';
import type { ValueId } from '../graph/ir.js';
import type { SegmentStreamConfig } from './config.js';

/** Scope below which the params stand. */
export const SEGMENT_SCOPE = 'segment';
/** Strides of the grids that segments are pooled from and painted to. */
export const POOL_STRIDE = 8;
export const PAINT_STRIDE = 4;

export interface SegmentMatrices {
  /** [batch, segments, cells at POOL_STRIDE]; rows sum to 1, those of unused slots to 0. */
  readonly pool: ValueId;
  /** [batch, segments, segments], alike. */
  readonly neighbours: ValueId;
  /** [batch, cells at PAINT_STRIDE, segments]; rows sum to 1. */
  readonly paint: ValueId;
}

/** The matrices as inputs of the graph, their sizes free but for the number of segments. */
export function segmentMatrixInputs(b: GraphBuilder, config: SegmentStreamConfig): SegmentMatrices {
  const segments = config.counts.reduce((sum, count) => sum + count, 0);
  return {
    pool: b.input('pool', [null, segments, null]),
    neighbours: b.input('neighbours', [null, segments, segments]),
    paint: b.input('paint', [null, null, segments]),
  };
}

/**
 * Without batch normalisation: the stream is trained above frozen ones.
 * @param features at POOL_STRIDE, joined along the channels.
 * @param side of the square image
 * @returns logits [batch, side / PAINT_STRIDE, side / PAINT_STRIDE, 1]
 */
export function addSegmentStream(
  b: GraphBuilder,
  features: readonly ValueId[],
  matrices: SegmentMatrices,
  config: SegmentStreamConfig,
  side: number,
): ValueId {
  return b.scope(SEGMENT_SCOPE, () => {
    const mixed = b.relu(
      b.conv(b.concat([...features]), { name: 'features', filters: config.features, kernel: [1, 1] }),
    );
    const cells = b.reshape(mixed, [0, -1, config.features]);
    const own = b.matMul(matrices.pool, cells);
    const around = b.sub(own, b.matMul(matrices.neighbours, own));
    const all = b.sub(own, b.reduceMean(cells, { name: 'image', axes: [1], keepdims: true }));
    const hidden = b.relu(b.dense(b.concat([own, around, all]), { name: 'contrast', units: config.hidden }));
    const logits = b.dense(hidden, { name: 'segment-logits', units: 1 });
    const cellsAcross = side / PAINT_STRIDE;
    return b.reshape(b.matMul(matrices.paint, logits), [0, cellsAcross, cellsAcross, 1], { name: 'painted' });
  });
}
