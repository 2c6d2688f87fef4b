import { beforeAll, describe, expect, it } from 'vitest';
import { analyzeDependencies } from '../../../../compression/prune/channels/analyze-dependencies.js';
import { reconstruct } from '../../../../compression/prune/channels/reconstruct.js';
import {
  type Removal,
  removeChannels,
  removedPositions,
} from '../../../../compression/prune/channels/remove-channels.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { validate } from '../../../../models/graph/validate.js';
import { randomFeed, runInTfjs } from '../../export/onnx/parity.js';
import { built, coupledGraphs, unit } from './coupled-graphs.js';
import { randomNetwork } from './random-network.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const feedsOf = (graph: Graph, shape: readonly number[], from = 0) =>
  Array.from({ length: 6 }, (_, i) => ({ [graph.inputs[0]!.id]: randomFeed(shape, from + i) }));

/** Squared, over all outputs. */
function error(a: Graph, b: Graph, shape: readonly number[], from = 0): number {
  return feedsOf(a, shape, from).reduce((sum, feeds) => {
    const [wanted, found] = [runInTfjs(a, feeds), runInTfjs(b, feeds)];
    return wanted.reduce(
      (all, { data }, k) => data.reduce((part, v, i) => part + (v - found[k]!.data[i]!) ** 2, all),
      sum,
    );
  }, 0);
}

/** A third of the units of each group, one at least. */
function someOf(graph: Graph): Removal[] {
  return analyzeDependencies(graph).groups.flatMap((group) => {
    const units = Array.from({ length: group.units }, (_, i) => i).filter((i) => i % 3 === 1);
    return units.length > 0 && units.length < group.units ? [{ group, units }] : [];
  });
}

async function fitted(graph: Graph, removals: readonly Removal[], shape: readonly number[]) {
  const pruned = removeChannels(graph, removals);
  const before = structuredClone([...pruned.params]);
  const result = await reconstruct(graph, pruned, removedPositions(removals), feedsOf(graph, shape));
  expect([...pruned.params]).toEqual(before);
  validate(result.graph);
  return { pruned, ...result };
}

const networks: [string, Graph, readonly number[]][] = [
  ...coupledGraphs.map(({ name, graph, feed }): [string, Graph, readonly number[]] => [name, graph, feed]),
  ...[1, 2, 3, 4].map((seed): [string, Graph, readonly number[]] => [
    `random network ${seed}`,
    randomNetwork(seed),
    [2, 8, 12, 3],
  ]),
];

describe('reconstruct', () => {
  it.each(networks)('brings what is left nearer to the whole: %s', async (_, graph, shape) => {
    const removals = someOf(graph);
    const { pruned, graph: result, fitted: layers } = await fitted(graph, removals, shape);
    if (layers.length === 0) return;
    expect(error(graph, result, shape)).toBeLessThan(error(graph, pruned, shape));
    for (const { errorLeft } of layers) expect(errorLeft).toBeLessThanOrEqual(1);
  });

  it('gives the same where what went was a copy of what stayed', async () => {
    const plain = built([null, null, null, 3], (b, x) => {
      const y = unit(b, unit(b, x, 'one', 8), 'two', 5);
      return [b.conv(y, { name: 'head', filters: 2, kernel: [1, 1] })];
    });
    // The upper half of the first layer's channels is the lower half again.
    const params = new Map(plain.params);
    for (const [id, param] of plain.params) {
      if (!id.startsWith('one')) continue;
      const data = param.data.slice();
      for (let i = 0; i < data.length; i++) if (i % 8 >= 4) data[i] = data[i - 4]!;
      params.set(id, { ...param, data });
    }
    const graph = { ...plain, params };
    const group = analyzeDependencies(graph).groups.find(({ id }) => id === 'one')!;
    const removals = [{ group, units: [4, 5, 6, 7] }];
    const shape = [2, 8, 12, 3];
    const { pruned, graph: result, fitted: layers } = await fitted(graph, removals, shape);
    expect(layers[0]!.node).toBe('two');
    expect(layers[0]!.errorLeft).toBeLessThan(0.01);
    // On inputs that it was not fitted to.
    expect(error(graph, result, shape, 50)).toBeLessThan(0.01 * error(graph, pruned, shape, 50));
  });

  it('changes no layer before what was removed', async () => {
    const { graph, feed } = coupledGraphs[0]!;
    const group = analyzeDependencies(graph).groups.find(({ id }) => id === 'two')!;
    const { pruned, graph: result, fitted: layers } = await fitted(graph, [{ group, units: [0, 1] }], feed);
    expect(layers.map(({ node }) => node)).toEqual(['head']);
    for (const [id, { data }] of pruned.params)
      if (!id.startsWith('head')) expect(result.params.get(id)!.data).toEqual(data);
  });
});
