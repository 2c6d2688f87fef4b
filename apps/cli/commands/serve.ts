/** `pocketlens serve`: its options, and the signals around the service. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { PocketlensError } from '../../../models/base/errors.js';
import type { LogLevel, RunningServer } from '../../service/start-server.js';
import { withImageLimits } from '../image-limits.js';
import { modelsOf, type PrecisionFlags, withPrecision } from '../precision.js';
import { choice, decimal, integer } from '../values.js';

/** Names only, so that the help needs no server. */
const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const satisfies readonly LogLevel[];

/** Each job holds models and an image in memory. */
const MOST_DEFAULT_JOBS = 4;

interface ServeFlags extends PrecisionFlags {
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly threads?: number;
  readonly jobs?: number;
  readonly model?: string;
  readonly maxBytes?: number;
  readonly maxPixels?: number;
  readonly maxUploads?: number;
  readonly maxConnections?: number;
  readonly queue?: number;
  readonly timeout?: number;
  readonly logLevel: LogLevel;
}

const NOTES = `
The page is at /, the documentation at /docs. Routes: POST /v1/saliency, /v1/cutout, /v1/crop, /v1/ocr;
GET /healthz, /readyz, /metrics, /openapi.json. Nothing is stored, no URL is fetched.

Examples:
  pocketlens serve
  curl --data-binary @dog.jpg -H 'content-type: image/jpeg' localhost:8080/v1/cutout -o dog.png
  curl -F file=@dog.jpg -F ratio=16:9 localhost:8080/v1/crop -o crop.png
  pocketlens serve --host 0.0.0.0 --workers 4 --log-level warn

SIGTERM or Ctrl-C: no new requests, those under way are finished, then exit code 0. A second one leaves at once.`;

export function register(program: Command): void {
  const command = program
    .command('serve')
    .description('serve saliency, cut-outs, crops and text over HTTP')
    .option('--host <address>', 'where to listen; 0.0.0.0: everywhere', '127.0.0.1')
    .option('--port <n>', '0: any that is free', integer('--port', 0, 65535), 8080)
    .option('--workers <n>', 'processes', integer('--workers', 1, 256), 1)
    .option(
      '--threads <n>',
      'threads, shared by the processes (default: one a core)',
      integer('--threads', 1, 1024),
    )
    .option(
      '--jobs <n>',
      'images that a process works on at a time (default: as many as its threads, at most 4)',
      integer('--jobs', 1, 256),
    )
    .option('--model <folder>', 'use the models in this folder')
    .option(
      '--max-uploads <n>',
      'bodies received at a time (default: 16)',
      integer('--max-uploads', 1, 65536),
    )
    .option('--max-connections <n>', 'open at a time (default: 512)', integer('--max-connections', 1, 65536))
    .option('--queue <n>', 'images that may wait for a thread (default: 32)', integer('--queue', 0, 65536))
    .option('--timeout <s>', 'seconds that a request may take (default: 30)', decimal('--timeout', 0.1, 3600))
    .option('--log-level <level>', `one of ${LEVELS.join(', ')}`, choice('--log-level', LEVELS), 'info');
  withImageLimits(command, { pixels: 40_000_000, bytes: 20_971_520 });
  withPrecision(command).addHelpText('after', NOTES).action(run);
}

async function run(flags: ServeFlags): Promise<void> {
  const [{ startServer }, { ui }, { packageVersion }] = await Promise.all([
    import('../../service/start-server.js'),
    import('../ui.js'),
    import('../../../models/base/paths.js'),
  ]);
  const { host, port, workers, logLevel } = flags;
  const model = await modelsOf(flags, flags.model, ['detector', 'recognizer', 'saliency']);
  const threads = Math.max(1, Math.floor((flags.threads ?? availableParallelism()) / workers));
  const jobs = flags.jobs ?? Math.min(threads, MOST_DEFAULT_JOBS);
  const options = {
    host,
    port,
    jobs,
    threads: Math.max(1, Math.floor(threads / jobs)),
    ...(model !== undefined && { models: model }),
    limits: {
      ...(flags.maxBytes && { maxBytes: flags.maxBytes }),
      ...(flags.maxPixels && { maxPixels: flags.maxPixels }),
      ...(flags.maxUploads && { maxUploads: flags.maxUploads }),
      ...(flags.maxConnections && { maxConnections: flags.maxConnections }),
      ...(flags.queue !== undefined && { maxQueue: flags.queue }),
      ...(flags.timeout && { timeout: 1000 * flags.timeout }),
    },
    logLevel,
    version: packageVersion(),
  };
  const stop = stopSignal();
  let server: RunningServer;
  if (workers === 1) server = await startServer(options);
  else {
    const { startCluster } = await import('../../service/cluster.js');
    server = await startCluster({ ...options, workers, onRestart: (line) => ui.note(line) });
  }
  ui.note(`Listening on ${server.url}`);
  await stop;
  ui.note('Shutting down: finishing what is under way.');
  await server.close();
}

/** Resolves at the first SIGTERM or SIGINT; the second leaves at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = () => {
      if (isStopping) process.exit(new PocketlensError('interrupted', '').exitCode);
      isStopping = true;
      resolve();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}
