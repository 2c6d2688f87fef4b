/** Several processes that serve one port. One that dies is replaced; their figures are added up. */
import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import { AggregatorRegistry } from 'prom-client';
import { PocketlensError } from '../../models/base/errors.js';
import { packageRoot } from '../../models/base/paths.js';
import { type FromPrimary, type FromWorker, isOurs, OPTIONS_VARIABLE } from './cluster-messages.js';
import { readModelIds } from './model-ids.js';
import { modelsOf, type RunningServer, type StartOptions, urlOf } from './start-server.js';

export interface ClusterOptions extends StartOptions {
  readonly workers: number;
  /** One line about a process that died. */
  readonly onRestart?: (line: string) => void;
}

/** A process that lived shorter than this, in milliseconds, is replaced only after a pause. */
const SHORT_LIFE = 10_000;
const LONGEST_PAUSE = 30_000;

export async function startCluster(options: ClusterOptions): Promise<RunningServer> {
  // What no process could load is said once.
  await readModelIds(modelsOf(options));
  const service = new ClusterService(options);
  await service.start();
  return service;
}

class ClusterService implements RunningServer {
  readonly #options: ClusterOptions;
  readonly #aggregator = new AggregatorRegistry();
  readonly #timers = new Set<NodeJS.Timeout>();
  #port: number;
  #shortLives = 0;
  /** From the first moment on at which every process served. */
  #isUp = false;
  #isClosing = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return urlOf(this.#options.host, this.#port);
  }

  async start(): Promise<void> {
    cluster.setupPrimary({
      exec: join(packageRoot(), 'dist', 'apps', 'service', 'cluster-worker.js'),
      args: [],
    });
    try {
      // The first finds the port.
      await this.#fork();
      const others = Array.from({ length: this.#options.workers - 1 }, () => this.#fork());
      await Promise.all(others);
      this.#isUp = true;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const workers = Object.values(cluster.workers ?? {}) as Worker[];
    await Promise.all(
      workers.map(async (worker) => {
        if (worker.isDead()) return;
        const exit = new Promise((resolve) => worker.once('exit', resolve));
        if (worker.isConnected()) worker.send({ type: 'pocketlens:stop' } satisfies FromPrimary);
        await exit;
      }),
    );
  }

  /** Resolves once the process listens. */
  #fork(): Promise<void> {
    const { workers: _, onRestart: __, ...options } = this.#options;
    // Port 0 is one port to all processes, as long as one of them lives.
    const isAlone = Object.keys(cluster.workers ?? {}).length === 0;
    const started: StartOptions = { ...options, port: isAlone ? this.#port : options.port };
    const worker = cluster.fork({ [OPTIONS_VARIABLE]: JSON.stringify(started) });
    const born = performance.now();
    return new Promise((resolve, reject) => {
      let isReady = false;
      let failure: PocketlensError | undefined;
      worker.on('message', (message: FromWorker) => {
        if (!isOurs(message)) return;
        if (message.type === 'pocketlens:metrics') void this.#answerMetrics(worker, message.id);
        else if (message.type === 'pocketlens:failed') failure = toError(message);
        else {
          isReady = true;
          this.#port = message.port;
          resolve();
        }
      });
      worker.once('exit', (code, signal) => {
        const reason = signal ? `signal ${signal}` : `exit code ${code}`;
        if (!isReady)
          reject(
            failure ?? new PocketlensError('internal', `A process of the service ended with ${reason}.`),
          );
        if (this.#isUp && !this.#isClosing) this.#replace(worker, reason, performance.now() - born);
      });
    });
  }

  #replace(worker: Worker, reason: string, life: number): void {
    this.#shortLives = life < SHORT_LIFE ? this.#shortLives + 1 : 0;
    const pause = this.#shortLives <= 1 ? 0 : Math.min(LONGEST_PAUSE, 250 * 2 ** this.#shortLives);
    this.#options.onRestart?.(
      `Process ${worker.process.pid} ended with ${reason}; another takes its place${pause > 0 ? ` in ${pause / 1000} s` : ''}.`,
    );
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      // Its own end asks for the next.
      this.#fork().catch(() => {});
    }, pause);
    this.#timers.add(timer);
  }

  async #answerMetrics(worker: Worker, id: number): Promise<void> {
    const text = await this.#aggregator.clusterMetrics().catch(() => '');
    if (worker.isConnected()) worker.send({ type: 'pocketlens:metrics', id, text } satisfies FromPrimary);
  }
}

function toError(failed: Extract<FromWorker, { type: 'pocketlens:failed' }>): PocketlensError {
  const { code = 'internal', message, remedy } = failed;
  return new PocketlensError(code, message, remedy === undefined ? {} : { remedy });
}
