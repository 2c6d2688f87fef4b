/** One process of the service: engine, server and socket. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { PocketlensError } from '../../models/base/errors.js';
import { packageRoot } from '../../models/base/paths.js';
import { createThreadEngine } from './compute/thread-engine.js';
import type { ServiceLimits } from './limits.js';
import { readModelIds } from './model-ids.js';
import type { CollectMetrics } from './routes/health.js';
import { createServer } from './server.js';

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Plain values only: they travel to other processes. */
export interface StartOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Images worked on at a time by this process, each in a thread of its own. */
  readonly jobs: number;
  /** Threads that a model runs on, for each job. */
  readonly threads: number;
  /** Folder of model folders; the shipped ones when not given. */
  readonly models?: string;
  readonly limits?: Partial<ServiceLimits>;
  readonly logLevel: LogLevel;
  readonly version: string;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, finishes what is under way, frees the models. */
  close(): Promise<void>;
}

/** @throws model_not_found, model_corrupt, address_unavailable */
export async function startServer(
  options: StartOptions,
  collectMetrics?: CollectMetrics,
): Promise<RunningServer & { readonly registry: Registry }> {
  const { host, port, jobs, threads, limits, logLevel, version } = options;
  const models = modelsOf(options);
  const { saliencyId, models: modelInfo } = await readModelIds(models);
  const app = await createServer({
    engine: createThreadEngine({ jobs, threads, models, saliencyId, modelInfo, version }),
    version,
    ...(limits && { limits }),
    // JSON lines on standard error: standard output carries results alone.
    logger: logLevel === 'silent' ? false : { level: logLevel, stream: process.stderr },
    ...(collectMetrics && { collectMetrics }),
  });
  try {
    await app.listen({ host, port, backlog: 1024 });
  } catch (error) {
    await app.close();
    throw asAddressError(error, host, port);
  }
  const { port: actual } = app.server.address() as AddressInfo;
  return {
    url: urlOf(host, actual),
    port: actual,
    registry: app.serviceMetrics.registry,
    close: async () => void (await app.close()),
  };
}

export const modelsOf = ({ models }: StartOptions) => models ?? join(packageRoot(), 'models', 'weights');

export const urlOf = (host: string, port: number) =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

function asAddressError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const reason = {
    EADDRINUSE: 'another program has it',
    EACCES: 'no permission',
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOTFOUND: 'no such host',
  }[code ?? ''];
  if (!reason) return error;
  return new PocketlensError(
    'address_unavailable',
    `Expected to listen on ${host}:${port} but received: ${reason}.`,
    { remedy: 'Choose another --port or --host.', cause: error },
  );
}
