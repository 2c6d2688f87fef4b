import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import type { CompressionTask, Feeds } from '../../../compression/pass.js';
import { makePass, parseRecipe } from '../../../compression/recipe.js';
import { autoCompress } from '../../../compression/search/auto.js';
import { bitPath } from '../../../compression/search/bit-path.js';
import { sensitivityScan } from '../../../compression/search/sensitivity.js';
import type { AutoGoal, Trial } from '../../../compression/search/trials.js';
import { Random } from '../../../models/base/random.js';
import type { Graph } from '../../../models/graph/ir.js';
import { smallGraph } from '../small-graph.js';

const feeds = (count: number) =>
  Array.from({ length: count }, (_, i): Feeds => {
    const random = new Random(1, 'feeds', i);
    return {
      image: { shape: [1, 8, 8, 1], data: Float32Array.from({ length: 64 }, () => random.range(-1, 1)) },
    };
  });
const folded = foldBatchNorm(smallGraph()).graph;

describe('bitPath', () => {
  it('narrows the layer first that costs the least error a bit', () => {
    const path = bitPath([
      { node: 'fragile', weights: 100, errors: { 8: 0, 4: 0.5, 2: 0.9 } },
      { node: 'robust', weights: 100, errors: { 8: 0, 4: 0.01, 2: 0.1 } },
      { node: 'small', weights: 1, errors: { 8: 0, 4: 0.1, 2: 0.2 } },
    ]);
    expect(path.slice(0, 3).map(({ layers }) => layers)).toEqual([{}, { robust: 4 }, { robust: 2 }]);
    expect(path.at(-1)!.layers).toEqual({ fragile: 2, robust: 2, small: 2 });
    expect(path.at(-1)!.savedBytes).toBeCloseTo((201 * 6) / 8, 9);
    expect(bitPath([{ node: 'a', weights: 8, errors: { 8: 0, 4: 1, 2: 1 } }], 4).at(-1)!.layers).toEqual({
      a: 4,
    });
  });
});

describe('sensitivityScan', () => {
  it('finds more error with fewer bits, in every layer', async () => {
    const scan = await sensitivityScan(folded, feeds(3));
    expect(scan.map(({ node }) => node)).toEqual(['first', 'second']);
    for (const { errors } of scan) {
      expect(errors[8]).toBeLessThan(0.02);
      expect(errors[2]).toBeGreaterThan(errors[4]!);
      expect(errors[4]).toBeGreaterThan(errors[8]!);
    }
  });
});

describe('set-bits', () => {
  it('gives single layers other widths, and names what it does not find', async () => {
    const { graph } = await makePass('set-bits', { layers: { first: 4 } }).apply(folded, { seed: 1 });
    const encoding = (id: string) => graph.params.get(`${id}/weight`)!.encoding;
    expect(encoding('first')).toMatchObject({ kind: 'affine', bits: 4 });
    expect(encoding('second')).toBeUndefined();
    const missing = makePass('set-bits', { layers: { third: 4 } }).apply(folded, { seed: 1 });
    await expect(missing).rejects.toMatchObject({ code: 'invalid_config' });
  });
});

describe('autoCompress', () => {
  /** Quality: points of agreement with the float weights, without running anything. */
  const task: CompressionTask = {
    inputShapes: { image: [1, 8, 8, 1] },
    calibration: async (count) => feeds(Math.min(count, 4)),
    evaluate: async (graph: Graph) => {
      const weight = graph.params.get('second/weight')!;
      const bits = weight.encoding?.kind === 'affine' ? weight.encoding.bits : 32;
      return { quality: 100 - 40 / bits ** 2, metrics: {} };
    },
  };
  const search = (goal: AutoGoal, more = {}) =>
    autoCompress(smallGraph(), goal, { keeps: [1], ...more }, { task, seed: 1 });

  it('finds the widest plan within a size, and the smallest within a loss', async () => {
    const eight = (await search({ maxBytes: 100_000 })).best;
    const small = await search({ maxBytes: eight.bytes - 400 });
    expect(small.best.bytes).toBeLessThanOrEqual(eight.bytes - 400);
    expect(small.best.passes.map(({ pass }) => pass)).toContain('set-bits');
    expect(parseRecipe(small.recipe).steps).toHaveLength(small.best.passes.length);
    const loss = await search({ maxLoss: 3 });
    expect(loss.best.loss).toBeLessThanOrEqual(3);
    expect(loss.best.bytes).toBeLessThan(eight.bytes);
    expect(loss.trials.length).toBeGreaterThan(2);
  });

  it('says what it found at best where nothing fits', async () => {
    await expect(search({ maxBytes: 10 })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(search({ maxBytes: 10 })).rejects.toThrow(/--max-bytes 10 .*at least \d+ bytes/);
    await expect(search({})).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('says before the first trial that there is nothing to tune with', async () => {
    const kept: Trial[] = [];
    const store = { find: () => undefined, add: async (trial: Trial) => void kept.push(trial) };
    const tuned = autoCompress(
      smallGraph(),
      { maxLoss: 3 },
      { keeps: [1, 0.5], minutes: 1 },
      { task, seed: 1, store: { ...store, pruned: (_passes, make) => make() } },
    );
    await expect(tuned).rejects.toThrow(/training data for "minutes" of pass "prune-channels"/);
    expect(kept).toHaveLength(0);
  });

  it('does not judge again what a store knows, and prunes where it may', async () => {
    const kept: Trial[] = [];
    let judged = 0;
    const counting = {
      ...task,
      evaluate: (graph: Graph) => {
        judged += 1;
        return task.evaluate(graph);
      },
    };
    const store = {
      find: (passes: Trial['passes']) =>
        kept.find((trial) => JSON.stringify(trial.passes) === JSON.stringify(passes)),
      add: async (trial: Trial) => void kept.push(trial),
      pruned: (_: unknown, make: () => Promise<Graph>) => make(),
    };
    const run = () =>
      autoCompress(smallGraph(), { maxBytes: 3000 }, { keeps: [1, 0.5] }, { task: counting, seed: 1, store });
    const first = await run();
    const after = judged;
    await run();
    expect(judged - after).toBe(1);
    expect(kept.length).toBe(first.trials.length);
  });

  it('completes what another goal left open: a time that was not taken, a quality that was not judged', async () => {
    const kept: Trial[] = [];
    const store = {
      find: (passes: Trial['passes']) =>
        kept.findLast((trial) => JSON.stringify(trial.passes) === JSON.stringify(passes)),
      add: async (trial: Trial) => void kept.push(trial),
      pruned: (_: unknown, make: () => Promise<Graph>) => make(),
    };
    const run = (goal: AutoGoal) =>
      autoCompress(smallGraph(), goal, { keeps: [1] }, { task, seed: 1, store });
    const first = await run({ maxBytes: 100_000 });
    expect((await run({ maxMs: 1e6 })).best.medianMs).toBeGreaterThan(0);
    // Too large for this goal: ruled out without being judged.
    await expect(run({ maxBytes: 10 })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect((await run({ maxBytes: 100_000 })).best.passes).toEqual(first.best.passes);
  });
});
