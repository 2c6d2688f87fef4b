import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { measureVariants } from '../../../../../apps/train/bench/compression/measure-variants.js';
import {
  QUICK_VARIANTS,
  shippedVariants,
  trainedVariants,
} from '../../../../../apps/train/bench/compression/variants.js';
import { variantsTable } from '../../../../../apps/train/bench/compression/variants-table.js';
import { foldBatchNorm } from '../../../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../../../compression/export/onnx/export-onnx.js';
import type { CompressionTask } from '../../../../../compression/pass.js';
import { parseRecipe } from '../../../../../compression/recipe.js';
import { loadEngine } from '../../../../../models/engine/load-engine.js';
import type { Graph } from '../../../../../models/graph/ir.js';
import { randomFeed } from '../../../../compression/export/onnx/parity.js';
import { smallGraph } from '../../../../compression/small-graph.js';

let folder: string;
beforeAll(async () => {
  await loadEngine({ quiet: true });
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-variants-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const ofWhatShips = shippedVariants(smallGraph(), new Uint8Array(), 2).filter((one) => 'passes' in one);

it.each([...QUICK_VARIANTS, ...trainedVariants(2), ...ofWhatShips])(
  '"$name" is a valid recipe',
  ({ passes }) => {
    expect(parseRecipe({ name: 'variant', passes }).steps.length).toBe(passes.length);
  },
);

it('measures variants beside their parent, says what failed, judges a graph once, and goes on', async () => {
  let judged = 0;
  const options = {
    ...smallBench(),
    task: smallTask(async () => {
      judged += 1;
      return 80;
    }),
    variants: [
      { name: 'whole', passes: [{ pass: 'fold-batch-norm' }] },
      { name: 'rounded', passes: [{ pass: 'fold-batch-norm' }, { pass: 'quantize' }] },
      { name: 'untrainable', passes: [{ pass: 'tune', minutes: 1 }] },
    ],
  };
  const report = await measureVariants(options);
  // The parent, folded, rounded: each once.
  expect(judged).toBe(3);
  expect(report.results.map(({ name, failed }) => [name, failed !== undefined])).toEqual([
    ['float parent', false],
    ['whole', false],
    ['rounded', false],
    ['untrainable', true],
  ]);
  expect(new Set(report.latency.latencies.map(({ name }) => name)).size).toBe(3);
  const [whole, rounded] = [report.results[1]!, report.results[2]!];
  expect(rounded.measurement!.size.file).toBeLessThan(whole.measurement!.size.file);

  const table = variantsTable(report, { share: 'all dev samples', minutes: 2 }).split('\n');
  expect(table.slice(2, 6).map((row) => row.split('|')[1]!.trim().slice(0, 12))).toEqual([
    'float parent',
    'whole',
    'rounded',
    'untrainable:',
  ]);
  expect(table[4]).toMatch(/\+0\.00 .*\d\.\d×/);

  expect(table.at(-1)).toMatch(/all dev samples.*for 2 minutes/);

  expect(readdirSync(options.folder).sort()).toEqual(['float-parent', 'rounded', 'untrainable', 'whole']);
  await measureVariants(options);
  expect(judged).toBe(3);
});

it('judges and times a file as it is, and starts variants from the weights that are named', async () => {
  const { graph, ...bench } = smallBench();
  const [id, param] = [...graph.params][0]!;
  const halved = { ...param, data: param.data.map((value) => value / 2) };
  const half = { ...graph, params: new Map(graph.params).set(id, halved) };
  const onnx = exportOnnx(foldBatchNorm(half).graph);
  const judged: Uint8Array[] = [];
  const { results, latency } = await measureVariants({
    ...bench,
    graph,
    task: {
      ...smallTask(async (candidate) => (candidate.params.get(id)!.data[0] === param.data[0] ? 80 : 75)),
      evaluateOnnx: async (bytes) => {
        judged.push(bytes);
        return { quality: 70, metrics: {} };
      },
    },
    variants: [
      { name: 'shipped', onnx },
      { name: 'its weights', passes: [{ pass: 'quantize', activations: 'none' }], from: half },
    ],
  });
  expect(judged).toEqual([onnx]);
  expect(results.map(({ name, evaluation }) => [name, evaluation!.quality])).toEqual([
    ['float parent', 80],
    ['shipped', 70],
    ['its weights', 75],
  ]);
  const [parent, shipped] = results;
  expect(shipped!.onnxBytes).toBe(onnx.length);
  expect(shipped!.measurement!.cost.macs).toBe(parent!.measurement!.cost.macs);
  expect(shipped!.seconds).toBeUndefined();
  expect(new Set(latency.latencies.map(({ name }) => name))).toContain('shipped');

  const notes = { share: 'all dev samples', minutes: 0, parent: '1.0.0', shipped: '1.0.1' };
  const table = variantsTable({ model: 'small', results, latency }, notes);
  expect(table).toMatch(/shipped +\| +70\.00 \| −10\.00/);
  expect(table).toContain('The parent is version 1.0.0, what is shipped 1.0.1.');
});

function smallBench() {
  return {
    model: 'small',
    graph: smallGraph(),
    folder: mkdtempSync(join(folder, 'bench-')),
    judgedBy: 'nothing',
    seed: 1,
    latencySeconds: 1,
  };
}

function smallTask(quality: (graph: Graph) => Promise<number>): CompressionTask {
  const input = smallGraph().inputs[0]!;
  const shape = input.shape.map((d) => d ?? 1);
  return {
    inputShapes: { [input.id]: shape },
    calibration: async () => [{ [input.id]: randomFeed(shape, 1) }],
    evaluate: async (graph) => ({ quality: await quality(graph), metrics: {} }),
  };
}
