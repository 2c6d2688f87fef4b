/** A bounded line of jobs before a fixed number of workers: what does not fit is refused at once. */
import { PocketlensError } from '../../models/base/errors.js';

export interface JobQueueOptions {
  /** Jobs that run side by side. */
  readonly concurrency: number;
  /** Jobs that wait. */
  readonly maxWaiting: number;
}

interface Waiting {
  start(): void;
}

export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  /** Exponential mean of how long a job runs, in milliseconds. */
  #typical = 250;
  #idle: (() => void)[] = [];

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  /** Whether one more job would be refused. */
  get isFull(): boolean {
    return this.#running >= this.#options.concurrency && this.#waiting.length >= this.#options.maxWaiting;
  }

  /** Whole seconds after which there is likely room again, at least 1. */
  get retryAfter(): number {
    const jobs = this.#waiting.length + this.#running;
    return Math.max(1, Math.ceil((jobs * this.#typical) / this.#options.concurrency / 1000));
  }

  /**
   * Runs `job` when its turn comes. An abort while it waits takes it out of the line; while it runs the abort rejects at
   * once, but the job keeps its place until it has really ended, and its result is dropped.
   * @throws too_many_requests when the line is full; the signal's reason; what the job throws
   */
  run<T>(job: (queuedMs: number) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.isFull) return Promise.reject(this.refusal());
    const entered = performance.now();
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        const place = this.#waiting.indexOf(waiting);
        if (place >= 0) this.#waiting.splice(place, 1);
        reject(signal.reason);
        this.#settleIdle();
      };
      const waiting: Waiting = {
        start: () => {
          this.#running++;
          const started = performance.now();
          void job(started - entered)
            .then(resolve, reject)
            .finally(() => {
              signal.removeEventListener('abort', onAbort);
              this.#running--;
              this.#typical += 0.1 * (performance.now() - started - this.#typical);
              this.#next();
            });
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /** The error that tells a client to come back later. */
  refusal(): PocketlensError {
    const seconds = this.retryAfter;
    return new PocketlensError('too_many_requests', 'The service has as much to do as it can hold.', {
      remedy: `Try again in ${seconds} s.`,
      details: { retryAfter: seconds },
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#settleIdle();
    });
  }

  #next(): void {
    while (this.#running < this.#options.concurrency) {
      const first = this.#waiting.shift();
      if (!first) break;
      first.start();
    }
    this.#settleIdle();
  }

  #settleIdle(): void {
    if (this.#running > 0 || this.#waiting.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
