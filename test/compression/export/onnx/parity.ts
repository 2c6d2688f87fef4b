/** Runs a graph in tfjs and, exported, in ONNX Runtime, on the same feeds. */
import * as tf from '@tensorflow/tfjs-core';
import { exportOnnx, type OnnxExportOptions } from '../../../../compression/export/onnx/export-onnx.js';
import { Random } from '../../../../models/base/random.js';
import { execute } from '../../../../models/graph/execute.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { openSession, type RuntimeTensor } from '../../../../models/runtime/session.js';

export interface Feed {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What the files promise. */
export const TOLERANCE = 1e-4;

export function transposeFeed({ shape, data }: Feed, perm: readonly number[]): Feed {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, d) => product * d, 1));
  const outShape = perm.map((axis) => shape[axis]!);
  const out = new Float32Array(data.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < out.length; i++) {
    out[i] = data[index.reduce((sum, at, axis) => sum + at * strides[perm[axis]!]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === outShape[axis]; axis--) index[axis] = 0;
  }
  return { shape: outShape, data: out };
}

const toBorder = (feed: Feed) => (feed.shape.length === 4 ? transposeFeed(feed, [0, 3, 1, 2]) : feed);
const fromBorder = (feed: Feed) => (feed.shape.length === 4 ? transposeFeed(feed, [0, 2, 3, 1]) : feed);

export function runInTfjs(graph: Graph, feeds: Readonly<Record<string, Feed>>): Feed[] {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([id, { shape, data }]) => [id, tf.tensor(data, [...shape])]),
  );
  try {
    return tf.tidy(() =>
      execute(graph, inputs).map((y) => ({ shape: y.shape, data: new Float32Array(y.dataSync()) })),
    );
  } finally {
    tf.dispose(Object.values(inputs));
  }
}

/** Feeds and results in the graph's own order of axes. */
export async function runInOnnxRuntime(
  graph: Graph,
  feeds: Readonly<Record<string, Feed>>,
  options?: OnnxExportOptions,
): Promise<Feed[]> {
  return runOnnx(exportOnnx(graph, options), graph, feeds);
}

/** As `runInOnnxRuntime`, of a file that was made of the graph. */
export async function runOnnx(
  file: Uint8Array,
  graph: Graph,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Feed[]> {
  const session = await openSession(file);
  try {
    const tensors: Record<string, RuntimeTensor> = {};
    for (const [id, feed] of Object.entries(feeds)) {
      const { shape, data } = toBorder(feed);
      tensors[id] = { data, dims: shape };
    }
    const results = await session.run(tensors);
    return graph.outputs.map((id) => {
      const { data, dims } = results[id]!;
      return fromBorder({ shape: dims, data: data as Float32Array });
    });
  } finally {
    await session.dispose();
  }
}

/** The largest absolute difference over all outputs; infinite where shapes differ or a value is not a number. */
export function maxDifference(a: readonly Feed[], b: readonly Feed[]): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  a.forEach(({ shape, data }, i) => {
    const other = b[i];
    if (other?.shape.join() !== shape.join() || data.length === 0) largest = Number.POSITIVE_INFINITY;
    else {
      for (let k = 0; k < data.length; k++) {
        const difference = Math.abs(data[k]! - other.data[k]!);
        largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      }
    }
  });
  return largest;
}

export async function parity(
  graph: Graph,
  feeds: Readonly<Record<string, Feed>>,
  options?: OnnxExportOptions,
): Promise<number> {
  return maxDifference(runInTfjs(graph, feeds), await runInOnnxRuntime(graph, feeds, options));
}

export function randomFeed(shape: readonly number[], seed: number): Feed {
  const random = new Random(seed, 'feed');
  const size = shape.reduce((product, d) => product * d, 1);
  return { shape, data: Float32Array.from({ length: size }, () => random.normal()) };
}

/** Gives biases and statistics values other than their initial 0 and 1, so that a mix-up of them shows. */
export function withRandomStatistics(graph: Graph, seed = 1): Graph {
  const params = new Map(graph.params);
  for (const node of graph.nodes) {
    for (const [role, id] of Object.entries(node.params)) {
      if (role === 'weight' || role.startsWith('kernel')) continue;
      const param = graph.params.get(id)!;
      const random = new Random(seed, id);
      const positive = role === 'variance' || role === 'scale';
      params.set(id, {
        ...param,
        data: param.data.map(() => (positive ? random.range(0.5, 1.5) : random.normal(0, 0.3))),
      });
    }
  }
  return { ...graph, params };
}
