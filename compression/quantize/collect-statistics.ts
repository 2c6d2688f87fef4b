/** Runs a float graph on calibration inputs in ONNX Runtime and gathers statistics of chosen values. */
import { expected } from '../../models/base/errors.js';
import type { Graph, ValueId } from '../../models/graph/ir.js';
import type { Feeds } from '../pass.js';
import { type FoundValue, runFeeds } from '../run-feeds.js';
import { ValueHistogram } from './histogram.js';

export interface ValueStatistics {
  readonly histogram: ValueHistogram;
  /** Mean and standard deviation of each channel (last axis), where they were asked for. */
  readonly channelMeans?: Float64Array;
  readonly channelDeviations?: Float64Array;
}

export interface CollectOptions {
  /** Values whose channels' means and deviations are wanted. */
  readonly channels?: readonly ValueId[];
  /** Of the averaged bounds (`ValueHistogram`). */
  readonly momentum?: number;
  readonly signal?: AbortSignal;
  readonly note?: (text: string) => void;
}

/**
 * One run a feed; of each run no more is kept than a histogram and the channels' sums.
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
  const sums = new Map(
    values.map((id) => [id, new Accumulator(id, options.channels?.includes(id) ?? false)]),
  );
  let count = 0;
  for await (const results of runFeeds(graph, feeds, values, options.signal)) {
    for (const [id, sum] of sums) sum.add(results.get(id)!, options.momentum);
    count += 1;
    if (count % 16 === 0) options.note?.(`calibrated on ${count} of ${feeds.length} inputs`);
  }
  return new Map([...sums].map(([id, sum]) => [id, sum.result()]));
}

class Accumulator {
  readonly #id: ValueId;
  readonly #histogram = new ValueHistogram();
  #sums = new Float64Array(0);
  #squares = new Float64Array(0);
  #elements = 0;
  readonly #byChannel: boolean;

  constructor(id: ValueId, byChannel: boolean) {
    this.#id = id;
    this.#byChannel = byChannel;
  }

  add({ data, channels, run }: FoundValue, momentum?: number): void {
    this.#histogram.add(data, this.#id, momentum);
    if (!this.#byChannel) return;
    if (this.#sums.length === 0) {
      this.#sums = new Float64Array(channels);
      this.#squares = new Float64Array(channels);
    }
    const [sums, squares] = [this.#sums, this.#squares];
    for (let from = 0, channel = 0; from < data.length; from += run) {
      let [sum, square] = [0, 0];
      for (let i = from; i < from + run; i++) {
        sum += data[i]!;
        square += data[i]! ** 2;
      }
      sums[channel]! += sum;
      squares[channel]! += square;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
    this.#elements += data.length / channels;
  }

  result(): ValueStatistics {
    const histogram = this.#histogram;
    if (!this.#byChannel) return { histogram };
    const channelMeans = this.#sums.map((sum) => sum / this.#elements);
    const channelDeviations = this.#squares.map((sum, c) =>
      Math.sqrt(Math.max(0, sum / this.#elements - channelMeans[c]! ** 2)),
    );
    return { histogram, channelMeans, channelDeviations };
  }
}
