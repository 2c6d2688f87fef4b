/** One of several processes behind `cluster.ts`: serves until it is told to stop, or until nobody is left to tell. */
import { AggregatorRegistry } from 'prom-client';
import { PocketlensError } from '../../models/base/errors.js';
import { type FromPrimary, type FromWorker, isOurs, OPTIONS_VARIABLE } from './cluster-messages.js';
import { type RunningServer, type StartOptions, startServer } from './start-server.js';

const send = (message: FromWorker) => process.send?.(message);
const asked = new Map<number, (text: string) => void>();
let counter = 0;
let server: RunningServer | undefined;
let stopping: Promise<void> | undefined;

// Answers the primary's question for this process's metrics.
new AggregatorRegistry();

/** All processes' figures together. */
function collectMetrics(): Promise<string> {
  const id = counter++;
  return new Promise((resolve) => {
    asked.set(id, resolve);
    send({ type: 'pocketlens:metrics', id });
  });
}

function stop(): Promise<void> {
  stopping ??= (async () => {
    await server?.close();
    if (process.connected) process.disconnect();
    process.exit(0);
  })();
  return stopping;
}

// Ctrl-C reaches every process of the terminal; the primary decides.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());
process.on('message', (message: FromPrimary) => {
  if (!isOurs(message)) return;
  if (message.type === 'pocketlens:stop') void stop();
  else {
    asked.get(message.id)?.(message.text);
    asked.delete(message.id);
  }
});

try {
  const options = JSON.parse(process.env[OPTIONS_VARIABLE]!) as StartOptions;
  const started = await startServer(options, collectMetrics);
  AggregatorRegistry.setRegistries(started.registry);
  server = started;
  send({ type: 'pocketlens:ready', port: server.port });
} catch (error) {
  const known = error instanceof PocketlensError ? error : undefined;
  const { message } = error as Error;
  const failed: FromWorker = {
    type: 'pocketlens:failed',
    message,
    ...(known && { code: known.code }),
    ...(known?.remedy !== undefined && { remedy: known.remedy }),
  };
  process.send!(failed, () => process.exit(1));
}
