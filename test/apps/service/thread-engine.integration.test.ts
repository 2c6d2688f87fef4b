import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeEngine } from '../../../apps/service/compute/engine.js';
import { createThreadEngine } from '../../../apps/service/compute/thread-engine.js';

/** Stands in for the thread with the models: the first byte says what it does. */
const WORKER = `
const { parentPort, threadId } = require('node:worker_threads');
let timer;
const answer = (bytes) => parentPort.postMessage({ answer: { body: new Uint8Array([bytes[0], threadId]), mediaType: 'x/y', times: {} } });
parentPort.on('message', ({ job, cancel, end }) => {
  if (end) return parentPort.close();
  if (cancel) { clearTimeout(timer); return parentPort.postMessage({ error: { code: 'interrupted', message: 'given up' } }); }
  const kind = job.bytes[0];
  if (kind === 1) throw new Error('the thread dies');
  if (kind === 2) return parentPort.postMessage({ error: { code: 'invalid_image', message: 'Bad.', remedy: 'Mend.', details: { a: 1 } } });
  if (kind === 3) return parentPort.postMessage({ error: { message: 'a defect', stack: 'where' } });
  if (kind === 4) process.exit(3);
  timer = setTimeout(() => answer(job.bytes), kind);
});`;

let folder: string;
let engine: ComputeEngine;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-engine-'));
  writeFileSync(join(folder, 'worker.cjs'), WORKER);
});
afterEach(() => engine.dispose());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (jobs: number) => {
  engine = createThreadEngine({
    jobs,
    threads: 1,
    models: folder,
    saliencyId: 'a',
    version: '1',
    modelInfo: [],
    workerFile: join(folder, 'worker.cjs'),
    patience: 500,
  });
};
const never = new AbortController().signal;
const run = (kind: number, signal = never) => {
  const bytes = new Uint8Array([kind, 0, 0]);
  const task = { kind: 'ocr', format: 'text', mode: 'page', characters: false, spelling: true } as const;
  return engine.run({ task, bytes, limits: { maxBytes: 9, maxPixels: 9, maxSeconds: 9 } }, signal);
};

describe('createThreadEngine', () => {
  it('works in as many threads as there are jobs, and answers each its own', async () => {
    open(2);
    const answers = await Promise.all([50, 40, 30, 20, 10].map((kind) => run(kind)));
    expect(answers.map(({ body }) => body[0])).toEqual([50, 40, 30, 20, 10]);
    expect(new Set(answers.map(({ body }) => body[1])).size).toBe(2);
  });

  it('gives errors back as they were, replaces a thread that dies, and goes on', async () => {
    open(1);
    await expect(run(2)).rejects.toMatchObject({ code: 'invalid_image', remedy: 'Mend.', details: { a: 1 } });
    await expect(run(3)).rejects.toMatchObject({ message: 'a defect', stack: 'where' });
    await expect(run(1)).rejects.toThrow('the thread dies');
    await expect(run(4)).rejects.toThrow();
    expect((await run(9)).body[0]).toBe(9);
  });

  it('tells a thread to give up, and uses it again once it has', async () => {
    open(1);
    const [{ body }, controller] = [await run(9), new AbortController()];
    const long = run(250, controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(long).rejects.toMatchObject({ code: 'interrupted' });
    expect((await run(9)).body[1]).toBe(body[1]);
  });

  it('takes nothing once it is closed', async () => {
    open(1);
    const waiting = [run(200), run(20)].map((each) => each.catch(({ code }) => code));
    await engine.dispose();
    expect(await waiting[1]).toBe('shutting_down');
    await expect(run(9)).rejects.toMatchObject({ code: 'shutting_down' });
  });
});
