import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PageReader } from '../../../apps/ocr/read-page.js';
import { openReaderPool } from '../../../apps/ocr/reader-pool.js';

/** Stands in for the thread with the models: does what the image's width says, and answers with its own number. */
const WORKER = `
const { parentPort, threadId, workerData } = require('node:worker_threads');
const { writeFileSync } = require('node:fs');
parentPort.on('message', ({ image, options, stages, end }) => {
  if (end) {
    writeFileSync(workerData.models + '/ended', '');
    return parentPort.close();
  }
  if (image.width === 1) throw new Error('the thread dies');
  if (image.width === 2) return;
  if (image.width === 5) for (;;);
  if (image.width === 3)
    return parentPort.postMessage({ error: { code: 'model_corrupt', message: 'Bad.', remedy: 'Mend it.', details: { a: 1 } } });
  if (image.width === 4) return parentPort.postMessage({ error: { message: 'a defect', stack: 'where' } });
  if (stages) parentPort.postMessage({ stage: 'input', image });
  setTimeout(() => parentPort.postMessage({ result: { threadId, width: image.width, options, workerData } }), image.height);
});`;

let folder: string;
let workerFile: string;
let pool: PageReader;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-pool-'));
  workerFile = join(folder, 'worker.cjs');
  writeFileSync(workerFile, WORKER);
});
afterEach(() => pool.dispose());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const image = (width: number, height = 1) => ({ width, height, data: new Uint8Array(width * height) });
const open = (jobs: number) => {
  pool = openReaderPool({ jobs, workerFile, threads: 3, models: folder, patience: 500 });
};
// biome-ignore lint/suspicious/noExplicitAny: the stand-in answers with what a test looks at
const read = (width: number, height?: number, options = {}): Promise<any> =>
  pool.readPage(image(width, height), { mode: 'page', ...options });

describe('openReaderPool', () => {
  it('reads in as many threads as there are jobs, and uses them again', async () => {
    open(2);
    const results = await Promise.all([10, 20, 30, 40, 50].map((width) => read(width, 30)));
    expect(results.map(({ width }) => width)).toEqual([10, 20, 30, 40, 50]);
    expect(new Set(results.map(({ threadId }) => threadId)).size).toBe(2);
    expect(results[0].workerData).toEqual({ threads: 3, models: folder });
  });

  it('passes plain options and stages, not signals', async () => {
    open(1);
    const stages: string[] = [];
    const { signal } = new AbortController();
    const { options } = await read(10, 1, {
      allowlist: 'ab',
      signal,
      onStage: (name: string) => stages.push(name),
    });
    expect(options).toEqual({ mode: 'page', allowlist: 'ab' });
    expect(stages).toEqual(['input']);
    await read(10);
    expect(stages).toHaveLength(1);
  });

  it('gives errors back as they were, and goes on', async () => {
    open(1);
    await expect(read(3)).rejects.toMatchObject({
      code: 'model_corrupt',
      remedy: 'Mend it.',
      details: { a: 1 },
    });
    await expect(read(4)).rejects.toMatchObject({ message: 'a defect', stack: 'where' });
    await expect(read(1)).rejects.toThrow('the thread dies');
    expect((await read(9)).width).toBe(9);
  });

  it('lets a thread end by itself when the signal aborts', async () => {
    open(1);
    const controller = new AbortController();
    const reason = new Error('enough');
    const reading = read(2, 1, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(reading).rejects.toBe(reason);
    await expect(read(9, 1, { signal: controller.signal })).rejects.toBe(reason);
    expect((await read(9)).width).toBe(9);
    rmSync(join(folder, 'ended'), { force: true });
    await pool.dispose();
    expect(existsSync(join(folder, 'ended'))).toBe(true);
  });

  it('ends a thread that does not hear', async () => {
    open(1);
    const controller = new AbortController();
    const reading = read(5, 1, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(reading).rejects.toThrow('enough');
    await pool.dispose();
  });

  it('rejects what still waits when it is closed', async () => {
    open(1);
    const waiting = [read(10, 1000), read(20)].map((reading) =>
      expect(reading).rejects.toMatchObject({ code: 'interrupted' }),
    );
    await pool.dispose();
    await Promise.all(waiting);
  });
});
