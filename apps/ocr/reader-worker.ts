/** One of the threads behind `reader-pool.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { PocketlensError } from '../../models/base/errors.js';
import type { GrayImage } from '../../models/base/image.js';
import { type OpenPageReaderOptions, openPageReader } from './read-page.js';
import type { PoolError, PoolReply, PoolRequest } from './reader-pool.js';

const reader = openPageReader(workerData as OpenPageReaderOptions);
const reply = (message: PoolReply) => parentPort!.postMessage(message);

parentPort!.on('message', async ({ image, options, stages }: PoolRequest) => {
  const onStage = (stage: string, picture: GrayImage) => reply({ stage, image: picture });
  try {
    reply({ result: await (await reader).readPage(image, { ...options, ...(stages && { onStage }) }) });
  } catch (error) {
    reply({ error: plain(error) });
  }
});

function plain(error: unknown): PoolError {
  if (error instanceof PocketlensError) {
    const { code, message, remedy, details } = error;
    return { code, message, remedy, details: JSON.parse(JSON.stringify(details)) };
  }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) };
}
