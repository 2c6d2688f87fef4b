/** What layers answer on calibration inputs: factors are fitted to it where the data are given. */
import type { Graph, Node, ParamId } from '../../models/graph/ir.js';
import { calibrationFor } from '../calibration.js';
import { type Matrix, matrix } from '../linear-algebra/matrix.js';
import type { CompressionTask } from '../pass.js';
import { type FoundValue, runFeeds } from '../run-feeds.js';
import type { Layer } from './layers.js';

/** Of one value and one input; spread over all of them. Thousands do not change the directions. */
const MOST_POSITIONS = 512;

/**
 * Layer by layer the second moments E[z zᵀ] of its answers z = W x, bias left out, over inputs and positions: [cout, cout].
 * Layers that share their weights are summed up.
 * @throws what `calibrationFor` and running throw
 */
export async function responseMoments(
  graph: Graph,
  layers: readonly Layer[],
  task: CompressionTask,
  samples: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<ParamId, Matrix>> {
  const feeds = await calibrationFor(graph, task, samples);
  const moments = new Map(layers.map(({ weight, kernel }) => [weight, new Moments(kernel.shape[3])]));
  const values = layers.flatMap(({ nodes }) => nodes.map(({ outputs }) => outputs[0]!));
  for await (const results of runFeeds(graph, feeds, values, signal)) {
    for (const { weight, nodes } of layers)
      for (const node of nodes) moments.get(weight)!.add(results.get(node.outputs[0]!)!, biasOf(graph, node));
  }
  return new Map([...moments].map(([weight, sum]) => [weight, sum.mean()]));
}

function biasOf(graph: Graph, { params }: Node): Float32Array | undefined {
  return params.bias === undefined ? undefined : graph.params.get(params.bias)!.data;
}

class Moments {
  readonly #size: number;
  readonly #sums: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
    this.#sums = new Float64Array(size * size);
  }

  add({ data, channels, run }: FoundValue, bias: Float32Array | undefined): void {
    const positions = data.length / channels;
    const step = Math.max(1, Math.ceil(positions / MOST_POSITIONS));
    const answer = new Float64Array(channels);
    for (let position = 0; position < positions; position += step) {
      const first =
        run === 1 ? position * channels : Math.floor(position / run) * run * channels + (position % run);
      for (let c = 0; c < channels; c++) answer[c] = data[first + c * run]! - (bias?.[c] ?? 0);
      for (let i = 0; i < channels; i++) {
        const [row, factor] = [i * channels, answer[i]!];
        for (let j = i; j < channels; j++) this.#sums[row + j]! += factor * answer[j]!;
      }
      this.#count += 1;
    }
  }

  mean(): Matrix {
    const size = this.#size;
    const out = matrix(size, size);
    for (let i = 0; i < size; i++)
      for (let j = i; j < size; j++) {
        const value = this.#sums[i * size + j]! / Math.max(1, this.#count);
        out.data[i * size + j] = value;
        out.data[j * size + i] = value;
      }
    return out;
  }
}
