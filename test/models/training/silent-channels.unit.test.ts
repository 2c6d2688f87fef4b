import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph } from '../../../models/graph/ir.js';
import { awakened, silentChannels, silentShare } from '../../../models/training/silent-channels.js';

/** Two batch norms of 4 and 3 channels: one before a ReLU, one before a sum and a ReLU. */
function network(scales: readonly number[], biases: readonly number[]): Graph {
  const b = new GraphBuilder('two-norms', { seed: 1 });
  const x = b.input('x', [null, null, null, 3]);
  const first = b.relu(
    b.batchNorm(b.conv(x, { name: 'conv', filters: 4, kernel: [3, 3] }), { name: 'norm' }),
  );
  const y = b.conv(first, { name: 'back', filters: 3, kernel: [1, 1] });
  const sum = b.add(x, b.batchNorm(y, { name: 'summed' }));
  const graph = b.finish([b.relu(sum)]);
  const params = new Map(graph.params);
  const put = (id: string, data: Float32Array) => params.set(id, { ...params.get(id)!, data });
  put('norm/scale', Float32Array.from(scales));
  put('norm/bias', Float32Array.from(biases));
  put('summed/scale', Float32Array.of(0, 0, 0));
  put('summed/bias', Float32Array.of(-1, -1, -1));
  return { ...graph, params };
}

describe('silentChannels', () => {
  it('names those that lie three deviations below zero, whatever the sign of their scale', () => {
    const graph = network([0.1, -0.1, 0.1, -0.1], [-0.31, -0.31, -0.29, 0.31]);
    expect(silentChannels(graph)).toEqual([
      { scale: 'norm/scale', bias: 'norm/bias', channels: [0, 1], of: 4 },
    ]);
    expect(silentShare(graph)).toBe(50);
  });
  it('counts none where all fire, and nothing where no norm has a ReLU of its own', () => {
    const graph = network([1, 1, 1, 1], [0, 0, 0, 0]);
    expect(silentShare(graph)).toBe(0);
    const relus = graph.nodes.filter(({ op }) => op === 'Relu');
    const bare = graph.nodes.map((node) => (node === relus[0] ? { ...node, op: 'Sigmoid' } : node));
    expect(silentShare({ ...graph, nodes: bare as Graph['nodes'] })).toBeUndefined();
  });
});

describe('awakened', () => {
  it('begins silent channels anew, and leaves the others and the given graph as they are', () => {
    const given = network([0.1, -0.1, 0.1, -0.1], [-0.31, -0.31, -0.29, 0.31]);
    const graph = awakened(given);
    expect([...graph.params.get('norm/scale')!.data]).toEqual([1, 1, ...Float32Array.of(0.1, -0.1)]);
    expect([...graph.params.get('norm/bias')!.data]).toEqual([0, 0, ...Float32Array.of(-0.29, 0.31)]);
    expect(silentShare(graph)).toBe(0);
    expect(silentShare(given)).toBe(50);
    for (const [id, { data }] of given.params)
      if (!id.startsWith('norm/')) expect(graph.params.get(id)!.data).toEqual(data);
  });
});
