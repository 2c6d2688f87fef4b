import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORMAT_CHOICES, OUTPUT_CHOICES, REFINE_CHOICES } from '../../../apps/cli/commands/saliency.js';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { IMAGE_FORMATS } from '../../../apps/saliency/encode.js';
import { REFINEMENTS } from '../../../apps/saliency/find-subject.js';
import { OUTPUTS } from '../../../apps/saliency/outputs.js';
import { packageRoot } from '../../../models/base/paths.js';
import { type ModelsFolder, redModels } from '../service/red-model.js';

const bin = join(packageRoot(), 'apps', 'cli', 'bin.mjs');
const dog = join(packageRoot(), 'samples', 'dog.jpg');
const coffee = join(packageRoot(), 'samples', 'coffee.jpg');
let folder: string;
let models: ModelsFolder;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-cli-'));
  writeFileSync(join(folder, 'bad.jpg'), 'no image at all\n');
  models = await redModels();
  // Compiles what changed, so that the runs below start at once.
  await pocketlens(['--version']);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await models.remove();
});

async function pocketlens(args: string[], input?: Buffer) {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (data) => stdout.push(data));
  child.stderr.on('data', (data) => (stderr += data));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout: Buffer.concat(stdout), stderr };
}

/** With the model for which red stands out. */
const saliency = (args: string[], input?: Buffer) =>
  pocketlens(['saliency', '--model', join(models.path, 'saliency'), ...args], input);

describe('pocketlens saliency', () => {
  it('offers what the tables have', () => {
    expect(OUTPUT_CHOICES).toEqual(OUTPUTS);
    expect(FORMAT_CHOICES).toEqual(IMAGE_FORMATS);
    expect(REFINE_CHOICES).toEqual(REFINEMENTS);
  });

  it('finds the red cup on the table', async () => {
    const { code, stdout, stderr } = await saliency([coffee, '-o', 'map.png']);
    expect([code, stdout.length, stderr]).toEqual([0, 0, '']);
    const map = await decodePicture({ path: join(folder, 'map.png') });
    expect([map.width, map.height]).toEqual([600, 400]);
    const { code: ok, stdout: json } = await saliency([coffee, '--output', 'json', '--refine', 'crf']);
    expect(ok).toBe(0);
    const told = JSON.parse(json.toString());
    expect(told).toMatchObject({ width: 600, height: 400, model: 'saliency-0.0.1', refine: 'crf' });
  });

  it('reads standard input and writes standard output', async () => {
    const args = [
      '-',
      '--output',
      'cutout',
      '--format',
      'webp',
      '--background',
      '#11223344',
      '--threshold',
      '0.3',
    ];
    const { code, stdout } = await saliency(args, readFileSync(dog));
    expect(code).toBe(0);
    const picture = await decodePicture({ bytes: stdout, name: 'cutout' });
    expect([picture.kind, picture.alpha !== undefined]).toEqual(['webp', true]);
  });

  it('does the good ones of several and exits with 1', async () => {
    const args = [
      dog,
      'bad.jpg',
      coffee,
      '--output',
      'crop',
      '--ratio',
      '1:1',
      '--margin',
      '10%',
      '-o',
      'crops/',
    ];
    const { code, stderr } = await saliency(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^pocketlens: unsupported_format: .*bad\.jpg/m);
    expect(readdirSync(join(folder, 'crops')).sort()).toEqual(['coffee.jpg', 'dog.jpg']);
    for (const name of ['coffee.jpg', 'dog.jpg']) {
      const { width, height } = await decodePicture({ path: join(folder, 'crops', name) });
      expect(width).toBe(height);
    }
  });

  it.each([
    [['bad.jpg'], 66, 'unsupported_format'],
    [['missing.jpg'], 66, 'input_not_found'],
    [[dog, '--output', 'ghost'], 65, 'invalid_argument'],
    [[dog, '--threshold', '0'], 65, 'invalid_argument'],
    [[dog, '--threshold', 'nan'], 65, 'invalid_argument'],
    [[dog, '--ratio', '0:9'], 65, 'invalid_argument'],
    [[dog, '--margin=-1'], 65, 'invalid_argument'],
    [[dog, '--background', 'mauve'], 65, 'invalid_argument'],
    [[dog, '--quality', '101'], 65, 'invalid_argument'],
    [[dog, '-o', 'x.tiff'], 64, 'usage'],
    [[dog, coffee], 64, 'usage'],
    [[dog, '--max-pixels', '1000'], 69, 'limit_exceeded'],
    [[], 64, 'usage'],
  ])('%j ends with %i and one line', async (args, exit, code) => {
    const { code: ended, stdout, stderr } = await saliency([...args]);
    expect([ended, stdout.length]).toEqual([exit, 0]);
    expect(stderr).toMatch(new RegExp(`^pocketlens: ${code}: [^\\n]+\\n$`));
    expect(existsSync(join(folder, 'x.tiff'))).toBe(false);
  });

  it('says that a model is missing', async () => {
    const { code, stderr } = await pocketlens(['saliency', '--model', folder, dog]);
    expect([code, stderr.startsWith('pocketlens: model_not_found: ')]).toEqual([68, true]);
  });

  it('helps without loading a model', async () => {
    const { code, stdout } = await pocketlens(['saliency', '--help']);
    expect(code).toBe(0);
    for (const flag of ['--output', '--refine', '--ratio', '--background'])
      expect(stdout.toString()).toContain(flag);
  });
});
