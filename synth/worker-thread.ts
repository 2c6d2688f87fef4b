/** The thread's end of `worker-pool.ts`: renders chunks of consecutive samples and hands the images over without a copy. */
import { parentPort } from 'node:worker_threads';
import { PocketlensError } from '../models/base/errors.js';
import type { GrayImage } from '../models/base/image.js';

export interface ChunkRequest {
  readonly chunk: number;
  readonly from: number;
  readonly count: number;
}

/** Plain copies of an error's fields: a thread cannot send the class. */
export interface ChunkFailure {
  readonly code?: string;
  readonly message: string;
  readonly remedy?: string | undefined;
  readonly details?: Record<string, unknown>;
}

export type ChunkReply<Sample> =
  | { readonly chunk: number; readonly samples: Sample[] }
  | { readonly chunk: number; readonly error: ChunkFailure };

/** Answers requests until told to stop; the renderer is made with the first of them, so that its errors are replies. */
export function serveChunks<Sample extends { readonly image: GrayImage }>(
  create: () => { render(index: number): Sample },
): void {
  let renderer: { render(index: number): Sample } | undefined;
  parentPort?.on('message', (request: ChunkRequest | 'stop') => {
    // Ending by itself lets the canvas finish its decoding; a terminated thread would complain on stderr.
    if (request === 'stop') {
      setImmediate(() => parentPort?.close());
      return;
    }
    const { chunk, from, count } = request;
    try {
      renderer ??= create();
      const samples: Sample[] = [];
      for (let i = 0; i < count; i++) samples.push(renderer.render(from + i));
      const reply: ChunkReply<Sample> = { chunk, samples };
      parentPort?.postMessage(
        reply,
        samples.map((sample) => sample.image.data.buffer as ArrayBuffer),
      );
    } catch (cause) {
      const error: ChunkFailure =
        cause instanceof PocketlensError
          ? { code: cause.code, message: cause.message, remedy: cause.remedy, details: cause.details }
          : { message: cause instanceof Error ? cause.message : String(cause) };
      parentPort?.postMessage({ chunk, error } satisfies ChunkReply<Sample>);
    }
  });
}
