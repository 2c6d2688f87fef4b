/** One of the threads behind `thread-engine.ts`. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PocketlensError } from '../../../models/base/errors.js';
import { toPlainError } from '../../../models/base/plain-error.js';
import type { SaliencyModel } from '../../../models/saliency/saliency.js';
import { Lazy } from '../../ocr/lazy.js';
import type { PageReader } from '../../ocr/read-page.js';
import type { ComputeJob } from './engine.js';
import { runTask } from './run-task.js';
import type { ThreadReply, ThreadRequest, ThreadSettings } from './thread-engine.js';

const { models, threads, saliencyId, version } = workerData as ThreadSettings;

const saliency = new Lazy<SaliencyModel>(async () => {
  const { openSaliency } = await import('../../../models/saliency/open-saliency.js');
  return openSaliency(join(models, 'saliency'), { threads });
});
const reader = new Lazy<PageReader>(async () => {
  const { openPageReader } = await import('../../ocr/read-page.js');
  return openPageReader({ models, threads });
});
const all = { saliency: () => saliency.get(), reader: () => reader.get(), saliencyId, version };

let controller = new AbortController();
let work = Promise.resolve();

parentPort!.on('message', (message: ThreadRequest) => {
  if ('job' in message) {
    controller = new AbortController();
    work = run(message.job, controller.signal);
  } else {
    controller.abort(new PocketlensError('interrupted', 'The work was given up.'));
    if ('end' in message) void end();
  }
});

async function run(job: ComputeJob, signal: AbortSignal): Promise<void> {
  try {
    const answer = await runTask(job, all, signal);
    parentPort!.postMessage({ answer } satisfies ThreadReply, [answer.body.buffer]);
  } catch (error) {
    parentPort!.postMessage({ error: toPlainError(error) } satisfies ThreadReply);
  }
}

async function end(): Promise<void> {
  await work;
  await Promise.all([saliency.dispose(), reader.dispose()]);
  parentPort!.close();
}
