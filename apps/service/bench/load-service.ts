/**
 * Clients that send distinguishable images to every route that takes photographs, as raw bodies and as forms, as fast as they get
 * answers, and check that each answer is for its image.
 */
import { PocketlensError } from '../../../models/base/errors.js';
import { loadSharp } from '../../files/decode-image.js';

export interface LoadOptions {
  /** Of a service that runs. */
  readonly url: string;
  readonly requests: number;
  /** Connections, each with one request at a time. */
  readonly clients: number;
  /** Default none. */
  readonly refine?: 'none' | 'crf';
  /** Sides of the images, about; default 64. */
  readonly side?: number;
}

export interface LoadResult {
  readonly answered: number;
  /** 429, and how many of them did not say when to come back. */
  readonly refused: number;
  readonly withoutRetryAfter: number;
  /** Requests without any answer. */
  readonly lost: number;
  /** Answers for another image, or under another request's id. */
  readonly mixedUp: number;
  /** Any other status. */
  readonly failed: number;
  readonly seconds: number;
  /** Answers a second, without the refused. */
  readonly rate: number;
  /** Milliseconds of the answered requests. */
  readonly p50: number;
  readonly p99: number;
}

/** Images that differ in size and in where their subject is. */
const KINDS = 15;
const ROUTES = [
  ['/v1/saliency', 'application/json'],
  ['/v1/cutout', 'image/png'],
  ['/v1/crop', 'image/jpeg'],
] as const;

/** Which image, to where, in which wrapping. */
interface Kind {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Context {
  kind?: number;
  id?: string;
  sent?: number;
}

export async function loadService(options: LoadOptions): Promise<LoadResult> {
  const { url, requests, clients, refine = 'none', side = 64 } = options;
  const autocannon = await loadAutocannon();
  const kinds = await Promise.all(
    Array.from({ length: KINDS }, async (_, index) => kindOf(index, await draw(index, side), refine)),
  );
  const wanted: string[] = [];
  for (const { path, body, headers } of kinds) {
    const answer = await fetch(url + path, { method: 'POST', body: new Uint8Array(body), headers });
    wanted.push(identityOf(await answer.text(), answer.headers.get('etag')));
  }
  if (new Set(wanted).size < KINDS)
    throw new PocketlensError('internal', 'Expected images whose answers differ but some are equal.');

  let [answered, refused, withoutRetryAfter, mixedUp, failed, counter] = [0, 0, 0, 0, 0, 0];
  const times: number[] = [];
  const started = performance.now();
  await autocannon({
    url,
    connections: clients,
    amount: requests,
    timeout: 60,
    requests: [
      {
        method: 'POST',
        path: '/',
        setupRequest: (request, context) => {
          const mine = context as Context;
          mine.kind = counter % KINDS;
          mine.id = `load-${counter++}`;
          mine.sent = performance.now();
          const { path, headers, body } = kinds[mine.kind]!;
          return { ...request, path, headers: { ...headers, 'x-request-id': mine.id }, body };
        },
        onResponse: (status, body, context, received) => {
          const { kind, id, sent } = context as Required<Context>;
          const head = lowerCase(received as Record<string, string>);
          if (head['x-request-id'] !== id) mixedUp++;
          else if (status === 429) {
            refused++;
            if (!head['retry-after']) withoutRetryAfter++;
          } else if (status !== 200) failed++;
          else if (identityOf(body, head.etag) !== wanted[kind]) mixedUp++;
          else {
            answered++;
            times.push(performance.now() - sent);
          }
        },
      },
    ],
  });
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const percentile = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  return {
    answered,
    refused,
    withoutRetryAfter,
    lost: requests - answered - refused - mixedUp - failed,
    mixedUp,
    failed,
    seconds,
    rate: answered / seconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}

async function loadAutocannon() {
  try {
    return (await import('autocannon')).default;
  } catch (cause) {
    throw new PocketlensError('tool_missing', 'Expected autocannon for the load but it is not installed.', {
      remedy: 'Run "npm ci" in a checkout.',
      cause,
    });
  }
}

/** A red square on grey; what is equal about two of them is nothing but that. */
async function draw(index: number, side: number): Promise<Buffer> {
  const sharp = await loadSharp();
  const width = side + 2 * index;
  const height = side + KINDS - index;
  const part = Math.round(side / 3);
  const square = { create: { width: part, height: part, channels: 3 as const, background: '#e01020' } };
  const left = Math.round(((width - part) * index) / KINDS);
  return sharp({ create: { width, height, channels: 3, background: '#7c8086' } })
    .composite([{ input: square, left, top: Math.round(height / 3) }])
    .png()
    .toBuffer();
}

/** Figures, pictures and crops in turn; every other image in a form. */
function kindOf(index: number, image: Buffer, refine: string): Kind {
  const [route, accept] = ROUTES[index % ROUTES.length]!;
  const path = `${route}?refine=${refine}`;
  if (index % 2 === 0) return { path, headers: { 'content-type': 'image/png', accept }, body: image };
  const boundary = 'pocketlens-load';
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), image, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { path, headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, accept }, body };
}

/** What is the same in every answer to a request: its tag, and its body but for the times that the work took. */
function identityOf(text: string, etag: string | null | undefined): string {
  try {
    const { timings: _, ...rest } = JSON.parse(text) as { timings: unknown };
    return `${etag} ${JSON.stringify(rest)}`;
  } catch {
    return `${etag} ${text}`;
  }
}

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
