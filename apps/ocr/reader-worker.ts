/** One of the threads behind `reader-pool.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { PocketlensError } from '../../models/base/errors.js';
import type { GrayImage } from '../../models/base/image.js';
import { type OpenPageReaderOptions, openPageReader } from './read-page.js';
import type { PoolEnd, PoolError, PoolReply, PoolRequest } from './reader-pool.js';

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
    reply({ error: plain(error) });
  }
}

/** Between two runs of a model messages are heard: what is under way stops there, and nothing native is cut off. */
async function end(): Promise<void> {
  stop.abort();
  await work;
  await (await reader).dispose();
  parentPort!.close();
}

function plain(error: unknown): PoolError {
  if (error instanceof PocketlensError) {
    const { code, message, remedy, details } = error;
    return { code, message, remedy, details: JSON.parse(JSON.stringify(details)) };
  }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) };
}
