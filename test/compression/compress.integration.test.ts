import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compress } from '../../compression/compress.js';
import { type CompressionTask, definePass, type Feeds } from '../../compression/pass.js';
import { makePass } from '../../compression/recipe.js';
import { runReport } from '../../compression/report/run-report.js';
import { RunFolder, readRun } from '../../compression/run-folder.js';
import type { Graph } from '../../models/graph/ir.js';
import { encodeGraph } from '../../models/graph/serialize.js';
import { smallGraph } from './small-graph.js';

const EMPTY = { summary: 'Done.', layers: [], skipped: [] };
let applied: string[] = [];

/** Multiplies all weights; the stub task judges by what is left of them. */
const shrink = definePass('shrink', 'Shrinks.', z.strictObject({ by: z.number() }), (graph, { by }) => {
  applied.push(`shrink ${by}`);
  const params = new Map([...graph.params].map(([id, p]) => [id, { ...p, data: p.data.map((v) => v * by) }]));
  return { graph: { ...graph, params }, report: EMPTY };
});

const task: CompressionTask = {
  inputShapes: { image: [1, 8, 8, 1] },
  calibration: async (count) =>
    Array.from({ length: count }, (_, i): Feeds => {
      const data = Float32Array.from({ length: 64 }, (_, k) => Math.sin(i + k));
      return { image: { shape: [1, 8, 8, 1], data } };
    }),
  evaluate: async (graph) => ({ quality: 100 * norm(graph), metrics: { 'set.share': norm(graph) } }),
};

function norm(graph: Graph): number {
  const { data } = graph.params.get('first/weight')!;
  return data.reduce((sum, v) => sum + Math.abs(v), 0) / reference;
}

const reference = (() => {
  const { data } = smallGraph().params.get('first/weight')!;
  return data.reduce((sum, v) => sum + Math.abs(v), 0);
})();

async function runFolder(resume = false, path?: string): Promise<RunFolder> {
  const run = new RunFolder(path ?? (await mkdtemp(join(tmpdir(), 'compress-'))));
  await run.open({ model: 'small', recipe: { name: 'test', passes: [{ pass: 'x' }] }, seed: 1 }, resume);
  return run;
}

beforeEach(() => {
  applied = [];
});

describe('compress', () => {
  it('runs passes in order, measures after each, and leaves its input as it is', async () => {
    const graph = smallGraph();
    const before = encodeGraph(graph);
    const passes = [makePass('fold-batch-norm'), makePass('quantize', { activations: { samples: 4 } })];
    const result = await compress(graph, passes, { seed: 1, task, evaluate: false });
    expect(encodeGraph(graph)).toEqual(before);
    expect(result.stages.map(({ pass }) => pass)).toEqual(['input', 'fold-batch-norm', 'quantize']);
    expect(result.kept).toBe(2);
    expect(result.graph.nodes.some(({ op }) => op === 'BatchNormalization')).toBe(false);
    const [input, , quantized] = result.stages.map(({ measurement }) => measurement!);
    expect(quantized!.size.packed).toBeLessThan(input!.size.packed / 2);
    // The first layer has one channel, and stays in float.
    const [first, second] = quantized!.layers;
    expect([first!.bits, second!.bits, second!.activationBits]).toEqual([32, 8, 8]);
    expect(second!.weightError).toBeLessThan(0.02);
    expect(quantized!.cost.integerMacs).toBe(second!.macs);
    expect(quantized!.energy.total).toBeLessThan(input!.energy.total);
  });

  it('stops at the floor and keeps what was last good', async () => {
    const passes = [shrink({ by: 0.9 }), shrink({ by: 0.5 }), shrink({ by: 1 })];
    const result = await compress(smallGraph(), passes, { seed: 1, task, maxLoss: 20 });
    expect(applied).toEqual(['shrink 0.9', 'shrink 0.5']);
    expect(result.kept).toBe(1);
    expect(norm(result.graph)).toBeCloseTo(0.9, 5);
    expect(result.stopped).toMatch(/^After shrink the quality is 45\.00, below the floor of 80\.00\.$/);
  });

  it('goes below the floor where a step may, as long as a later one comes back', async () => {
    const steps = [{ pass: shrink({ by: 0.5 }), check: false }, shrink({ by: 2 })];
    const back = await compress(smallGraph(), steps, { seed: 1, task, maxLoss: 20 });
    expect([back.kept, back.stopped]).toEqual([2, undefined]);
    const lost = await compress(smallGraph(), steps.slice(0, 1), { seed: 1, task, maxLoss: 20 });
    expect([lost.kept, norm(lost.graph)]).toEqual([0, 1]);
    expect(lost.stopped).toContain('below the floor');
  });

  it('judges the result alone where it is told to, unless there is a floor', async () => {
    const judged: number[] = [];
    const counting = {
      ...task,
      evaluate: async (graph: Graph) => {
        judged.push(Math.round(100 * norm(graph)));
        return task.evaluate(graph);
      },
    };
    const passes = [shrink({ by: 0.9 }), shrink({ by: 0.8 })];
    const run = await runFolder();
    const context = { seed: 1, task: counting, run, evaluate: 'result' } as const;
    const { stages } = await compress(smallGraph(), passes, context);
    expect(judged).toEqual([72]);
    expect(stages.map(({ evaluation }) => evaluation !== undefined)).toEqual([false, false, true]);
    // What was not the last, and now is, is judged without being made again.
    applied = [];
    await compress(smallGraph(), passes.slice(0, 1), context);
    await compress(smallGraph(), passes.slice(0, 1), context);
    expect([applied, judged]).toEqual([[], [72, 90]]);
    await compress(smallGraph(), passes, { seed: 1, task: counting, evaluate: 'result', maxLoss: 50 });
    expect(judged).toEqual([72, 90, 100, 90, 72]);
  });

  it('hands passes all of the task', async () => {
    const whole: Required<CompressionTask> = {
      ...task,
      calibratedOn: 'waves',
      fingerprint: 'waves 1',
      taughtOutputs: [],
      evaluateOnnx: async () => ({ quality: 1, metrics: {} }),
      tune: async (graph) => graph,
      deployed: (graph) => graph,
      gradients: async () => new Map(),
    };
    const seen: string[][] = [];
    const spy = definePass('spy', 'Looks.', z.strictObject({}), (graph, _, context) => {
      seen.push(Object.keys(context.task!).sort());
      return { graph, report: EMPTY };
    });
    await compress(smallGraph(), [spy({})], { seed: 1, task: whole, evaluate: false });
    await compress(smallGraph(), [spy({})], { seed: 1, task, evaluate: false });
    expect(seen).toEqual([Object.keys(whole).sort(), Object.keys(task).sort()]);
  });

  it('resumes: passes that are done are not run again, those that changed are', async () => {
    const run = await runFolder();
    const first = await compress(smallGraph(), [shrink({ by: 0.9 }), shrink({ by: 0.8 })], {
      seed: 1,
      task,
      run,
    });
    await run.finish({ kept: 2 }, 3);
    applied = [];
    const again = await runFolder(true, run.path);
    const seen: boolean[] = [];
    const second = await compress(smallGraph(), [shrink({ by: 0.9 }), shrink({ by: 0.7 })], {
      seed: 1,
      task,
      run: again,
      onStage: (_, resumed) => seen.push(resumed),
    });
    expect(applied).toEqual(['shrink 0.7']);
    expect(seen).toEqual([true, true, false]);
    expect(norm(first.graph)).toBeCloseTo(0.72, 4);
    expect(norm(second.graph)).toBeCloseTo(0.63, 4);
    // Another input or another judge shares nothing.
    applied = [];
    await compress(smallGraph(2), [shrink({ by: 0.9 })], { seed: 1, task, run: again });
    await compress(smallGraph(), [shrink({ by: 0.9 })], { seed: 1, task, run: again, judgedBy: 'another' });
    expect(applied).toEqual(['shrink 0.9', 'shrink 0.9']);
  });

  it('is interrupted between passes and keeps the state', async () => {
    const run = await runFolder();
    const controller = new AbortController();
    const passes = [shrink({ by: 0.9 }), shrink({ by: 0.8 })];
    const work = compress(smallGraph(), passes, {
      seed: 1,
      task,
      run,
      signal: controller.signal,
      onStage: ({ index }) => index === 1 && controller.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: 'interrupted' });
    expect((await readdir(run.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
    const again = await runFolder(true, run.path);
    await compress(smallGraph(), passes, { seed: 1, task, run: again });
    expect(applied).toEqual(['shrink 0.9', 'shrink 0.8']);
  });

  it('does over a stage whose files are not whole', async () => {
    const run = await runFolder();
    const passes = [shrink({ by: 0.9 })];
    await compress(smallGraph(), passes, { seed: 1, task, run });
    const bytes = await readFile(run.graphPath(1));
    await writeFile(run.graphPath(1), bytes.subarray(0, 100));
    await compress(smallGraph(), passes, { seed: 1, task, run: await runFolder(true, run.path) });
    expect(await readFile(run.graphPath(1))).toEqual(bytes);
    await writeFile(run.graphPath(1).replace('safetensors', 'json'), '{');
    await compress(smallGraph(), passes, { seed: 1, task, run: await runFolder(true, run.path) });
    expect(applied).toHaveLength(3);
  });

  it('gives a report of what it did', async () => {
    const run = await runFolder();
    const result = await compress(smallGraph(), [makePass('fold-batch-norm'), shrink({ by: 0.9 })], {
      seed: 1,
      task,
      run,
    });
    await run.finish({ kept: result.kept }, 3);
    const report = runReport(await readRun(run.path));
    expect(report.stages.map(({ pass, kept }) => [pass, kept])).toEqual([
      ['input', false],
      ['fold-batch-norm', false],
      ['shrink', true],
    ]);
    expect(report.stages[2]!.loss).toBeGreaterThan(0);
    expect(report.stages[0]!.efficiency!.perMillionMacs).toBeGreaterThan(0);
    expect(report.layers.map(({ node }) => node)).toEqual(['first', 'second']);
    expect(report.layers[0]!.noted).toHaveProperty('folded');
  });
});

describe('compress refuses', () => {
  const fold = makePass('fold-batch-norm');

  it('a model without weights', async () => {
    const graph: Graph = {
      ...smallGraph(),
      nodes: [{ id: 'r', op: 'Relu', inputs: ['image'], outputs: ['r'], params: {}, attrs: {} }],
      outputs: ['r'],
      params: new Map(),
    };
    await expect(compress(graph, [fold])).rejects.toMatchObject({ code: 'invalid_graph' });
  });

  it('weights that are no numbers', async () => {
    const graph = smallGraph();
    const weight = graph.params.get('first/weight')!;
    const params = new Map(graph.params).set('first/weight', {
      ...weight,
      data: weight.data.fill(Number.NaN),
    });
    await expect(compress({ ...graph, params }, [fold])).rejects.toThrow(/finite weights/);
  });

  it('a floor without an evaluation', async () => {
    await expect(compress(smallGraph(), [fold], { seed: 1, maxLoss: 1 })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });

  it.each([
    ['no inputs', async () => []],
    ['inputs of another shape', async () => [{ image: { shape: [1, 4, 4, 1], data: new Float32Array(16) } }]],
    [
      'inputs of another name',
      async () => [{ picture: { shape: [1, 8, 8, 1], data: new Float32Array(64) } }],
    ],
    ['NaN', async () => [{ image: { shape: [1, 8, 8, 1], data: new Float32Array(64).fill(Number.NaN) } }]],
  ])('calibration with %s', async (_, calibration) => {
    const passes = [fold, makePass('quantize')];
    const work = compress(smallGraph(), passes, { seed: 1, task: { ...task, calibration }, evaluate: false });
    await expect(work).rejects.toMatchObject({ code: 'invalid_data' });
  });

  it('a quality that is no number, and an unsound graph of a pass, naming it', async () => {
    const nan = { ...task, evaluate: async () => ({ quality: Number.NaN, metrics: {} }) };
    await expect(compress(smallGraph(), [fold], { seed: 1, task: nan })).rejects.toMatchObject({
      code: 'inference_failed',
    });
    const broken = definePass('broken', 'Breaks.', z.strictObject({}), (graph) => ({
      graph: { ...graph, outputs: ['nothing'] },
      report: EMPTY,
    }));
    await expect(compress(smallGraph(), [broken()])).rejects.toThrow(/pass "broken"/);
  });

  it('a folder that holds a run, unless it is resumed', async () => {
    const run = await runFolder();
    // Refused before its input was kept: there is nothing to lose.
    await expect(runFolder(false, run.path)).resolves.toBeInstanceOf(RunFolder);
    await writeFile(join(run.path, 'stage-00.json'), '{}');
    await expect(runFolder(false, run.path)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(runFolder(true, run.path)).resolves.toBeInstanceOf(RunFolder);
  });

  it('to report on a folder without a run', async () => {
    await expect(readRun(join(tmpdir(), 'no-such-run'))).rejects.toMatchObject({ code: 'input_not_found' });
  });
});
