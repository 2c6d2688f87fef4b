/**
 * The engine of the service: a fixed pool of threads, each with models of its own. A model computes on the thread that
 * calls it, so nothing of this runs on the event loop. Images are handed over, not copied, both ways.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { declineTelemetry } from '../../../models/base/decline-telemetry.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { packageRoot } from '../../../models/base/paths.js';
import { fromPlainError, type PlainError } from '../../../models/base/plain-error.js';
import type { ComputeAnswer, ComputeEngine, ComputeJob, ModelInfo } from './engine.js';

/** To a thread: work on a job, give the one under way up, or end. */
export type ThreadRequest = { readonly job: ComputeJob } | { readonly cancel: true } | { readonly end: true };

/** From a thread, once for each job. */
export type ThreadReply = { readonly answer: ComputeAnswer } | { readonly error: PlainError };

export interface ThreadSettings {
  /** Folder of model folders. */
  readonly models: string;
  /** Threads that a model runs on. */
  readonly threads: number;
  readonly saliencyId: string;
  readonly version: string;
}

export interface ThreadEngineOptions extends ThreadSettings {
  /** Threads of the pool; they start when they are needed. */
  readonly jobs: number;
  readonly modelInfo: readonly ModelInfo[];
  /** Compiled file of the thread: for tests. */
  readonly workerFile?: string;
  /** Milliseconds after which a thread that was asked to end is ended by force. */
  readonly patience?: number;
}

/** Longer than any single run of a model. */
const PATIENCE = 30_000;

export function createThreadEngine(options: ThreadEngineOptions): ComputeEngine {
  return new ThreadEngine(options);
}

interface Waiting {
  start(worker: Worker): void;
  fail(error: unknown): void;
}

class ThreadEngine implements ComputeEngine {
  readonly concurrency: number;
  readonly models: readonly ModelInfo[];
  readonly #options: ThreadEngineOptions;
  readonly #idle: Worker[] = [];
  readonly #all = new Map<Worker, Promise<unknown>>();
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(options: ThreadEngineOptions) {
    this.#options = options;
    this.concurrency = options.jobs;
    this.models = options.modelInfo;
  }

  run(job: ComputeJob, signal: AbortSignal): Promise<ComputeAnswer> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        start: (worker) => this.#work(worker, job, signal).then(resolve, reject),
        fail: reject,
      });
      this.#dispatch();
    });
  }

  async dispose(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.fail(closed());
    const all = [...this.#all];
    await Promise.all(all.map(([worker, exit]) => this.#end(worker, exit)));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? (this.#all.size < this.concurrency ? this.#open() : undefined);
      if (!worker) return;
      this.#waiting.shift()!.start(worker);
    }
  }

  #open(): Worker {
    const { models, threads, saliencyId, version, workerFile } = this.#options;
    // The compiled file, also where this runs from sources.
    const file = workerFile ?? join(packageRoot(), 'dist', 'apps', 'service', 'compute', 'compute-thread.js');
    const settings: ThreadSettings = { models, threads, saliencyId, version };
    declineTelemetry();
    const worker = new Worker(file, { workerData: settings });
    const exit = new Promise((resolve) => worker.once('exit', resolve));
    this.#all.set(worker, exit);
    // An idle thread that dies is replaced when it is needed.
    worker.on('error', () => {});
    worker.once('exit', () => {
      this.#all.delete(worker);
      const place = this.#idle.indexOf(worker);
      if (place >= 0) this.#idle.splice(place, 1);
      this.#dispatch();
    });
    return worker;
  }

  #work(worker: Worker, job: ComputeJob, signal: AbortSignal): Promise<ComputeAnswer> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void, isAlive: boolean) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
        if (isAlive && !this.#isClosed) this.#idle.push(worker);
        settle();
        this.#dispatch();
      };
      const onMessage = (reply: ThreadReply) =>
        finish(() => ('answer' in reply ? resolve(reply.answer) : reject(fromPlainError(reply.error))), true);
      const onError = (error: Error) => finish(() => reject(error), false);
      const onExit = () => finish(() => reject(closed()), false);
      // What runs is finished or given up by the thread; its place is free when it has said so.
      const onAbort = () => worker.postMessage({ cancel: true } satisfies ThreadRequest);
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage({ job } satisfies ThreadRequest, [job.bytes.buffer]);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Asks the thread to end: terminating it while ONNX Runtime computes would abort the whole process. */
  async #end(worker: Worker, exit: Promise<unknown>): Promise<void> {
    worker.postMessage({ end: true } satisfies ThreadRequest);
    const timer = setTimeout(() => void worker.terminate(), this.#options.patience ?? PATIENCE);
    await exit;
    clearTimeout(timer);
  }
}

const closed = () => new PocketlensError('shutting_down', 'The service is shutting down.');
