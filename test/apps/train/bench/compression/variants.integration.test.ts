import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { measureVariants } from '../../../../../apps/train/bench/compression/measure-variants.js';
import { QUICK_VARIANTS, trainedVariants } from '../../../../../apps/train/bench/compression/variants.js';
import { variantsTable } from '../../../../../apps/train/bench/compression/variants-table.js';
import type { CompressionTask } from '../../../../../compression/pass.js';
import { parseRecipe } from '../../../../../compression/recipe.js';
import { loadEngine } from '../../../../../models/engine/load-engine.js';
import { randomFeed } from '../../../../compression/export/onnx/parity.js';
import { smallGraph } from '../../../../compression/small-graph.js';

let folder: string;
beforeAll(async () => {
  await loadEngine({ quiet: true });
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-variants-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([...QUICK_VARIANTS, ...trainedVariants(2)])('"$name" is a valid recipe', ({ passes }) => {
  expect(parseRecipe({ name: 'variant', passes }).steps.length).toBe(passes.length);
});

it('measures variants beside their parent, says what failed, judges a graph once, and goes on', async () => {
  const graph = smallGraph();
  const input = graph.inputs[0]!;
  const shape = input.shape.map((d) => d ?? 1);
  let judged = 0;
  const task: CompressionTask = {
    inputShapes: { [input.id]: shape },
    calibration: async () => [{ [input.id]: randomFeed(shape, 1) }],
    evaluate: async () => {
      judged += 1;
      return { quality: 80, metrics: {} };
    },
  };
  const options = {
    model: 'small',
    graph,
    task,
    variants: [
      { name: 'whole', passes: [{ pass: 'fold-batch-norm' }] },
      { name: 'rounded', passes: [{ pass: 'fold-batch-norm' }, { pass: 'quantize' }] },
      { name: 'untrainable', passes: [{ pass: 'tune', minutes: 1 }] },
    ],
    folder,
    judgedBy: 'nothing',
    seed: 1,
    latencySeconds: 1,
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
  expect(rounded.last!.measurement!.size.file).toBeLessThan(whole.last!.measurement!.size.file);

  const table = variantsTable(report, { share: 'all dev samples', minutes: 2 }).split('\n');
  expect(table.slice(2, 6).map((row) => row.split('|')[1]!.trim().slice(0, 12))).toEqual([
    'float parent',
    'whole',
    'rounded',
    'untrainable:',
  ]);
  expect(table[4]).toMatch(/\+0\.00 .*\d\.\d×/);

  expect(table.at(-1)).toMatch(/all dev samples.*for 2 minutes/);

  expect(readdirSync(folder).sort()).toEqual(['float-parent', 'rounded', 'untrainable', 'whole']);
  await measureVariants(options);
  expect(judged).toBe(3);
});
