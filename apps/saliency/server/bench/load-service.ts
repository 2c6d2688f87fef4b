/** Clients that send distinguishable images as fast as they get answers, and check that each answer is for its image. */
import { PocketlensError } from '../../../../models/base/errors.js';
import { loadSharp } from '../../../files/decode-image.js';

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
const KINDS = 16;

interface Context {
  image?: number;
  id?: string;
  sent?: number;
}

export async function loadService(options: LoadOptions): Promise<LoadResult> {
  const { url, requests, clients, refine = 'none', side = 64 } = options;
  const autocannon = await loadAutocannon();
  const images = await Promise.all(Array.from({ length: KINDS }, (_, index) => draw(index, side)));
  const path = `/v1/saliency?refine=${refine}`;
  const headers = { 'content-type': 'image/png', accept: 'application/json' };
  const wanted: string[] = [];
  for (const body of images) {
    const answer = await fetch(url + path, { method: 'POST', body: new Uint8Array(body), headers });
    wanted.push(withoutTimings(await answer.text()));
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
        path,
        setupRequest: (request, context) => {
          const mine = context as Context;
          mine.image = counter % KINDS;
          mine.id = `load-${counter++}`;
          mine.sent = performance.now();
          return { ...request, headers: { ...headers, 'x-request-id': mine.id }, body: images[mine.image]! };
        },
        onResponse: (status, body, context, received) => {
          const { image, id, sent } = context as Required<Context>;
          const head = lowerCase(received as Record<string, string>);
          if (head['x-request-id'] !== id) mixedUp++;
          else if (status === 429) {
            refused++;
            if (!head['retry-after']) withoutRetryAfter++;
          } else if (status !== 200) failed++;
          else if (withoutTimings(body) !== wanted[image]) mixedUp++;
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

function withoutTimings(text: string): string {
  try {
    const { timings: _, ...rest } = JSON.parse(text) as { timings: unknown };
    return JSON.stringify(rest);
  } catch {
    return text;
  }
}

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
