/** Batches of photographs for the loop, made ahead by threads; their order and bytes do not depend on the threads' number. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PocketlensError } from '../../models/base/errors.js';
import { packageRoot } from '../../models/base/paths.js';
import type { Dataset } from '../../models/training/dataset.js';
import { type BatchPlan, createBatchMaker, type SaliencyBatch } from './saliency-samples.js';
import type { BatchReply } from './saliency-worker.js';

/** Batches in the making for each thread. */
const AHEAD = 3;

/** @param from number of the first batch. @param workers threads; 0 makes the batches in the calling thread. */
export function openSaliencyBatches(plan: BatchPlan, from: number, workers: number): Dataset<SaliencyBatch> {
  let next = from;
  if (workers === 0) {
    const maker = createBatchMaker(plan);
    return { next: () => maker.make(next++), state: () => ({ next }), close: async () => undefined };
  }
  const threads = Array.from(
    { length: workers },
    () => new Worker(join(packageRoot(), 'dist/apps/train/saliency-worker.js'), { workerData: plan }),
  );
  const waiting = new Map<number, ReturnType<typeof deferred>>();
  let issued = from;
  let failure: PocketlensError | undefined;
  const fail = (reason: string) => {
    failure ??= new PocketlensError('training_failed', `Making a batch failed: ${reason}`, {
      remedy: 'Check the data set.',
    });
    for (const { reject } of waiting.values()) reject(failure);
  };
  for (const thread of threads) {
    thread.on('message', (reply: BatchReply) => {
      if ('batch' in reply) waiting.get(reply.index)?.resolve(reply.batch);
      else fail(reply.error);
    });
    thread.on('error', (cause) => fail(cause.message));
  }
  const request = () => {
    while (issued < next + AHEAD * workers) {
      const slot = deferred();
      // It may fail before anyone asks for it.
      slot.promise.catch(() => undefined);
      waiting.set(issued, slot);
      threads[issued % workers]!.postMessage(issued);
      issued += 1;
    }
  };
  request();
  return {
    async next() {
      if (failure) throw failure;
      const index = next++;
      request();
      const batch = await waiting.get(index)!.promise;
      waiting.delete(index);
      return batch;
    },
    state: () => ({ next }),
    async close() {
      await Promise.all(
        threads.map(async (thread) => {
          const ended = new Promise((resolve) => thread.once('exit', resolve));
          thread.postMessage('stop');
          await ended;
        }),
      );
    },
  };
}

function deferred() {
  let resolve!: (batch: SaliencyBatch) => void;
  let reject!: (cause: unknown) => void;
  const promise = new Promise<SaliencyBatch>((a, b) => {
    resolve = a;
    reject = b;
  });
  return { promise, resolve, reject };
}
