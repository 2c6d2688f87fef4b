/**
 * Several page readers in threads of their own behind the interface of one. A model computes on the thread that calls it,
 * so this is what reads pages side by side.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { declineTelemetry } from '../../models/base/decline-telemetry.js';
import { PocketlensError } from '../../models/base/errors.js';
import type { GrayImage } from '../../models/base/image.js';
import { packageRoot } from '../../models/base/paths.js';
import { fromPlainError, type PlainError } from '../../models/base/plain-error.js';
import type { OpenPageReaderOptions, PageReader, ReadPageOptions, ReadPageResult } from './read-page.js';

/** To a thread: a page to read. Functions and signals stay behind. */
export interface PoolRequest {
  readonly image: GrayImage;
  readonly options: Omit<ReadPageOptions, 'signal' | 'onStage'>;
  /** Whether the stages' pictures are wanted. */
  readonly stages: boolean;
}

/** To a thread: stop what it does, free the models and end. */
export interface PoolEnd {
  readonly end: true;
}

/** From a thread: any number of stages, then a result or an error. */
export type PoolReply =
  | { readonly stage: string; readonly image: GrayImage }
  | { readonly result: ReadPageResult }
  | { readonly error: PlainError };

export interface PoolOptions extends OpenPageReaderOptions {
  /** Pages read at a time. Threads start when they are needed. `threads` counts for each of them. */
  readonly jobs: number;
  /** Compiled file of the thread: for tests. */
  readonly workerFile?: string;
  /** Milliseconds after which a thread that was asked to end is ended by force. */
  readonly patience?: number;
}

/** Longer than any single run of a model. */
const PATIENCE = 30_000;

interface Job {
  readonly request: PoolRequest;
  readonly options: ReadPageOptions;
  resolve(result: ReadPageResult): void;
  reject(error: unknown): void;
}

export function openReaderPool(options: PoolOptions): PageReader {
  return new ReaderPool(options);
}

class ReaderPool implements PageReader {
  readonly #options: PoolOptions;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #queue: Job[] = [];
  /** Resolves when the thread has ended. */
  readonly #exits = new WeakMap<Worker, Promise<unknown>>();
  readonly #ending = new Set<Promise<unknown>>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  readPage(image: GrayImage, options: ReadPageOptions): Promise<ReadPageResult> {
    const { signal, onStage, ...plain } = options;
    return new Promise((resolve, reject) => {
      const request = { image, options: plain, stages: onStage !== undefined };
      this.#queue.push({ request, options, resolve, reject });
      this.#dispatch();
    });
  }

  async dispose(): Promise<void> {
    this.#idle.length = 0;
    for (const job of this.#queue.splice(0)) job.reject(closed());
    for (const worker of [...this.#all]) this.#discard(worker);
    await Promise.all(this.#ending);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? (this.#all.size < this.#options.jobs ? this.#start() : undefined);
      if (!worker) return;
      this.#run(worker, this.#queue.shift()!);
    }
  }

  #start(): Worker {
    const { jobs, workerFile, patience, ...open } = this.#options;
    // The compiled file, also where this runs from sources.
    const file = workerFile ?? join(packageRoot(), 'dist', 'apps', 'ocr', 'reader-worker.js');
    declineTelemetry();
    const worker = new Worker(file, { workerData: open });
    this.#exits.set(worker, new Promise((resolve) => worker.once('exit', resolve)));
    this.#all.add(worker);
    return worker;
  }

  #run(worker: Worker, job: Job): void {
    const { signal, onStage } = job.options;
    const finish = (settle: () => void, reusable = true) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      if (reusable && this.#all.has(worker)) this.#idle.push(worker);
      else this.#discard(worker);
      settle();
      this.#dispatch();
    };
    const onMessage = (reply: PoolReply) => {
      if ('stage' in reply) onStage?.(reply.stage, reply.image);
      else if ('result' in reply) finish(() => job.resolve(reply.result));
      else finish(() => job.reject(fromPlainError(reply.error)));
    };
    const onError = (error: Error) => finish(() => job.reject(error), false);
    const onExit = () => finish(() => job.reject(closed()), false);
    const onAbort = () => finish(() => job.reject(signal?.reason), false);
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(job.request);
  }

  /** Asks the thread to end: terminating it while ONNX Runtime computes would abort the whole process. */
  #discard(worker: Worker): void {
    this.#all.delete(worker);
    // An error after its end has nobody to go to.
    worker.on('error', () => {});
    worker.postMessage({ end: true } satisfies PoolEnd);
    const timer = setTimeout(() => void worker.terminate(), this.#options.patience ?? PATIENCE);
    const ending = this.#exits.get(worker)!.then(() => {
      clearTimeout(timer);
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
  }
}

const closed = () => new PocketlensError('interrupted', 'Expected an open reader but it was closed.');
