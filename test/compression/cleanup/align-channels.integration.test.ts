import { beforeAll, describe, expect, it } from 'vitest';
import { alignChannels } from '../../../compression/cleanup/align-channels.js';
import { quantize } from '../../../compression/quantize/quantize.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph } from '../../../models/graph/ir.js';
import { maxDifference, parity, randomFeed, runInTfjs, TOLERANCE } from '../export/onnx/parity.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const SHAPE = [2, 7, 9, 3];

/** A convolution over `wide` + 1 + 1 concatenated channels. */
function network(wide: number, more: { readonly shared?: boolean } = {}): Graph {
  const b = new GraphBuilder('test', { seed: 4 });
  const x = b.input('x', [null, null, null, 3]);
  const features = b.relu(b.conv(x, { name: 'features', filters: wide, kernel: [3, 3] }));
  const [one, two] = ['one', 'two'].map((name) => b.conv(x, { name, filters: 1, kernel: [1, 1] }));
  const all = b.concat([features, one!, two!], { name: 'all' });
  const mixed = b.relu(b.conv(all, { name: 'mix', filters: 8, kernel: [3, 3] }));
  const outputs = [b.conv(mixed, { name: 'head', filters: 1, kernel: [1, 1] })];
  return b.finish(more.shared ? [...outputs, b.sigmoid(all)] : outputs);
}

const apply = async (graph: Graph, options = {}) => {
  const before = structuredClone([...graph.params]);
  const result = await alignChannels(options).apply(graph, { seed: 1 });
  expect([...graph.params]).toEqual(before);
  return result;
};

describe('align-channels', () => {
  it.each([
    [16, 4, 20],
    [15, 4, 20],
    [19, 8, 24],
  ])(
    'widens %i + 2 channels to a multiple of %i, the function as it was',
    async (wide, multiple, channels) => {
      const graph = network(wide);
      const { graph: aligned, report } = await apply(graph, { multiple });
      expect(aligned.params.get('mix/weight')!.shape).toEqual([3, 3, channels, 8]);
      expect(report.layers).toEqual([
        { node: 'mix', figures: { channelsBefore: wide + 2, channelsAfter: channels } },
      ]);
      const feeds = { x: randomFeed(SHAPE, 2) };
      expect(maxDifference(runInTfjs(graph, feeds), runInTfjs(aligned, feeds))).toBeLessThan(1e-6);
      expect(await parity(aligned, feeds)).toBeLessThan(TOLERANCE);
    },
  );

  it('leaves what is aligned, whose concatenation others read, and what no parts fill up', async () => {
    expect((await apply(network(18))).report).toMatchObject({ layers: [], skipped: [] });
    const shared = await apply(network(16, { shared: true }));
    expect(shared.report.skipped).toEqual([{ node: 'mix', reason: 'others read its input too' }]);
    const b = new GraphBuilder('plain', { seed: 1 });
    const y = b.conv(b.input('x', [null, null, null, 6]), { name: 'plain', filters: 4, kernel: [3, 3] });
    const { graph, report } = await apply(b.finish([y]));
    expect(report.skipped).toEqual([
      { node: 'plain', reason: 'no parts of its input can fill up the channels' },
    ]);
    expect(graph.params.get('plain/weight')!.shape).toEqual([3, 3, 6, 4]);
  });

  it('comes before quantization', async () => {
    const coded = await quantize({ activations: 'none', weights: { bits: 4 } }).apply(network(16), {
      seed: 1,
    });
    const { report } = await apply(coded.graph);
    expect(report.layers).toEqual([]);
    expect(report.skipped.map(({ reason }) => reason).join()).toMatch(/before quantizing/);
  });
});
