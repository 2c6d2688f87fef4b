/** Calibration and judging of other models than ours by .npy files. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../../../apps/train/compression/model-file.js';
import { openCompressionTask } from '../../../../apps/train/compression/open-task.js';
import { runCompress } from '../../../../apps/train/compression/run-compress.js';
import { loadRecipe } from '../../../../compression/recipe.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { file, node, weights } from '../../../compression/import/onnx/file.js';
import { npyFile } from '../../files/npy.js';

let root: string;
let image: Graph;
let two: Graph;
const at = (...names: string[]) => join(root, ...names);
const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => Math.sin(i + from));

function write(path: string, shape: readonly number[], from = 0, values?: number[]): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(
    path,
    npyFile(
      shape,
      values ??
        range(
          shape.reduce((a, b) => a * b, 1),
          from,
        ),
    ),
  );
}

const open = (graph: Graph, samples: string) =>
  openCompressionTask(graph, { folder: at('tune'), every: 1, seed: 1, workers: 0, samples });

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pocketlens-arrays-'));
  const conv = [node('Conv', ['image', 'w'], ['y'])];
  writeFileSync(
    at('image.onnx'),
    file({
      nodes: conv,
      inputs: { image: ['n', 5, 8, 9] },
      outputs: ['y'],
      constants: [weights('w', [6, 5, 1, 1])],
    }),
  );
  const nodes = [
    node('MatMul', ['left', 'a'], ['p']),
    node('MatMul', ['right', 'b'], ['q']),
    node('Add', ['p', 'q'], ['y']),
  ];
  writeFileSync(
    at('two.onnx'),
    file({
      nodes,
      inputs: { left: ['n', 16], right: ['n', 24] },
      outputs: ['y'],
      constants: [weights('a', [16, 8]), weights('b', [24, 8])],
    }),
  );
  image = (await readModel(at('image.onnx'))).graph;
  two = (await readModel(at('two.onnx'))).graph;
  for (let i = 0; i < 6; i++) {
    write(at('images', `${i}.npy`), i % 2 ? [5, 8, 9] : [1, 5, 8, 9], i);
    write(at('pairs', 'left', `${i}.npy`), [16], i);
    write(at('pairs', 'right', `${i}.npy`), [1, 24], 9 * i);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a folder of .npy files', () => {
  it('calibrates with one half and judges by the other, with images as the ONNX file has them', async () => {
    const task = (await open(image, at('images')))!;
    expect(task.inputShapes).toEqual({ image: [1, 8, 9, 5] });
    const feeds = await task.calibration(64);
    expect(feeds).toHaveLength(3);
    const { shape, data } = feeds[0]!.image!;
    expect(shape).toEqual([1, 8, 9, 5]);
    // Of the first pixel, all channels: in the file they are 8 · 9 apart.
    const start = [0, 1, 2, 3, 4, 5].find((i) => Math.abs(Math.sin(i) - data[0]!) < 1e-6)!;
    expect(data[1]).toBeCloseTo(Math.sin(start + 72), 5);
    const { quality, metrics } = await task.evaluate(image);
    expect([quality, metrics.arrays]).toEqual([100, 3]);
  });

  it('has a subfolder for each of several inputs', async () => {
    const task = (await open(two, at('pairs')))!;
    const [feeds] = await task.calibration(1);
    expect([feeds!.left!.shape, feeds!.right!.shape]).toEqual([
      [1, 16],
      [1, 24],
    ]);
    const recipe = await loadRecipe('accurate');
    const options = { model: { graph: two }, source: 'two.onnx', recipe, task, evaluate: true };
    const run = { judgedBy: 'arrays', every: 1, folder: at('run'), resume: false, seed: 1, timed: false };
    const { stages, kept } = await runCompress({ ...options, ...run });
    expect(kept).toBe(3);
    const { quality, metrics } = stages[3]!.evaluation!;
    expect([quality, metrics.arrays]).toEqual([100, 3]);
    expect(metrics.closeness).toBeGreaterThan(95);
    expect(metrics.closeness).toBeLessThan(100);
  });

  it('is told from one of other contents', async () => {
    const before = (await open(two, at('pairs')))!.fingerprint;
    expect((await open(two, at('pairs')))!.fingerprint).toBe(before);
    write(at('pairs', 'left', '0.npy'), [16], 77);
    expect((await open(two, at('pairs')))!.fingerprint).not.toBe(before);
    write(at('pairs', 'left', '0.npy'), [16], 0);
  });
});

describe('refuses, in one line that says what to do', () => {
  const refused = async (graph: Graph, folder: string, message: RegExp, code = 'invalid_data') => {
    await expect(open(graph, folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(/\.$/),
    });
  };

  it('files of other sizes', async () => {
    write(at('nhwc', 'a.npy'), [8, 9, 5]);
    await refused(image, at('nhwc'), /^Expected sizes \[\?, 5, 8, 9\] of input "image" .* \[8, 9, 5\]\.$/);
    write(at('batch', 'a.npy'), [5, 8, 9]);
    write(at('batch', 'b.npy'), [0, 5, 8, 9]);
    await refused(image, at('batch'), /b\.npy but received \[0, 5, 8, 9\]/);
  });

  it('numbers that are not finite, and files that are none', async () => {
    write(at('nan', 'a.npy'), [5, 8, 9], 0, [Number.NaN, ...range(359)]);
    await refused(image, at('nan'), /finite numbers .*a\.npy but received NaN/);
    mkdirSync(at('text'));
    writeFileSync(at('text', 'a.npy'), 'hello');
    await refused(image, at('text'), /an \.npy file .*a\.npy/);
  });

  it('inputs that lack a folder, or a file', async () => {
    write(at('half', 'left', '1.npy'), [16]);
    await refused(two, at('half'), /^Expected \.npy files for input "right"/);
    write(at('half', 'right', '2.npy'), [24]);
    await refused(two, at('half'), /right.1\.npy for input "right"/);
    write(at('half', 'right', '1.npy'), [24]);
    await refused(two, at('half'), /none named 2\.npy/);
  });

  it('folders that hold pictures too', async () => {
    write(at('both', 'a.npy'), [5, 8, 9]);
    writeFileSync(at('both', 'a.PNG'), '');
    await refused(
      image,
      at('both'),
      /^Expected pictures or \.npy files, not both, for --data but received .*both"\.$/,
    );
  });

  it('folders without any', async () => {
    mkdirSync(at('empty'));
    await refused(two, at('empty'), /one image input .* left \[\?, 16\], right \[\?, 24\]/, 'invalid_graph');
    await expect(open(two, at('nowhere'))).rejects.toMatchObject({ code: 'input_not_found' });
  });
});

describe('what a recipe lacks is said before there is a run', () => {
  it.each([
    ['tiny', false, /training data for "minutes" of pass "prune-channels"/, /preset "accurate"/],
    ['balanced', true, /training data for "minutes" of pass "prune-channels"/, /preset "accurate"/],
    ['accurate', false, /data for pass "quantize"/, /by --data, or take passes that need none/],
  ])('%s', async (name, hasData, message, remedy) => {
    const task = hasData ? await open(two, at('pairs')) : undefined;
    const folder = at(`run-${name}`);
    const run = runCompress({
      model: { graph: two },
      source: 'two.onnx',
      recipe: await loadRecipe(name),
      ...(task && { task }),
      evaluate: hasData,
      judgedBy: 'arrays',
      every: 1,
      folder,
      resume: false,
      seed: 1,
      timed: false,
    });
    await expect(run).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
    expect(existsSync(folder)).toBe(false);
  });
});
