import { beforeAll, describe, expect, it } from 'vitest';
import { equalizeWeights } from '../../../compression/cleanup/equalize-weights.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import type { Graph } from '../../../models/graph/ir.js';
import { maxDifference, randomFeed, runInTfjs } from '../export/onnx/parity.js';
import { type Build, built, conv, rounded } from './unlike-channels.js';

beforeAll(() => loadEngine({ quiet: true }));

const SHAPE = [2, 8, 8, 3];
function difference(a: Graph, b: Graph): number {
  const feeds = { x: randomFeed(SHAPE, 5) };
  const expected = runInTfjs(a, feeds);
  const scale = expected.flatMap(({ data }) => [...data]).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  return maxDifference(expected, runInTfjs(b, feeds)) / scale;
}
describe('equalize-weights', () => {
  const chains: [string, Build, string[]][] = [
    ['Conv, Relu, Conv', (b, x) => conv(b, b.relu(conv(b, x, 'a')), 'b'), ['a']],
    [
      'Conv, Conv without bias',
      (b, x) =>
        b.conv(b.conv(x, { name: 'a', filters: 5, kernel: [3, 3], bias: false }), {
          name: 'b',
          filters: 2,
          kernel: [1, 1],
        }),
      ['a'],
    ],
    [
      'a depthwise convolution between',
      (b, x) => {
        const y = b.relu(b.conv(x, { name: 'expand', filters: 8, kernel: [1, 1] }));
        const z = b.relu(b.depthwiseConv(y, { name: 'depthwise', kernel: [3, 3] }));
        return b.conv(z, { name: 'project', filters: 4, kernel: [1, 1] });
      },
      ['expand', 'depthwise'],
    ],
    [
      'groups',
      (b, x) => b.conv(b.relu(conv(b, x, 'a')), { name: 'b', filters: 4, kernel: [3, 3], groups: 2 }),
      ['a'],
    ],
    [
      'pools, pads and resizes between',
      (b, x) => {
        const y = b.pad(b.maxPool(b.relu(conv(b, x, 'a')), { kernel: [2, 2] }), [0, 1, 1, 0, 0, 1, 1, 0]);
        return conv(b, b.resize(b.averagePool(y, { kernel: [2, 2] }), { scales: [2, 2] }), 'b');
      },
      ['a'],
    ],
    [
      'a dense layer after the mean',
      (b, x) => b.dense(b.globalAveragePool(b.relu(conv(b, x, 'a'))), { name: 'b', units: 3 }),
      ['a'],
    ],
    [
      'a transposed convolution',
      (b, x) =>
        conv(
          b,
          b.relu(
            b.convTranspose(b.relu(conv(b, x, 'a')), {
              name: 'b',
              filters: 4,
              kernel: [2, 2],
              strides: [2, 2],
            }),
          ),
          'c',
        ),
      ['a', 'b'],
    ],
  ];
  it.each(chains)('%s: the same function, channels alike', async (_, build, first) => {
    const graph = built(build);
    const before = structuredClone([...graph.params]);
    const { graph: equal, report } = await equalizeWeights().apply(graph, { seed: 1 });
    expect(report.layers.map(({ node }) => node)).toEqual(first);
    expect(difference(graph, equal)).toBeLessThanOrEqual(1e-5);
    expect([...graph.params]).toEqual(before);
    expect(difference(graph, rounded(equal, 5))).toBeLessThan(difference(graph, rounded(graph, 5)));
  });

  it('makes the largest weight of a channel the same in both layers', async () => {
    const graph = built((b, x) => conv(b, b.relu(conv(b, x, 'a')), 'b'));
    const { graph: equal } = await equalizeWeights().apply(graph, { seed: 1 });
    const [a, b] = ['a/weight', 'b/weight'].map((id) => equal.params.get(id)!.data);
    for (let c = 0; c < 6; c++) {
      const out = a!.reduce((m, w, i) => (i % 6 === c ? Math.max(m, Math.abs(w)) : m), 0);
      const into = b!.reduce((m, w, i) => (Math.floor(i / 6) % 6 === c ? Math.max(m, Math.abs(w)) : m), 0);
      expect(out).toBeCloseTo(into, 5);
    }
  });

  const whole: [string, Build, RegExp][] = [
    ['an activation that does not scale', (b, x) => conv(b, b.relu6(conv(b, x, 'a')), 'b'), /Clip/],
    ['a normalisation between', (b, x) => conv(b, b.batchNorm(conv(b, x, 'a')), 'b'), /BatchNormalization/],
    [
      'two readers',
      (b, x) => {
        const y = b.relu(conv(b, x, 'a', 3));
        return b.add(conv(b, y, 'b', 3), y);
      },
      /more than once/,
    ],
    [
      'tied layers',
      (b, x) =>
        b.conv(b.relu(b.conv(b.relu(conv(b, x, 'in', 3)), { name: 'a', filters: 3, kernel: [3, 3] })), {
          filters: 3,
          kernel: [3, 3],
          tiedTo: 'a',
        }),
      /shares/,
    ],
  ];
  it.each(whole)('%s: left as it is, with the reason', async (_, build, reason) => {
    const graph = built(build);
    const { graph: same, report } = await equalizeWeights().apply(graph, { seed: 1 });
    expect(report.layers).toEqual([]);
    expect(report.skipped.some((entry) => reason.test(entry.reason))).toBe(true);
    expect(difference(graph, same)).toBe(0);
  });

  it('survives channels without weights', async () => {
    const graph = built((b, x) => conv(b, b.relu(conv(b, x, 'a')), 'b'));
    graph.params.get('a/weight')!.data.forEach((_, i, data) => {
      if (i % 6 === 2) data[i] = 0;
    });
    const { graph: equal } = await equalizeWeights().apply(graph, { seed: 1 });
    expect(difference(graph, equal)).toBeLessThanOrEqual(1e-5);
  });
});
