/** A graph in ONNX Runtime on inputs that are laid out as the graph has them. */
import { PocketlensError } from '../models/base/errors.js';
import type { Graph, ValueId } from '../models/graph/ir.js';
import { showShape } from '../models/graph/shapes.js';
import { openSession, type RuntimeTensor } from '../models/runtime/session.js';
import { exportOnnx } from './export/onnx/export-onnx.js';
import { transposeData } from './export/transpose-data.js';
import type { FeedData, Feeds } from './pass.js';
import { CHANNELS_FIRST } from './perm.js';

/** A value as a run gave it, in the layout that it came in. */
export interface FoundValue {
  readonly data: Float32Array;
  /** The graph's own, channels last, whatever the layout of the data. */
  readonly shape: readonly number[];
  readonly channels: number;
  /** Neighbouring elements of one channel: 1 where channels are last. Runs of all channels take turns. */
  readonly run: number;
}

/**
 * The values of each feed's run, one run after the other. @param values inputs of the graph or values that it computes
 * @throws invalid_data where a feed does not fit the graph, inference_failed, interrupted
 */
export async function* runFeeds(
  graph: Graph,
  feeds: readonly Feeds[],
  values: readonly ValueId[],
  signal?: AbortSignal,
): AsyncGenerator<ReadonlyMap<ValueId, FoundValue>> {
  const inputs = new Set(graph.inputs.map(({ id }) => id));
  const computed = values.filter((id) => !inputs.has(id));
  const outputs = [...new Set([...computed, ...graph.outputs])];
  const session = await openSession(exportOnnx({ ...graph, outputs }), { threads: 1, arena: false });
  try {
    for (const feed of feeds) {
      const results = await session.run(borderFeeds(graph, feed), signal ? { signal } : {});
      yield new Map(
        values.map((id) => {
          if (inputs.has(id)) return [id, found(feed[id]!.data, feed[id]!.shape, 'last')];
          const { data, dims } = results[id]!;
          return [id, found(data as Float32Array, dims, dims.length === 4 ? 'first' : 'last')];
        }),
      );
    }
  } finally {
    await session.dispose();
  }
}

function found(data: Float32Array, shape: readonly number[], channels: 'first' | 'last'): FoundValue {
  if (channels === 'last') return { data, shape, channels: shape.at(-1) ?? 1, run: 1 };
  const [batch, depth, height, width] = shape as [number, number, number, number];
  return { data, shape: [batch, height, width, depth], channels: depth, run: height * width };
}

/** The feeds in the file's layout. */
export function borderFeeds(graph: Graph, feeds: Feeds): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    graph.inputs.map(({ id, shape }) => {
      const feed: FeedData | undefined = feeds[id];
      const fits =
        feed?.shape.length === shape.length && shape.every((d, axis) => d === null || d === feed.shape[axis]);
      if (!feed || !fits) {
        throw new PocketlensError(
          'invalid_data',
          `Expected calibration data ${showShape(shape)} for input "${id}" but received ${feed ? showShape(feed.shape) : 'nothing'}.`,
          { remedy: 'Give data of the shape that the model takes.' },
        );
      }
      if (shape.length !== 4) return [id, { data: feed.data, dims: feed.shape }];
      const { data, shape: dims } = transposeData(feed.data, feed.shape, CHANNELS_FIRST);
      return [id, { data, dims }];
    }),
  );
}
