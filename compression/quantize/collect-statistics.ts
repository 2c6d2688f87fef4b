/** Runs a float graph on calibration inputs in ONNX Runtime and gathers statistics of chosen values. */
import { expected, PocketlensError } from '../../models/base/errors.js';
import type { Graph, ValueId } from '../../models/graph/ir.js';
import { showShape } from '../../models/graph/shapes.js';
import { openSession, type RuntimeTensor } from '../../models/runtime/session.js';
import { exportOnnx } from '../export/onnx/export-onnx.js';
import { CHANNELS_FIRST } from '../export/onnx/lowering.js';
import { transposeData } from '../export/transpose-data.js';
import type { FeedData, Feeds } from '../pass.js';
import { ValueHistogram } from './histogram.js';

export interface ValueStatistics {
  readonly histogram: ValueHistogram;
  /** Mean of each channel (last axis), where it was asked for. */
  readonly channelMeans?: Float64Array;
}

export interface CollectOptions {
  /** Values whose channels' means are wanted. */
  readonly means?: readonly ValueId[];
  /** Of the averaged bounds (`ValueHistogram`). */
  readonly momentum?: number;
  readonly signal?: AbortSignal;
  readonly note?: (text: string) => void;
}

/**
 * One run a feed; of each run no more is kept than a histogram and the channels' means.
 * @throws invalid_data where there are no feeds or one does not fit the graph, inference_failed for NaN or infinity
 */
export async function collectStatistics(
  graph: Graph,
  feeds: readonly Feeds[],
  values: readonly ValueId[],
  options: CollectOptions = {},
): Promise<Map<ValueId, ValueStatistics>> {
  if (feeds.length === 0) {
    throw expected('invalid_data', 'at least one input', 'calibration', 'none', {
      remedy: 'Give calibration data, or quantize the weights alone.',
    });
  }
  const inputs = new Set(graph.inputs.map(({ id }) => id));
  const computed = values.filter((id) => !inputs.has(id));
  const outputs = [...new Set([...computed, ...graph.outputs])];
  const session = await openSession(exportOnnx({ ...graph, outputs }), { threads: 1, arena: false });
  const sums = new Map(values.map((id) => [id, new Accumulator(id, options.means?.includes(id) ?? false)]));
  try {
    for (const [i, feed] of feeds.entries()) {
      const results = await session.run(
        borderFeeds(graph, feed),
        options.signal ? { signal: options.signal } : {},
      );
      for (const [id, sum] of sums) {
        if (inputs.has(id)) sum.add(feed[id]!.data, channelsLast(feed[id]!.shape), options.momentum);
        else {
          const { data, dims } = results[id]!;
          sum.add(
            data as Float32Array,
            dims.length === 4 ? channelsFirst(dims) : channelsLast(dims),
            options.momentum,
          );
        }
      }
      if ((i + 1) % 16 === 0) options.note?.(`calibrated on ${i + 1} of ${feeds.length} inputs`);
    }
  } finally {
    await session.dispose();
  }
  return new Map([...sums].map(([id, sum]) => [id, sum.result()]));
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

interface ChannelLayout {
  readonly channels: number;
  /** Neighbouring elements of one channel. */
  readonly run: number;
}

const channelsLast = (shape: readonly number[]): ChannelLayout => ({ channels: shape.at(-1) ?? 1, run: 1 });
const channelsFirst = (shape: readonly number[]): ChannelLayout => ({
  channels: shape[1]!,
  run: shape[2]! * shape[3]!,
});

class Accumulator {
  readonly #id: ValueId;
  readonly #histogram = new ValueHistogram();
  #sums = new Float64Array(0);
  #elements = 0;
  readonly #means: boolean;

  constructor(id: ValueId, means: boolean) {
    this.#id = id;
    this.#means = means;
  }

  add(data: Float32Array, { channels, run }: ChannelLayout, momentum?: number): void {
    this.#histogram.add(data, this.#id, momentum);
    if (!this.#means) return;
    if (this.#sums.length === 0) this.#sums = new Float64Array(channels);
    const sums = this.#sums;
    for (let from = 0, channel = 0; from < data.length; from += run) {
      let sum = 0;
      for (let i = from; i < from + run; i++) sum += data[i]!;
      sums[channel]! += sum;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
    this.#elements += data.length / channels;
  }

  result(): ValueStatistics {
    const histogram = this.#histogram;
    return this.#means
      ? { histogram, channelMeans: this.#sums.map((sum) => sum / this.#elements) }
      : { histogram };
  }
}
