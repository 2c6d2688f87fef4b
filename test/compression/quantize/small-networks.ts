/** Small networks with what our models are made of, their batch normalisation folded, and inputs for them. */
import type { CompressionTask, Feeds, PassContext } from '../../../compression/pass.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { randomFeed, withRandomStatistics } from '../export/onnx/parity.js';

const unit = (b: GraphBuilder, x: ValueId, name: string, filters: number, kernel = 3) =>
  b.relu(b.conv(x, { name, filters, kernel: [kernel, kernel] }), { name: `${name}-relu` });

/** A stem, residual and depthwise blocks, a concatenation over two scales, two heads. */
export function convolutional(): Graph {
  const b = new GraphBuilder('convolutional', { seed: 3 });
  const image = b.input('image', [null, null, null, 1]);
  const stem = unit(b, image, 'stem', 8);
  let x = b.add(stem, unit(b, stem, 'block', 8), { name: 'sum' });
  const wide = b.relu6(b.conv(x, { name: 'expand', filters: 24, kernel: [1, 1] }), { name: 'expand-clip' });
  const deep = b.relu6(b.depthwiseConv(wide, { name: 'depthwise', kernel: [3, 3], strides: [2, 2] }), {
    name: 'depthwise-clip',
  });
  const low = b.conv(deep, { name: 'project', filters: 8, kernel: [1, 1] });
  const pooled = b.maxPool(x, { name: 'pool', kernel: [2, 2] });
  const both = b.concat([low, pooled], { name: 'both' });
  const up = b.resize(unit(b, both, 'mix', 8), { name: 'up', scales: [2, 2], mode: 'nearest' });
  x = unit(b, b.add(up, x, { name: 'skip' }), 'last', 8);
  const map = b.sigmoid(b.conv(x, { name: 'map', filters: 1, kernel: [1, 1] }), { name: 'probability' });
  const fine = b.convTranspose(x, { name: 'transposed', filters: 2, kernel: [2, 2], strides: [2, 2] });
  return withRandomStatistics(b.finish([map, fine]));
}

/** Dense layers over time and two products of activations. */
export function sequential(): Graph {
  const b = new GraphBuilder('sequential', { seed: 4 });
  const x = b.input('x', [null, null, 8]);
  const query = b.relu(b.dense(x, { name: 'query', units: 8 }));
  const key = b.relu(b.dense(x, { name: 'key', units: 8 }));
  const mixed = b.matMul(b.matMul(query, b.transpose(key, [0, 2, 1]), { name: 'pairs' }), x, {
    name: 'mixed',
  });
  const y = b.add(b.dense(mixed, { name: 'value', units: 8 }), x, { name: 'residual' });
  return withRandomStatistics(b.finish([b.dense(y, { name: 'scores', units: 5 })]));
}

export const imageFeeds = (seed: number): Feeds => ({ image: randomFeed([1, 16, 20, 1], seed) });
export const sequenceFeeds = (seed: number): Feeds => ({ x: randomFeed([2, 9, 8], seed) });

export function contextOf(feeds: (seed: number) => Feeds, given?: readonly Feeds[]): PassContext {
  const task: CompressionTask = {
    inputShapes: {},
    calibration: async (count) =>
      given ?? Array.from({ length: Math.min(count, 12) }, (_, i) => feeds(100 + i)),
    evaluate: async () => ({ quality: 0, metrics: {} }),
  };
  return { task, seed: 1 };
}
