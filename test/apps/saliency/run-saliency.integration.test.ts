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
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePicture } from '../../../apps/files/decode-picture.js';
import { sniffImage } from '../../../apps/files/image-kind.js';
import { parseColour } from '../../../apps/saliency/colour.js';
import { OUTPUTS } from '../../../apps/saliency/outputs.js';
import {
  runSaliency,
  type SaliencyEnvironment,
  type SaliencyOptions,
} from '../../../apps/saliency/run-saliency.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { tiffOf } from '../ocr/pictures.js';
import { type FakeModel, fakeModel } from './fake-model.js';
import { scene } from './scenes.js';

let folder: string;
let photos: string;
let out: string;

const image = (width: number, height: number, ...boxes: Parameters<typeof scene>[2][]) => {
  const { data } = scene(width, height, ...boxes);
  return sharp(data, { raw: { width, height, channels: 3 } });
};
const box = { x: 30, y: 20, width: 40, height: 30 };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-saliency-'));
  photos = join(folder, 'photos');
  out = join(folder, 'out');
  mkdirSync(join(photos, 'more'), { recursive: true });
  writeFileSync(join(photos, 'a.png'), await image(100, 80, box).png().toBuffer());
  writeFileSync(join(photos, 'b.jpg'), await image(120, 80, box).jpeg().toBuffer());
  writeFileSync(join(photos, 'more', 'c.webp'), await image(90, 60, box).webp({ lossless: true }).toBuffer());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(
  options: Partial<SaliencyOptions>,
  more: Partial<SaliencyEnvironment> & { model?: FakeModel } = {},
) {
  const stdout: Buffer[] = [];
  const failures: unknown[] = [];
  const notes: string[] = [];
  const model = more.model ?? fakeModel();
  const error = await runSaliency(
    { inputs: [join(photos, 'a.png')], refine: 'none', threshold: 'auto', jobs: 1, ...options },
    {
      stdin: Readable.from([]),
      writeOut: async (data) => {
        stdout.push(Buffer.from(data as Uint8Array));
      },
      onFailure: (failure) => failures.push(failure),
      onNote: (note) => notes.push(note),
      ...more,
      openModel: async () => ({ model, id: 'fake-1.0.0' }),
    },
  ).then(
    () => undefined,
    (thrown: PocketlensError) => thrown,
  );
  return { error, failures, notes, model, stdout: Buffer.concat(stdout) };
}

const files = () =>
  existsSync(out)
    ? (readdirSync(out, { recursive: true }) as string[]).filter((name) => name.includes('.')).sort()
    : [];
const read = (path: string) => decodePicture({ path });
const kindOf = (path: string) => sniffImage(readFileSync(path).subarray(0, 4096));

describe('runSaliency', () => {
  it('writes the map to standard output as a PNG of the same size', async () => {
    const { error, stdout, model } = await run({});
    expect(error).toBeUndefined();
    const map = await decodePicture({ bytes: stdout, name: 'map' });
    expect([map.kind, map.width, map.height]).toEqual(['png', 100, 80]);
    expect(map.data[3 * (35 * 100 + 50)]).toBeGreaterThan(200);
    expect(map.data[0]).toBe(0);
    expect(model.isDisposed).toBe(true);
  });

  it.each(['map', 'mask', 'cutout', 'heatmap'] as const)(
    'gives a %s the size of its input',
    async (output) => {
      const path = join(out, 'x.png');
      expect((await run({ output, path })).error).toBeUndefined();
      const picture = await read(path);
      expect([picture.width, picture.height]).toEqual([100, 80]);
      expect(picture.alpha !== undefined).toBe(output === 'cutout');
    },
  );

  it('follows the suffix, then the format', async () => {
    for (const [name, format, kind] of [
      ['x.jpg', undefined, 'jpeg'],
      ['x.avif', undefined, 'avif'],
      ['x.webp', undefined, 'webp'],
      ['x', undefined, 'png'],
      ['y', 'webp', 'webp'],
      ['z.png', 'jpeg', 'jpeg'],
    ] as const) {
      const { error } = await run({ path: join(out, name), ...(format && { format }) });
      expect(error, name).toBeUndefined();
      expect(kindOf(join(out, name)), name).toEqual({ kind });
    }
  });

  it('turns a folder into a folder, one file an input, under the same stem', async () => {
    for (const [output, expected] of [
      ['map', ['a.png', 'b.png', 'more/c.png']],
      ['cutout', ['a.png', 'b.png', 'more/c.webp']],
      ['heatmap', ['a.png', 'b.jpg', 'more/c.webp']],
      ['crop', ['a.png', 'b.jpg', 'more/c.webp']],
      ['json', ['a.json', 'b.json', 'more/c.json']],
    ] as const) {
      rmSync(out, { recursive: true, force: true });
      const { error } = await run({ inputs: [photos], output, path: `${out}/`, jobs: 2 });
      expect(error).toBeUndefined();
      expect(files(), output).toEqual(expected);
    }
    rmSync(out, { recursive: true, force: true });
    await run({ inputs: [photos], output: 'cutout', format: 'jpeg', path: out });
    expect(files()).toEqual(['a.jpg', 'b.jpg', 'more/c.jpg']);
  });

  it('keeps a JPEG a JPEG on an opaque background', async () => {
    await run({ inputs: [photos], output: 'cutout', background: parseColour('#00ff00'), path: `${out}/` });
    expect(files()).toEqual(['a.png', 'b.jpg', 'more/c.webp']);
    const { data } = await read(join(out, 'b.jpg'));
    expect(data[1]! - data[0]!).toBeGreaterThan(200);
  });

  it('crops to a ratio around the subject', async () => {
    await run({
      output: 'crop',
      crop: { margin: 0, ratio: { width: 1, height: 1 } },
      path: join(out, 'x.png'),
    });
    const { width, height, data } = await read(join(out, 'x.png'));
    expect(width).toBe(height);
    expect(Math.abs(width - 40)).toBeLessThanOrEqual(4);
    expect(data[3 * (20 * width + 20)]).toBe(220);
    const wide = { ratio: { width: 30, height: 1 } };
    const { notes } = await run({ output: 'map', crop: wide, path: join(out, 'w.png') });
    expect(notes.join()).toMatch(/a\.png: the subject does not fit/);
    expect((await read(join(out, 'w.png'))).height).toBe(3);
  });

  it('tells numbers as JSON: one object for one image, one a line for several, in their order', async () => {
    const one = JSON.parse((await run({ output: 'json', crop: {} })).stdout.toString());
    expect(one).toMatchObject({
      width: 100,
      height: 80,
      model: 'fake-1.0.0',
      refine: 'none',
      boxes: [{ share: 1 }],
    });
    expect(one.crop.keepsSubject).toBe(true);
    const model = fakeModel(40, ({ width }) => sleep(width === 100 ? 60 : 1));
    const { stdout } = await run({ inputs: [photos], output: 'json', jobs: 3 }, { model });
    const lines = stdout.toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).width)).toEqual([100, 120, 90]);
    await run({ path: join(folder, 'single.jsonl') });
    expect(readFileSync(join(folder, 'single.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(1);
    const many = await run({ inputs: [photos], path: join(folder, 'all.json') });
    expect(many.error).toMatchObject({ code: 'usage' });
    await run({ inputs: [photos], path: join(folder, 'all.jsonl') });
    expect(readFileSync(join(folder, 'all.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(3);
  });

  it('does the rest when one is bad, and says so', async () => {
    writeFileSync(join(photos, 'a0.jpg'), 'not an image');
    const { error, failures } = await run({ inputs: [photos], path: `${out}/` });
    expect(error).toMatchObject({ code: 'some_failed', exitCode: 1 });
    expect(failures).toMatchObject([{ code: 'unsupported_format' }]);
    expect(files()).toEqual(['a.png', 'b.png', 'more/c.png']);
    expect((await run({ inputs: [join(photos, 'a0.jpg')] })).error).toMatchObject({
      code: 'unsupported_format',
    });
  });

  it('reads standard input and lists', async () => {
    const stdin = Readable.from([readFileSync(join(photos, 'b.jpg'))]);
    const { stdout } = await run({ inputs: ['-'], output: 'mask' }, { stdin });
    expect((await decodePicture({ bytes: stdout, name: 'mask' })).width).toBe(120);
    writeFileSync(join(folder, 'list.txt'), `${join(photos, 'a.png')}\n${join(photos, 'b.jpg')}\n`);
    await run({ inputs: [`@${join(folder, 'list.txt')}`], path: `${out}/` });
    expect(files()).toEqual(['a.png', 'b.png']);
  });

  it('refuses plans that cannot work before the model is opened', async () => {
    for (const [options, message] of [
      [{ inputs: [photos] }, /folder for the pictures of 3 images/],
      [{ inputs: [photos], path: join(folder, 'x.png') }, /folder for the pictures/],
      [{ output: 'json', format: 'png' }, /no --format/],
      [{ output: 'json', path: join(folder, 'x.png') }, /ends in \.json/],
      [{ output: 'mask', path: join(folder, 'x.json') }, /a picture's name/],
      [{ path: join(folder, 'x.tiff') }, /tells the format/],
      [{ path: join(folder, 'photos', 'a.png') }, /other than the input/],
    ] as [Partial<SaliencyOptions>, RegExp][]) {
      const { error, model } = await run(options);
      expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
      expect(model.isDisposed).toBe(false);
    }
  });

  it('never writes over its inputs', async () => {
    const before = readFileSync(join(photos, 'a.png'));
    const { error } = await run({ output: 'crop', path: photos });
    expect(error).toMatchObject({ code: 'usage' });
    expect(readFileSync(join(photos, 'a.png'))).toEqual(before);
  });

  it('leaves no file behind when it is stopped', async () => {
    const stop = new AbortController();
    const reason = new PocketlensError('interrupted', 'stopped');
    const model = fakeModel(40, async () => stop.abort(reason));
    const { error } = await run({ inputs: [photos], path: `${out}/` }, { model, signal: stop.signal });
    expect(error).toBe(reason);
    expect(files()).toEqual([]);
    expect(model.isDisposed).toBe(true);
  });

  it('notes what people should know', async () => {
    writeFileSync(join(folder, 'three.tiff'), await tiffOf(3));
    writeFileSync(join(folder, 'blank.png'), await image(30, 30).png().toBuffer());
    const { notes } = await run({
      inputs: [join(folder, 'three.tiff'), join(folder, 'blank.png')],
      path: `${out}/`,
    });
    expect(notes.join('\n')).toMatch(/three\.tiff: only the first of 3 pages/);
    expect(notes.join('\n')).toMatch(/blank\.png: nothing stands out/);
    expect(new Set((await read(join(out, 'blank.png'))).data)).toEqual(new Set([0]));
  });

  it('gives every kind of output for odd shapes', async () => {
    for (const [width, height] of [
      [1, 1],
      [700, 1],
      [3, 900],
    ] as const) {
      const path = join(folder, 'odd.png');
      writeFileSync(path, await image(width, height).png().toBuffer());
      for (const output of OUTPUTS) {
        const crop = { ratio: { width: 16, height: 9 } };
        const { error } = await run({
          inputs: [path],
          output,
          crop,
          path: join(out, output === 'json' ? 'o.json' : 'o.webp'),
        });
        expect(error, `${output} of ${width}x${height}`).toBeUndefined();
      }
    }
  });

  it('keeps to its limits', async () => {
    expect((await run({ limits: { maxPixels: 100 } })).error).toMatchObject({ code: 'limit_exceeded' });
    expect((await run({ limits: { maxBytes: 100 } })).error).toMatchObject({ code: 'limit_exceeded' });
  });
});
