import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { foldBatchNorm } from '../../../../compression/cleanup/fold-batch-norm.js';
import { sizeOfWeights } from '../../../../compression/measure/size.js';
import {
  type MixedPrecisionInput,
  mixedPrecision,
} from '../../../../compression/quantize/mixed/mixed-precision.js';
import { quantize } from '../../../../compression/quantize/quantize.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { accuracy, BarsSessions, barsNetwork } from '../bars.js';

const sessions = new BarsSessions();
const cache = mkdtempSync(join(tmpdir(), 'pocketlens-cache-'));
let trained: Graph;
beforeAll(async () => {
  await loadEngine({ quiet: true });
  await sessions.open();
  trained = (await sessions.train(barsNetwork(), [], { steps: 400, learningRate: 0.01 })).graph;
  vi.stubEnv('POCKETLENS_CACHE', cache);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
  await sessions.close();
});

const mixed = (options: MixedPrecisionInput, context = sessions.context()) =>
  mixedPrecision(options).apply(trained, context);
const packed = (graph: Graph) => sizeOfWeights(graph).packed;
const bitsOf = (graph: Graph) =>
  ['one', 'two', 'three', 'classes'].map((node) => {
    const { encoding, data } = graph.params.get(`${node}/weight`)!;
    return { bits: encoding?.kind === 'affine' ? encoding.bits : 32, size: data.length };
  });
const sizeAt = async (bits: number, activations: 'none' | object) => {
  const folded = foldBatchNorm(trained).graph;
  const options = { weights: { bits, clipping: 'mse' }, activations } as const;
  return packed((await quantize(options).apply(folded, sessions.context())).graph);
};

describe.each([
  ['weights alone', 'none'],
  ['activations too', {}],
] as const)('a budget of bytes: %s', (_, activations) => {
  it.each(['exact', 'greedy'] as const)('is kept to the byte and used, %s', async (search) => {
    const [least, most] = [await sizeAt(2, activations), await sizeAt(8, activations)];
    for (const maxBytes of [least, Math.round(0.6 * least + 0.4 * most), most]) {
      const { graph, report } = await mixed({ maxBytes, search, activations });
      expect(packed(graph)).toBeLessThanOrEqual(maxBytes);
      expect(report.summary).toContain(`${packed(graph)} bytes`);
    }
    const { graph: all } = await mixed({ maxBytes: most, search, activations });
    expect(packed(all)).toBe(most);
    await expect(mixed({ maxBytes: least - 1, search, activations })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(/at least \d+ bytes/),
    });
  });
});

it('is better than as many bits for every layer, by what it measures', async () => {
  const maxBytes = Math.round(((await sizeAt(3, 'none')) + (await sizeAt(4, 'none'))) / 2);
  const { graph, report } = await mixed({ maxBytes, candidates: [8, 6, 5, 4, 3, 2] });
  const equal = (
    await quantize({ weights: { bits: 3, clipping: 'mse' }, activations: 'none' }).apply(
      foldBatchNorm(trained).graph,
      sessions.context(),
    )
  ).graph;
  const damage = (bits: readonly { bits: number }[]) =>
    report.layers.reduce((sum, { figures }, i) => sum + Number(figures[`output-damage-${bits[i]!.bits}`]), 0);
  expect(new Set(bitsOf(graph).map(({ bits }) => bits)).size).toBeGreaterThan(1);
  expect(damage(bitsOf(graph))).toBeLessThan(damage(bitsOf(equal)));
  expect(report.layers.map(({ node, figures }) => [node, figures.bits])).toEqual(
    ['one', 'two', 'three', 'classes'].map((node, i) => [node, bitsOf(graph)[i]!.bits]),
  );
});

it('average bits are those of the codes', async () => {
  for (const averageBits of [2, 3.3, 8]) {
    const layers = bitsOf((await mixed({ averageBits })).graph);
    const sum = layers.reduce((total, { bits, size }) => total + bits * size, 0);
    expect(sum / layers.reduce((total, { size }) => total + size, 0)).toBeLessThanOrEqual(averageBits);
  }
});

it('measures by the evaluation, once for each layer and width, whatever the budgets', async () => {
  const context = sessions.context();
  const { evaluate } = context.task;
  let count = 0;
  const counted = {
    ...context,
    task: {
      ...context.task,
      evaluate(graph: Graph) {
        count += 1;
        return evaluate(graph);
      },
    },
  };
  const options: MixedPrecisionInput = { measure: 'quality', candidates: [6, 2] };
  const { report } = await mixed({ ...options, averageBits: 4 }, counted);
  expect(count).toBe(1 + 4 * 2);
  expect(report.layers.every(({ figures }) => Number(figures['quality-damage-2']) >= 0)).toBe(true);
  await mixed({ ...options, averageBits: 3 }, counted);
  // The input alone, which names what is cached.
  expect(count).toBe(1 + 4 * 2 + 1);
  expect(existsSync(join(cache, 'sensitivity'))).toBe(true);
  expect(readdirSync(join(cache, 'sensitivity')).every((name) => name.endsWith('.json'))).toBe(true);
});

it('needs no data to go by the weights', async () => {
  const { graph } = await mixedPrecision({ averageBits: 4, measure: 'weights' }).apply(trained, { seed: 1 });
  expect(bitsOf(graph).every(({ bits }) => bits <= 8)).toBe(true);
  await expect(mixedPrecision({ averageBits: 4 }).apply(trained, { seed: 1 })).rejects.toMatchObject({
    code: 'invalid_config',
  });
});

it('trains with the widths found, within the budget still', async () => {
  const maxBytes = await sizeAt(2, 'none');
  const rounded = await mixed({ maxBytes, candidates: [8, 'ternary'] });
  const { graph } = await mixed({ maxBytes, candidates: [8, 'ternary'], training: { steps: 150 } });
  expect(packed(graph)).toBeLessThanOrEqual(maxBytes);
  expect(bitsOf(graph)).toEqual(bitsOf(rounded.graph));
  expect(accuracy(graph)).toBeGreaterThan(accuracy(rounded.graph) + 5);
});

describe('what cannot be', () => {
  it.each([
    ['no budget', {}],
    ['two budgets', { maxBytes: 1000, averageBits: 4 }],
    ['training without a length', { averageBits: 4, training: {} }],
    ['groups beside rounded activations', { averageBits: 4, granularity: 'group', activations: {} }],
  ])('%s is refused when the pass is made', (_, options) => {
    expect(() => mixedPrecision(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_config' }) as Error,
    );
  });
  it('a graph that has codes', async () => {
    const { graph } = await mixed({ averageBits: 4 });
    await expect(mixedPrecision({ averageBits: 3 }).apply(graph, sessions.context())).rejects.toMatchObject({
      code: 'invalid_config',
      remedy: expect.stringContaining('quantize-aware'),
    });
  });
});
