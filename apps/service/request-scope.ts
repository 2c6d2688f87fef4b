/** How long a request may live: until its time is up, its client is gone, or it is answered. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PocketlensError } from '../../models/base/errors.js';

export interface RequestScope {
  /** Aborts with `request_timeout`, `timed_out` or `interrupted`. */
  readonly signal: AbortSignal;
  /** Called once the body is here: from now on lost time is ours. */
  received(): void;
  /** Gives the upload's place back before its end. */
  readonly release: () => void;
}

export function openScope(
  request: FastifyRequest,
  reply: FastifyReply,
  milliseconds: number,
  release: () => void,
): RequestScope {
  const controller = new AbortController();
  let isReceiving = true;
  const timer = setTimeout(
    () => controller.abort(isReceiving ? lateUpload(milliseconds) : lateAnswer(milliseconds)),
    milliseconds,
  );
  const received = () => {
    isReceiving = false;
    release();
  };
  reply.raw.once('close', () => {
    clearTimeout(timer);
    release();
    if (!reply.raw.writableEnded) {
      request.log.info('client disconnected');
      controller.abort(new PocketlensError('interrupted', 'The client disconnected.'));
    }
  });
  // The answer is on its way: nothing is left to give up.
  reply.raw.once('finish', () => clearTimeout(timer));
  return { signal: controller.signal, received, release };
}

const lateUpload = (milliseconds: number) =>
  new PocketlensError(
    'request_timeout',
    `Expected the whole body within ${milliseconds / 1000} s but it did not arrive.`,
    { remedy: 'Send a smaller image, or over a faster line.' },
  );

const lateAnswer = (milliseconds: number) =>
  new PocketlensError(
    'timed_out',
    `Expected an answer within ${milliseconds / 1000} s but it is not ready.`,
    {
      remedy: 'Send a smaller image, or try again later.',
      details: { retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)) },
    },
  );

/** The work's result, or the signal's reason as soon as it aborts. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
