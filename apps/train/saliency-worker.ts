/** A thread that makes training batches for `saliency-batches.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BatchPlan, createBatchMaker, type SaliencyBatch } from './saliency-samples.js';

export type BatchReply =
  | { readonly index: number; readonly batch: SaliencyBatch }
  | { readonly index: number; readonly error: string };

const maker = createBatchMaker(workerData as BatchPlan);

parentPort?.on('message', (request: number | 'stop') => {
  // Ending by itself lets the decoders finish; a terminated thread would leave them hanging.
  if (request === 'stop') parentPort?.close();
  else void answer(request);
});

async function answer(index: number): Promise<void> {
  try {
    const batch = await maker.make(index);
    const { data, mask, weight, contour, segments = [] } = batch;
    const matrices = segments.flatMap(({ pool, neighbours, paint }) => [pool, neighbours, paint]);
    const buffers = [data, mask, weight, contour, ...matrices].map(({ buffer }) => buffer as ArrayBuffer);
    parentPort?.postMessage({ index, batch } satisfies BatchReply, buffers);
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    parentPort?.postMessage({ index, error } satisfies BatchReply);
  }
}
