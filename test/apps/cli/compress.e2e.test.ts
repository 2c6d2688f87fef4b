import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPackedGraph } from '../../../compression/pack/packed-file.js';
import type { RunReport } from '../../../compression/report/run-report.js';
import { packageRoot } from '../../../models/base/paths.js';
import { Random } from '../../../models/base/random.js';
import { saveGraph } from '../../../models/graph/serialize.js';
import { openSession } from '../../../models/runtime/session.js';
import { smallGraph } from '../../compression/small-graph.js';

const bin = join(packageRoot(), 'apps', 'cli', 'bin.mjs');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-compress-'));
  await saveGraph(join(folder, 'small.safetensors'), smallGraph());
  mkdirSync(join(folder, 'pictures'));
  mkdirSync(join(folder, 'empty'));
  for (let i = 0; i < 12; i++) {
    const random = new Random(1, 'picture', i);
    const pixels = Buffer.from(Uint8Array.from({ length: 64 }, () => random.int(0, 255)));
    const picture = sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } });
    await picture.png().toFile(join(folder, 'pictures', `${i}.png`));
  }
  writeFileSync(join(folder, 'pictures', 'preprocessing.json'), '{ "mean": 0.5, "std": 0.5 }');
  const passes = [{ pass: 'fold-batch-norm' }, { pass: 'quantize', activations: { samples: 6 } }];
  recipe('int8', { name: 'int8', floor: { maxLoss: 20 }, passes });
  recipe('strict', {
    name: 'strict',
    floor: { maxLoss: 0.001 },
    passes: [{ pass: 'fold-batch-norm' }, { pass: 'set-bits', layers: { '*': 2 } }],
  });
  recipe('typo', { name: 'typo', passes: [{ pass: 'quantise' }] });
  writeFileSync(join(folder, 'broken.safetensors'), 'not a model');
  // Compiles what changed, so that the runs below start at once.
  await pocketlens(['--version']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function recipe(name: string, content: unknown): void {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
}

/** @param onLine is given each line of standard error, and a way to interrupt. */
async function pocketlens(args: string[], onLine?: (line: string, interrupt: () => void) => void) {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => {
    stderr += data;
    for (const line of String(data).split('\n')) onLine?.(line, () => child.kill('SIGINT'));
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

const compress = (...args: string[]) => pocketlens(['compress', ...args]);
const small = ['small.safetensors', '--data', 'pictures', '--sample', '1'];

describe('pocketlens compress', () => {
  it('makes an integer model of a float one, which it leaves alone, and tells of it', async () => {
    const before = readFileSync(join(folder, 'small.safetensors'));
    const { code, stdout, stderr } = await compress(...small, '--recipe', 'int8.json', '-o', 'int8.onnx');
    expect([code, stdout], stderr).toEqual([0, '']);
    expect(stderr).toMatch(/2\. quantize, quality 9\d\.\d\d/);
    expect(stderr).toMatch(/Wrote stage 2 to int8\.onnx \(\d+ kB\)/);
    expect(readFileSync(join(folder, 'small.safetensors'))).toEqual(before);
    const session = await openSession(join(folder, 'int8.onnx'));
    expect(session.inputs[0]!.shape).toEqual([null, 1, 8, 8]);
    await session.dispose();

    const run = join('runs', 'compress-small-int8');
    const json = await compress('report', run, '--format', 'json');
    const report = JSON.parse(json.stdout) as RunReport;
    expect(report.stages.map(({ pass }) => pass)).toEqual(['input', 'fold-batch-norm', 'quantize']);
    expect(report.stages[2]!.latency['1']!.medianMs).toBeGreaterThan(0);
    const written = await compress('report', run, '-o', 'report.md');
    expect([written.code, written.stdout]).toEqual([0, '']);
    const markdown = readFileSync(join(folder, 'report.md'), 'utf8');
    expect(markdown).toContain('# Compression of small.safetensors by "int8"');
    for (const name of ['report-trade-off.svg', 'report-layers.svg']) {
      expect(markdown).toContain(`(${name})`);
      expect(readFileSync(join(folder, name), 'utf8')).toMatch(/^<svg/);
    }
  });

  it('keeps what was last above the floor, and says why it stopped', async () => {
    const result = await compress(...small, '--recipe', 'strict.json', '-o', 'strict.packed');
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toMatch(/After set-bits the quality is .* below the floor/);
    const graph = await loadPackedGraph(join(folder, 'strict.packed'));
    expect([...graph.params.values()].some(({ encoding }) => encoding)).toBe(false);
  });

  it.each(['0. input', '1. fold-batch-norm'])(
    'is interrupted after "%s", and goes on where it was',
    async (at) => {
      const run = `interrupted-${at[0]}`;
      const output = `${run}.onnx`;
      const args = ['compress', ...small, '--recipe', 'int8.json', '-o', output, '--run', run];
      const stopped = await pocketlens(args, (line, interrupt) => {
        if (line.startsWith(at)) interrupt();
      });
      expect([stopped.code, stopped.stdout], stopped.stderr).toEqual([130, '']);
      expect(stopped.stderr).toMatch(/interrupted: /);
      expect(existsSync(join(folder, output))).toBe(false);
      const refused = await pocketlens(args);
      expect(refused.stderr).toMatch(/invalid_argument: .* --resume/);
      const resumed = await pocketlens([...args, '--resume']);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(resumed.stderr).toContain(`${at} (kept from before)`);
      expect(existsSync(join(folder, output))).toBe(true);
      expect(readdirSync(join(folder, run)).filter((name) => /part|^\./.test(name))).toEqual([]);
    },
  );

  it('searches bit widths within a size', async () => {
    const args = [...small, '--max-bytes', '2300', '--keep', '1', '-o', 'auto.packed', '--run', 'search'];
    const { code, stderr } = await compress('auto', ...args);
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(folder, 'auto.packed')).length).toBeLessThanOrEqual(2300);
    const search = JSON.parse(readFileSync(join(folder, 'search', 'search.json'), 'utf8'));
    expect(search.sensitivity.map(({ node }: { node: string }) => node)).toEqual(['first', 'second']);
    expect(JSON.parse(readFileSync(join(folder, 'search', 'recipe.json'), 'utf8')).passes).toContainEqual(
      expect.objectContaining({ pass: 'quantize' }),
    );
  });
});

describe('pocketlens compress refuses, in one line and with nothing written', () => {
  it.each([
    ['no recipe', ['small.safetensors', '-o', 'x.onnx'], 64, 'usage'],
    [
      'a recipe with an unknown pass',
      [...small, '--recipe', 'typo.json', '-o', 'x.onnx'],
      65,
      'Did you mean "quantize"?',
    ],
    ['no such recipe', [...small, '--recipe', 'tinny', '-o', 'x.onnx'], 66, 'Did you mean "tiny"?'],
    ['no such model', ['none', '--recipe', 'int8.json', '-o', 'x.onnx'], 68, 'model_not_found'],
    ['a damaged model', ['broken.safetensors', '--recipe', 'int8.json', '-o', 'x.onnx'], 68, 'model_corrupt'],
    [
      'the input as output',
      [...small, '--recipe', 'int8.json', '-o', './small.safetensors'],
      65,
      'never changed',
    ],
    ['a folder for a model without a card', [...small, '--recipe', 'int8.json', '-o', 'x'], 65, 'card'],
    [
      'a folder without pictures',
      ['small.safetensors', '--data', 'empty', '--recipe', 'int8.json', '-o', 'x.onnx'],
      66,
      'invalid_data',
    ],
    [
      'a floor that nothing judges',
      ['small.safetensors', '--recipe', 'strict.json', '-o', 'x.onnx', '--run', 'r1'],
      65,
      'accuracy floor',
    ],
    [
      'calibration without data',
      ['small.safetensors', '--recipe', 'accurate', '-o', 'x.onnx', '--run', 'r1'],
      65,
      'Give pictures or .npy files by --data, or take passes that need none',
    ],
    [
      'training without data',
      ['small.safetensors', '--recipe', 'balanced', '-o', 'x.onnx', '--run', 'r1'],
      65,
      'leave out "minutes", or take the preset "accurate" with --data.',
    ],
    [
      'a goal out of reach',
      ['auto', ...small, '--max-bytes', '10', '--keep', '1', '-o', 'x.onnx', '--run', 'r2'],
      65,
      'at least',
    ],
    ['no goal', ['auto', ...small, '-o', 'x.onnx'], 64, '--max-bytes'],
    ['a shape without sizes', [...small, '--input-shape', 'x=1,-2', '-o', 'x.onnx'], 65, 'image=1,3,224,224'],
    [
      'training on pictures',
      [...small, '--recipe', 'tiny', '-o', 'x.onnx', '--run', 'r3'],
      65,
      'Of models that are not ours, leave out "minutes", or take the preset "accurate".',
    ],
    ['a folder without a run', ['report', 'pictures'], 66, 'input_not_found'],
  ])('%s', async (_, args, exit, hint) => {
    const { code, stdout, stderr } = await compress(...args);
    expect([code, stdout], stderr).toEqual([exit, '']);
    const last = stderr.trimEnd().split('\n').at(-1)!;
    expect(last).toMatch(/^pocketlens: \w+: /);
    expect(last).toContain(hint);
    expect(existsSync(join(folder, 'x.onnx'))).toBe(false);
    for (const run of ['r1', 'r3']) expect(existsSync(join(folder, run))).toBe(false);
  });
});
