/**
 * Samples rendered ahead of their consumer by worker threads. The order and the bytes are those of one renderer counting
 * up, however many threads there are. `stream.ts` makes lines so, `page/page-stream.ts` pages.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ERROR_TABLE, type ErrorCode, expected, PocketlensError } from '../models/base/errors.js';
import { packageRoot } from '../models/base/paths.js';
import type { ChunkFailure, ChunkReply, ChunkRequest } from './worker-thread.js';

export interface ChunkStreamOptions {
  /** Number of the first sample. */
  readonly from: number;
  /** Samples that `next()` gives at a time. */
  readonly chunk: number;
  /** Threads; 0 renders in the calling thread. */
  readonly workers: number;
  /** Most chunks rendered or being rendered beyond those asked for. Default 2 a worker. */
  readonly ahead?: number;
}

export interface ChunkSource<Sample> {
  /** What the samples are, for messages: "line", "page". */
  readonly what: string;
  /** The compiled file that a thread runs (see `worker-thread.ts`), below dist/. */
  readonly workerFile: string;
  /** Given to the threads: plain data. */
  readonly workerData: unknown;
  /** The renderer of the calling thread, made when there are no others. */
  readonly create: () => { render(index: number): Sample };
}

export interface ChunkStream<Sample> {
  /** The next `chunk` samples. Rejects with the error of the thread that rendered them. */
  next(): Promise<Sample[]>;
  /** Ends the threads; calls of `next()` that still wait are rejected. */
  close(): Promise<void>;
}

/** @throws invalid_argument for counts that are no whole numbers in range */
export function openChunkStream<Sample>(
  source: ChunkSource<Sample>,
  options: ChunkStreamOptions,
): ChunkStream<Sample> {
  const { from, chunk, workers } = options;
  const ahead = options.ahead ?? 2 * workers;
  if (!whole(from, 0)) throw expected('invalid_argument', 'a whole number ≥ 0', 'from', from);
  if (!whole(chunk, 1)) throw expected('invalid_argument', 'a whole number ≥ 1', 'chunk', chunk);
  if (!whole(workers, 0)) throw expected('invalid_argument', 'a whole number ≥ 0', 'workers', workers);
  if (!whole(ahead, 0)) throw expected('invalid_argument', 'a whole number ≥ 0', 'ahead', ahead);
  return workers === 0
    ? inCallingThread(source, from, chunk)
    : new ThreadedStream(source, from, chunk, workers, ahead);
}

const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
const closedError = (what: string) =>
  new PocketlensError('interrupted', `Expected an open ${what} stream but it was closed.`);

function inCallingThread<Sample>(
  source: ChunkSource<Sample>,
  from: number,
  chunk: number,
): ChunkStream<Sample> {
  const renderer = source.create();
  let at = from;
  let closed = false;
  return {
    async next() {
      if (closed) throw closedError(source.what);
      const first = at;
      at += chunk;
      return Array.from({ length: chunk }, (_, i) => renderer.render(first + i));
    },
    async close() {
      closed = true;
    },
  };
}

interface Waiter<Sample> {
  resolve(samples: Sample[]): void;
  reject(error: unknown): void;
}

class ThreadedStream<Sample> implements ChunkStream<Sample> {
  readonly #what: string;
  readonly #from: number;
  readonly #chunk: number;
  readonly #ahead: number;
  readonly #workers: Worker[];
  readonly #idle: Worker[];
  /** Rendered, not yet asked for. */
  readonly #ready = new Map<number, Sample[] | PocketlensError>();
  readonly #waiting = new Map<number, Waiter<Sample>>();
  /** Chunks asked for by `next()`, and given to threads. */
  #asked = 0;
  #issued = 0;
  #closed = false;
  #failure: PocketlensError | undefined;

  constructor(source: ChunkSource<Sample>, from: number, chunk: number, workers: number, ahead: number) {
    this.#what = source.what;
    this.#from = from;
    this.#chunk = chunk;
    this.#ahead = ahead;
    const file = join(packageRoot(), 'dist', source.workerFile);
    this.#workers = Array.from({ length: workers }, () => {
      const worker = new Worker(file, { workerData: source.workerData });
      worker.on('message', (reply: ChunkReply<Sample>) => {
        this.#idle.push(worker);
        this.#settle(reply);
        this.#pump();
      });
      worker.on('error', (cause) => this.#fail(cause));
      worker.on('exit', (code) => {
        if (!this.#closed) this.#fail(new Error(`a rendering thread ended with code ${code}`));
      });
      return worker;
    });
    this.#idle = [...this.#workers];
    this.#pump();
  }

  next(): Promise<Sample[]> {
    if (this.#closed) return Promise.reject(closedError(this.#what));
    if (this.#failure) return Promise.reject(this.#failure);
    const chunk = this.#asked++;
    const ready = this.#ready.get(chunk);
    this.#ready.delete(chunk);
    this.#pump();
    if (ready instanceof PocketlensError) return Promise.reject(ready);
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve, reject) => this.#waiting.set(chunk, { resolve, reject }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(closedError(this.#what));
    this.#waiting.clear();
    this.#ready.clear();
    await Promise.all(this.#workers.map(stop));
  }

  /** Gives idle threads the chunks that come next, as far as the look-ahead goes. */
  #pump(): void {
    while (
      !this.#closed &&
      !this.#failure &&
      this.#idle.length > 0 &&
      this.#issued < this.#asked + this.#ahead
    ) {
      const chunk = this.#issued++;
      const request: ChunkRequest = { chunk, from: this.#from + chunk * this.#chunk, count: this.#chunk };
      this.#idle.shift()!.postMessage(request);
    }
  }

  #settle(reply: ChunkReply<Sample>): void {
    const waiter = this.#waiting.get(reply.chunk);
    this.#waiting.delete(reply.chunk);
    const result = 'samples' in reply ? reply.samples : toError(reply.error);
    if (!waiter) {
      if (!this.#closed) this.#ready.set(reply.chunk, result);
    } else if (result instanceof PocketlensError) waiter.reject(result);
    else waiter.resolve(result);
  }

  /** A thread broke down as a whole: whatever waits or is asked for later is rejected. */
  #fail(cause: unknown): void {
    this.#failure ??= new PocketlensError(
      'internal',
      `Expected ${this.#what}s from a rendering thread but it failed: ${cause}.`,
      { cause },
    );
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** Lets the thread finish its chunk and end; ends it by force where it does not. */
async function stop(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return; // has ended already
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage('stop');
  const timer = setTimeout(() => void worker.terminate(), 10_000);
  await ended;
  clearTimeout(timer);
}

function toError({ code, message, remedy, details }: ChunkFailure): PocketlensError {
  const known = code !== undefined && code in ERROR_TABLE ? (code as ErrorCode) : 'internal';
  return new PocketlensError(known, message, {
    ...(remedy ? { remedy } : {}),
    ...(details ? { details } : {}),
  });
}
