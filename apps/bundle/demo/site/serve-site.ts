/** A small server of static files on this machine, with the headers that isolate the page. Any other static host does too. */
import type { AddressInfo } from 'node:net';
import serveStatic from '@fastify/static';
import Fastify from 'fastify';
import { PocketlensError } from '../../../../models/base/errors.js';

export interface ServeSiteOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Send the headers of isolation; true where not given. Without them the service worker adds them. */
  readonly isolate?: boolean;
}

export interface RunningSite {
  /** Ends in a slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** Threads of WebAssembly share memory, which browsers allow only to pages that no other origin reaches into. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

/** @throws address_unavailable */
export async function serveSite(
  folder: string,
  { port, isolate = true }: ServeSiteOptions,
): Promise<RunningSite> {
  const app = Fastify({ forceCloseConnections: true });
  await app.register(serveStatic, {
    root: folder,
    // Asked each time, answered with 304 where nothing changed.
    cacheControl: false,
    setHeaders(response) {
      response.setHeader('cache-control', 'no-cache');
      response.setHeader('x-content-type-options', 'nosniff');
      response.setHeader('referrer-policy', 'no-referrer');
      if (isolate) for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
    },
  });
  try {
    await app.listen({ host: '127.0.0.1', port });
  } catch (cause) {
    await app.close();
    throw new PocketlensError(
      'address_unavailable',
      `Expected port ${port} to be free but could not listen on it.`,
      {
        remedy: 'Name another one with --port.',
        cause,
      },
    );
  }
  const address = app.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}/`, close: () => app.close() };
}
