/** One of the threads behind `reader-pool.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { GrayImage } from '../../models/base/image.js';
import { toPlainError } from '../../models/base/plain-error.js';
import { type OpenPageReaderOptions, openPageReader } from './read-page.js';
import type { PoolEnd, PoolReply, PoolRequest } from './reader-pool.js';

const reader = openPageReader(workerData as OpenPageReaderOptions);
const reply = (message: PoolReply) => parentPort!.postMessage(message);
const stop = new AbortController();
let work = Promise.resolve();

parentPort!.on('message', (message: PoolRequest | PoolEnd) => {
  if ('end' in message) void end();
  else work = read(message);
});

async function read({ image, options, stages }: PoolRequest): Promise<void> {
  const onStage = (stage: string, picture: GrayImage) => reply({ stage, image: picture });
  const all = { ...options, signal: stop.signal, ...(stages && { onStage }) };
  try {
    reply({ result: await (await reader).readPage(image, all) });
  } catch (error) {
    reply({ error: toPlainError(error) });
  }
}

/** Between two runs of a model messages are heard: what is under way stops there, and nothing native is cut off. */
async function end(): Promise<void> {
  stop.abort();
  await work;
  await (await reader).dispose();
  parentPort!.close();
}
