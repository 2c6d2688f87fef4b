import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PDFDocument } from 'pdf-lib';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FORMAT_NAMES, FORMATS } from '../../../apps/ocr/formats/formats.js';
import { type OcrEnvironment, type OcrOptions, runOcr } from '../../../apps/ocr/run-ocr.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { type FakeReader, fakeReader } from './fake-reader.js';
import { bars, tiffOf } from './pictures.js';

let folder: string;
let out: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-run-'));
  for (const [name, width] of [
    ['a.png', 100],
    ['b.jpg', 120],
    ['c.png', 140],
  ] as const)
    writeFileSync(
      join(folder, name),
      await bars(width)
        .toFormat(name.endsWith('png') ? 'png' : 'jpeg')
        .toBuffer(),
    );
  out = join(folder, 'out');
  mkdirSync(out);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);

async function run(
  options: Partial<OcrOptions>,
  environment: Partial<OcrEnvironment> & { reader?: FakeReader } = {},
) {
  let stdout = '';
  const failures: unknown[] = [];
  const reader = environment.reader ?? fakeReader();
  const error = await runOcr(
    { inputs: [path('a.png')], formats: [], mode: 'page', jobs: 1, ...options },
    {
      stdin: Readable.from([]),
      version: '1.2.3',
      writeOut: async (data) => {
        stdout += data;
      },
      onFailure: (failure) => failures.push(failure),
      ...environment,
      openReader: async () => reader,
    },
  ).then(
    () => undefined,
    (thrown: PocketlensError) => thrown,
  );
  return { stdout, failures, error, reader, files: readdirSync(out).sort() };
}

describe('runOcr', () => {
  it('prints the text of several images in their order, whatever finishes first', async () => {
    const reader = fakeReader(({ width }) => sleep(160 - width));
    const inputs = ['c.png', 'a.png', 'b.jpg'].map(path);
    for (const jobs of [1, 3]) {
      const { stdout, error } = await run({ inputs, jobs }, { reader });
      expect(error).toBeUndefined();
      expect(stdout).toBe('140 80\n\f100 80\n\f120 80\n');
    }
  });

  it('passes options on to the reader', async () => {
    const signal = new AbortController().signal;
    const region = { x: 1, y: 2, width: 30, height: 40 };
    const given = { mode: 'block', region, allowlist: 'abc', minConfidence: 0.5, decoder: 'beam' } as const;
    const { reader } = await run(given, { signal });
    expect(reader.calls[0]!.options).toEqual({ ...given, signal });
    expect((await run({})).reader.calls[0]!.options).toEqual({ mode: 'page' });
  });

  it('keeps the coordinates of the whole image when it is shrunk for reading', async () => {
    const { stdout, reader } = await run({
      formats: ['json'],
      region: { x: 50, y: 40, width: 20, height: 10 },
      limits: { maxDecodedPixels: 50 * 40 },
    });
    expect(reader.calls[0]!.options.region).toEqual({ x: 25, y: 20, width: 10, height: 5 });
    const [page] = JSON.parse(stdout).pages;
    expect([page.width, page.height]).toEqual([100, 80]);
    expect(page.blocks[0].paragraphs[0].lines[0].words[1].quad).toEqual([
      [50, 0],
      [100, 0],
      [100, 40],
      [50, 40],
    ]);
  });

  it('refuses a region outside the image', async () => {
    expect((await run({ region: { x: 100, y: 0, width: 5, height: 5 } })).error).toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('reads every page of a TIFF, and standard input', async () => {
    writeFileSync(path('three.tiff'), await tiffOf(3));
    expect((await run({ inputs: [path('three.tiff')] })).stdout).toBe('120 80\n\f120 80\n\f120 80\n');
    const stdin = Readable.from([readFileSync(path('b.jpg'))]);
    const { stdout } = await run({ inputs: ['-'], formats: ['jsonl'] }, { stdin });
    expect(JSON.parse(stdout)).toMatchObject({ file: '-', text: '120 80' });
  });

  it('writes every format into a folder, the same bytes each time', async () => {
    const inputs = ['a.png', 'b.jpg'].map(path);
    const { files, error, stdout } = await run({ inputs, formats: FORMAT_NAMES, output: out });
    expect(error).toBeUndefined();
    expect(stdout).toBe('');
    const expected = FORMAT_NAMES.flatMap((name) =>
      ['a', 'b'].map((stem) => stem + FORMATS[name].suffixes[0]),
    );
    expect(files).toEqual(expected.sort());
    const first = files.map((name) => readFileSync(join(out, name)));
    await run({ inputs, formats: FORMAT_NAMES, output: out, jobs: 2 });
    for (const [index, name] of files.entries())
      expect(readFileSync(join(out, name)).equals(first[index]!), name).toBe(true);
  });

  it('joins several images in one file', async () => {
    const inputs = ['a.png', 'b.jpg', 'c.png'].map(path);
    await run({ inputs, output: join(out, 'all.pdf') });
    const pdf = await PDFDocument.load(readFileSync(join(out, 'all.pdf')));
    expect(pdf.getPageCount()).toBe(3);
    // The JPEG is embedded byte for byte.
    expect(readFileSync(join(out, 'all.pdf')).includes(readFileSync(path('b.jpg')))).toBe(true);
    await run({ inputs, output: join(out, 'all.jsonl'), jobs: 3 });
    const lines = readFileSync(join(out, 'all.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).file)).toEqual(inputs);
    await run({ inputs, output: join(out, 'all.json') });
    expect(JSON.parse(readFileSync(join(out, 'all.json'), 'utf8'))).toHaveLength(3);
  });

  it('reports bad images among good ones and reads on', async () => {
    writeFileSync(path('bad.png'), 'no image');
    const inputs = ['a.png', 'bad.png', 'none.png', 'b.jpg'].map(path);
    const { stdout, failures, error } = await run({ inputs, jobs: 2 });
    expect(stdout).toBe('100 80\n\f120 80\n');
    expect(failures.map((failure) => (failure as PocketlensError).code).sort()).toEqual([
      'input_not_found',
      'unsupported_format',
    ]);
    expect(error).toMatchObject({ code: 'some_failed', exitCode: 1, details: { failed: 2, total: 4 } });
    // Also where only one is left, a list stays a list.
    const { stdout: json } = await run({ inputs: inputs.slice(0, 2), formats: ['json'] });
    expect(JSON.parse(json)).toHaveLength(1);
  });

  it('throws the error of a single image, and leaves no file', async () => {
    writeFileSync(path('bad.png'), 'no image');
    for (const output of [out, join(out, 'x.json'), join(out, 'x.txt')]) {
      const { error, failures, files } = await run({ inputs: [path('bad.png')], output });
      expect(error).toMatchObject({ code: 'unsupported_format' });
      expect(failures).toEqual([]);
      expect(files).toEqual([]);
    }
  });

  it('stops at the first error that all would meet, and leaves no file', async () => {
    const reader = fakeReader(({ width }) => {
      if (width === 120) throw new PocketlensError('model_corrupt', 'Bad model.');
    });
    const inputs = ['a.png', 'b.jpg', 'c.png'].map(path);
    const { error, files } = await run({ inputs, output: join(out, 'all.txt') }, { reader });
    expect(error).toMatchObject({ code: 'model_corrupt' });
    expect(reader.disposed).toBe(true);
    expect(reader.calls).toHaveLength(2);
    expect(files).toEqual([]);
  });

  it('stops when it is interrupted, and leaves no half file', async () => {
    const controller = new AbortController();
    const interrupted = new PocketlensError('interrupted', 'Stopped.');
    const reader = fakeReader(({ width }) => {
      if (width === 120) controller.abort(interrupted);
    });
    const inputs = ['a.png', 'b.jpg', 'c.png'].map(path);
    const { error, files } = await run(
      { inputs, output: join(out, 'all.txt') },
      { reader, signal: controller.signal },
    );
    expect(error).toBe(interrupted);
    expect(files).toEqual([]);
  });

  it('goes on after an unexpected error of one image', async () => {
    const reader = fakeReader(({ width }) => {
      if (width === 120) throw new TypeError('a defect');
    });
    const inputs = ['a.png', 'b.jpg', 'c.png'].map(path);
    const { error, stdout } = await run({ inputs }, { reader });
    expect(stdout).toBe('100 80\n\f140 80\n');
    expect(error).toMatchObject({ code: 'some_failed' });
  });

  it('gives one line a crop in line mode, and nothing for a blank page', async () => {
    const reader = fakeReader();
    const readPage = reader.readPage;
    reader.readPage = async (image, options) => ({ ...(await readPage(image, options)), blocks: [] });
    const inputs = ['a.png', 'b.jpg'].map(path);
    expect((await run({ inputs, mode: 'line' }, { reader })).stdout).toBe('\n\n');
    const { stdout, error } = await run({}, { reader });
    expect([stdout, error]).toEqual(['', undefined]);
    await run({ output: join(out, 'blank.txt') }, { reader });
    expect(readFileSync(join(out, 'blank.txt'), 'utf8')).toBe('');
  });

  it('draws overlays and keeps the pictures of the stages', async () => {
    await run({ overlay: join(out, 'drawn.png'), debugFolder: join(out, 'debug') });
    const drawn = await sharp(join(out, 'drawn.png')).raw().toBuffer({ resolveWithObject: true });
    expect([drawn.info.width, drawn.info.height]).toEqual([100, 80]);
    const plain = await sharp(path('a.png')).removeAlpha().raw().toBuffer();
    expect(drawn.data.subarray(0, plain.length).equals(plain)).toBe(false);
    expect(readdirSync(join(out, 'debug', 'a'))).toEqual(['page1-001-input.png', 'page1-002-lines.png']);

    await run({ inputs: ['a.png', 'b.jpg'].map(path), overlay: join(out, 'many') });
    expect(readdirSync(join(out, 'many'))).toEqual(['a.png', 'b.png']);
    writeFileSync(path('two.tiff'), await tiffOf(2));
    await run({ inputs: [path('two.tiff')], overlay: join(out, 'tiff.jpg') });
    expect(existsSync(join(out, 'tiff.jpg')) && existsSync(join(out, 'tiff-2.jpg'))).toBe(true);
    expect((await run({ overlay: join(out, 'x.bmp') })).error).toMatchObject({ code: 'usage' });
  });

  it('draws no overlay over an image that it reads, nor several into one file', async () => {
    const inputs = ['a.png', 'b.jpg'].map(path);
    const before = readFileSync(inputs[0]!);
    for (const overlay of [folder, `${folder}/`, join(out, 'one.png'), inputs[0]!])
      expect((await run({ inputs, overlay })).error).toMatchObject({ code: 'usage' });
    expect((await run({ overlay: inputs[0]! })).error).toMatchObject({ code: 'usage' });
    expect(readFileSync(inputs[0]!).equals(before)).toBe(true);
    expect(existsSync(join(out, 'one.png'))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('knows an image again by another name', async () => {
    symlinkSync(folder, join(out, 'alias'));
    const before = readFileSync(path('a.png'));
    const alias = join(out, 'alias', 'a.png');
    expect((await run({ overlay: alias })).error).toMatchObject({ code: 'usage' });
    writeFileSync(path('list.txt'), path('a.png'));
    const listed = await run({ inputs: [`@${path('list.txt')}`], output: path('list.txt') });
    expect(listed.error).toMatchObject({ code: 'usage' });
    expect(readFileSync(path('a.png')).equals(before)).toBe(true);
  });

  it('keeps the overlays of pages and those of other pictures apart, and from the pictures', async () => {
    writeFileSync(path('two.tiff'), await tiffOf(2));
    writeFileSync(path('two-2.png'), readFileSync(path('a.png')));
    const inputs = ['two.tiff', 'two-2.png'].map(path);
    const { error } = await run({ inputs, overlay: join(out, 'drawn/') });
    expect(error).toBeUndefined();
    expect(readdirSync(join(out, 'drawn')).sort()).toEqual(['two-2.png', 'two-2p.png', 'two.png']);
    expect((await run({ inputs, overlay: `${folder}/` })).error).toMatchObject({ code: 'usage' });
    const page = await run({ inputs, overlay: join(folder, 'pages.png') });
    expect(page.error).toMatchObject({ code: 'usage' });
  });

  it('says which kinds of picture cannot be so large as an overlay', async () => {
    const tall = sharp({ create: { width: 3, height: 16_400, channels: 3, background: '#fff' } });
    writeFileSync(path('tall.png'), await tall.png().toBuffer());
    const refused = await run({ inputs: [path('tall.png')], overlay: join(out, 'tall.webp') });
    expect(refused.error).toMatchObject({ code: 'limit_exceeded', remedy: 'Name it .png.' });
  });

  it('wants a folder for several formats where the name tells none', async () => {
    writeFileSync(join(out, 'results'), '');
    const refused = await run({ formats: ['text', 'json'], output: join(out, 'results') });
    expect(refused.error).toMatchObject({ code: 'usage' });
  });

  it('says where an output cannot be written, and leaves nothing', async () => {
    writeFileSync(join(out, 'file'), '');
    for (const output of [join(out, 'file', 'x.txt'), join(out, 'file', 'x.json')]) {
      const { error, files } = await run({ output });
      expect(error).toMatchObject({ code: 'output_unwritable', exitCode: 73 });
      expect(files).toEqual(['file']);
    }
    // Stages are saved while the page is still read.
    const reader = fakeReader();
    const readPage = reader.readPage;
    reader.readPage = async (image, options) => {
      const result = await readPage(image, options);
      await sleep(100);
      return result;
    };
    const { error } = await run({ debugFolder: join(out, 'file', 'debug') }, { reader });
    expect(error).toMatchObject({ code: 'output_unwritable' });
  });
});
