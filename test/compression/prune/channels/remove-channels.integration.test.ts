import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyzeDependencies } from '../../../../compression/prune/channels/analyze-dependencies.js';
import type { ChannelGroup } from '../../../../compression/prune/channels/channel-group.js';
import { maskChannels } from '../../../../compression/prune/channels/mask-channels.js';
import { type Removal, removeChannels } from '../../../../compression/prune/channels/remove-channels.js';
import { Random } from '../../../../models/base/random.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { maxDifference, parity, randomFeed, runInTfjs } from '../../export/onnx/parity.js';
import { built, coupledGraphs } from './coupled-graphs.js';
import { randomNetwork } from './random-network.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

/** Some units of each group, never all. */
function someOf(groups: readonly ChannelGroup[], seed: number): Removal[] {
  return groups.map((group) => {
    const random = new Random(seed, group.id);
    const units = random.shuffle(Array.from({ length: group.units }, (_, i) => i));
    return { group, units: units.slice(0, random.int(1, group.units - 1)).sort((a, b) => a - b) };
  });
}

/** Relative where values are large: float32 has seven digits. */
function difference(a: Graph, b: Graph, shape: readonly number[]): number {
  const feeds = { [a.inputs[0]!.id]: randomFeed(shape, 5) };
  const expected = runInTfjs(a, feeds);
  const scale = expected.flatMap(({ data }) => [...data]).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  return maxDifference(expected, runInTfjs(b, feeds)) / scale;
}

const weights = (graph: Graph) => [...graph.params.values()].reduce((sum, { data }) => sum + data.length, 0);

describe.each(coupledGraphs)('$name', ({ graph, feed }) => {
  const { groups } = analyzeDependencies(graph);

  it.each(groups.map((group) => [group.id, group] as const))(
    'loses one unit of %s as if it were zero',
    (_, group) => {
      const removal = [{ group, units: [group.units - 1] }];
      const pruned = removeChannels(graph, removal);
      expect(weights(pruned)).toBeLessThan(weights(graph));
      expect(difference(maskChannels(graph, removal), pruned, feed)).toBeLessThan(1e-5);
      // The units did matter.
      expect(difference(graph, pruned, feed)).toBeGreaterThan(1e-4);
    },
  );

  it.each([1, 2, 3])('loses units of all groups at once as if they were zero (%i)', (seed) => {
    const removals = someOf(groups, seed);
    expect(difference(maskChannels(graph, removals), removeChannels(graph, removals), feed)).toBeLessThan(
      1e-5,
    );
  });

  it('loses all but one unit of each group, and still exports and runs', async () => {
    const removals = groups.map((group) => ({
      group,
      units: Array.from({ length: group.units - 1 }, (_, i) => i),
    }));
    const pruned = removeChannels(graph, removals);
    expect(difference(maskChannels(graph, removals), pruned, feed)).toBeLessThan(1e-5);
    expect(await parity(pruned, { x: randomFeed(feed, 6) })).toBeLessThan(1e-4);
  });

  it('can be pruned again, and leaves its input as it was', () => {
    const before = structuredClone([...graph.params]);
    // Two are left of each: a single channel is no longer told from the axes that it is reshaped with.
    const many = groups.filter(({ units }) => units > 2);
    const once = removeChannels(
      graph,
      many.map((group) => ({ group, units: Array.from({ length: group.units - 2 }, (_, i) => i) })),
    );
    const left = analyzeDependencies(once).groups;
    expect(left.map(({ id, units }) => [id, units])).toEqual(
      groups.map(({ id, units }) => [id, Math.min(2, units)]),
    );
    const removals = someOf(
      left.filter(({ units }) => units > 1),
      5,
    );
    expect(difference(maskChannels(once, removals), removeChannels(once, removals), feed)).toBeLessThan(1e-5);
    expect([...graph.params]).toEqual(before);
  });
});

describe('random networks', () => {
  it.each(Array.from({ length: 25 }, (_, seed) => seed))(
    'number %i computes the same, masked or pruned',
    (seed) => {
      const graph = randomNetwork(seed);
      const { groups } = analyzeDependencies(graph);
      const wide = groups.filter(({ units }) => units > 1);
      expect(wide.length).toBeGreaterThan(0);
      const removals = someOf(wide, seed);
      const pruned = removeChannels(graph, removals);
      expect(difference(maskChannels(graph, removals), pruned, [1, 8, 8, 3])).toBeLessThan(1e-5);
      for (const [id, { shape }] of graph.params) {
        const gone = shape.map((_, axis) =>
          removals.flatMap(({ group, units }) =>
            group.axes
              .filter((own) => own.tensor.id === id && own.axis === axis)
              .flatMap(({ positions }) => units.flatMap((unit) => positions[unit]!)),
          ),
        );
        expect(pruned.params.get(id)!.shape).toEqual(shape.map((d, axis) => d - gone[axis]!.length));
      }
    },
  );
});

describe('layer normalisation', () => {
  it('goes with its channels, over fewer of them', () => {
    const graph = built([null, null, 4], (b, x) => {
      const y = b.layerNorm(b.dense(x, { name: 'one', units: 6 }), { name: 'norm' });
      return [b.dense(y, { name: 'head', units: 2 })];
    });
    const { groups } = analyzeDependencies(graph);
    const pruned = removeChannels(graph, [{ group: groups[0]!, units: [1, 4] }]);
    expect(pruned.params.get('norm/scale')!.shape).toEqual([4]);
    const [y] = runInTfjs(pruned, { x: randomFeed([2, 5, 4], 1) });
    expect(y!.shape).toEqual([2, 5, 2]);
    expect(tf.memory().numTensors).toBe(0);
  });
});

describe('quantized weights', () => {
  const graph = built([null, null, 4], (b, x) => [
    b.dense(b.relu(b.dense(x, { name: 'one', units: 4 })), { name: 'head', units: 2 }),
  ]);
  const { groups } = analyzeDependencies(graph);
  const encoded = (scaleShape: number[]): Graph => {
    const count = scaleShape.reduce((a, b) => a * b, 1);
    const encoding = {
      kind: 'affine' as const,
      bits: 8,
      signed: true,
      scaleShape,
      scales: Float32Array.from({ length: count }, (_, i) => i + 1),
      zeroPoints: new Int32Array(count),
    };
    const data = Float32Array.from(
      { length: 16 },
      (_, i) => ((i % 4) - 1) * (1 + Math.floor((i % 4) / (4 / count))),
    );
    const weight = { ...graph.params.get('one/weight')!, data, encoding };
    return { ...graph, params: new Map(graph.params).set('one/weight', weight) };
  };

  it('lose the scales of the channels that go', () => {
    const pruned = removeChannels(encoded([1, 4]), [{ group: groups[0]!, units: [0, 2] }]);
    expect(pruned.params.get('one/weight')!.encoding).toMatchObject({
      scaleShape: [1, 2],
      scales: Float32Array.of(2, 4),
    });
  });

  it('are refused where scales are of blocks of channels', () => {
    const removal = [{ group: groups[0]!, units: [0] }];
    expect(() => removeChannels(encoded([1, 2]), removal)).toThrow(/blocks of channels/);
  });
});
