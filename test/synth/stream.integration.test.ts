import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LineSample } from '../../models/base/image.js';
import type { LineRendererOptions } from '../../synth/line.js';
import { drawPreview, writeLines } from '../../synth/preview.js';
import { openLineStream } from '../../synth/stream.js';
import { FIXTURE_CHARACTERS, fixtureFolders } from './fonts/fixture-font.js';

const renderer: LineRendererOptions = { seed: 4, ...fixtureFolders(), charset: FIXTURE_CHARACTERS };

beforeAll(async () => {
  // Threads run the compiled worker.
  const { ensureBuilt } = (await import('../../apps/cli/build.mjs' as string)) as {
    ensureBuilt(): Promise<void>;
  };
  await ensureBuilt();
});

async function take(workers: number, chunks: number, chunk = 16): Promise<LineSample[]> {
  const stream = openLineStream({ renderer, from: 5, chunk, workers });
  try {
    const samples: LineSample[] = [];
    for (let i = 0; i < chunks; i++) samples.push(...(await stream.next()));
    return samples;
  } finally {
    await stream.close();
  }
}

describe('openLineStream', () => {
  it('delivers the same lines in the same order for any number of threads and any chunk', async () => {
    const plain = await take(0, 4);
    expect(plain).toHaveLength(64);
    expect(await take(1, 4)).toEqual(plain);
    expect(await take(3, 4)).toEqual(plain);
    expect(await take(2, 8, 8)).toEqual(plain);
  });

  it('answers calls that were made at once in their order', async () => {
    const stream = openLineStream({ renderer, from: 0, chunk: 4, workers: 2 });
    const chunks = await Promise.all([
      stream.next(),
      stream.next(),
      stream.next(),
      stream.next(),
      stream.next(),
    ]);
    await stream.close();
    const inOrder = openLineStream({ renderer, from: 0, chunk: 20, workers: 0 });
    expect(chunks.flat()).toEqual(await inOrder.next());
  });

  it("rejects next() with a thread's error", async () => {
    const stream = openLineStream({ renderer: { ...renderer, fontFolder: '/nowhere' }, from: 0, workers: 2 });
    await expect(stream.next()).rejects.toMatchObject({ name: 'PocketlensError', code: 'data_missing' });
    await expect(stream.next()).rejects.toMatchObject({ code: 'data_missing' });
    await stream.close();
  });

  it('rejects what waits and what comes after when closed', async () => {
    const stream = openLineStream({ renderer, from: 0, workers: 1 });
    const waiting = stream.next();
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    await stream.close();
    await rejected;
    await expect(stream.next()).rejects.toMatchObject({ code: 'interrupted' });
  });

  it.each([{ workers: -1 }, { workers: 1.5 }, { chunk: 0 }, { from: -2 }])('rejects %o', (change) => {
    expect(() => openLineStream({ renderer, from: 0, workers: 0, ...change })).toThrow(
      /Expected a whole number/,
    );
  });
});

describe('writeLines', () => {
  it('writes every image and its label', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'pocketlens-lines-')), 'new');
    const done: number[] = [];
    const options = { from: 7, workers: 1, onProgress: (n: number) => done.push(n) };
    expect(await writeLines({ ...renderer, kind: 'word' }, 70, folder, options)).toBe(70);
    const rows = readFileSync(join(folder, 'labels.tsv'), 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(70);
    expect(done.at(-1)).toBe(70);
    const [file, text] = rows[3]!.split('\t') as [string, string];
    expect(file).toBe('line-0000010.png');
    expect(text).not.toContain(' ');
    const { width, height } = await sharp(join(folder, file)).metadata();
    expect(width * height).toBeGreaterThan(0);
    expect(readdirSync(folder)).toHaveLength(71);
  });

  it('reports a folder that cannot be written', async () => {
    const file = join(renderer.fontFolder, 'Gamma.ttf');
    await expect(writeLines(renderer, 2, file)).rejects.toMatchObject({ code: 'output_unwritable' });
    await expect(writeLines(renderer, 0, file)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(existsSync(file)).toBe(true);
  });
});

describe('drawPreview', () => {
  it('draws one sheet of all augmentations', async () => {
    const { width, height, format } = await sharp(await drawPreview(renderer)).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(1000);
    expect(height).toBeGreaterThan(2000);
  });
});
