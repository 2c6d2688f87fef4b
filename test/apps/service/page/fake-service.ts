/**
 * The page under the service's headers, and an answer to `POST /v1/saliency` that is known beforehand: what is red stands
 * out. Everything else of the contract (options, problem details, Retry-After) is as the service has it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { pageFolder } from '../../../../apps/service/page/page-folder.js';

export interface Refusal {
  readonly status: number;
  readonly problem: Record<string, unknown>;
  readonly retryAfter?: number;
}

export interface FakeService {
  readonly url: string;
  /** The queries of the requests so far. */
  readonly queries: string[];
  /** Bytes of the last picture. */
  body: Buffer;
  /** Answers in turn, before pictures are looked at again. */
  refusals: Refusal[];
  /** Requests whose client left. */
  left: number;
  /** Bytes of the page's own files so far. */
  sent: number;
  /** Waits for this before it answers. */
  gate: Promise<void> | undefined;
  close(): Promise<void>;
}

/** What the service sends with every answer. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
};

export async function startFakeService(): Promise<FakeService> {
  const page = pageFolder();
  const server = createServer((request, response) => {
    void answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/v1/saliency') return saliency(request, response, searchParams);
    const file = join(page, pathname === '/' ? 'index.html' : pathname.slice(1));
    if (!file.startsWith(page) || !existsSync(file)) return void response.writeHead(404).end();
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    const bytes = readFileSync(file);
    service.sent += bytes.length;
    response.end(bytes);
  }

  async function saliency(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
  ): Promise<void> {
    service.queries.push(query.toString());
    response.once('close', () => {
      if (!response.writableFinished) service.left++;
    });
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    service.body = Buffer.concat(parts);
    await service.gate;
    const refusal = service.refusals.shift();
    if (refusal) {
      if (refusal.retryAfter !== undefined) response.setHeader('retry-after', String(refusal.retryAfter));
      response.setHeader('content-type', 'application/problem+json');
      return void response.writeHead(refusal.status).end(JSON.stringify(refusal.problem));
    }
    const map = await redMap(service.body, query.get('refine') === 'crf');
    response.setHeader('content-type', 'image/png');
    response.end(map);
  }

  const service: FakeService = {
    url: '',
    queries: [],
    body: Buffer.alloc(0),
    refusals: [],
    left: 0,
    sent: 0,
    gate: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(service, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

/** How much redder than green and blue a pixel is; refined, it is all or nothing. */
async function redMap(picture: Buffer, isRefined: boolean): Promise<Buffer> {
  const { data, info } = await sharp(picture)
    .rotate()
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const map = Buffer.alloc(info.width * info.height);
  for (let index = 0; index < map.length; index++) {
    const at = 3 * index;
    const red = Math.max(0, data[at]! - Math.max(data[at + 1]!, data[at + 2]!));
    map[index] = isRefined ? (red > 127 ? 255 : 0) : red;
  }
  return sharp(map, { raw: { width: info.width, height: info.height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}
