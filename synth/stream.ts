/**
 * Lines rendered ahead of their consumer by worker threads. The order and the bytes are those of one renderer counting
 * up, however many threads there are.
 */
import type { LineSample } from '../models/base/image.js';
import { createLineRenderer, type LineRendererOptions } from './line.js';
import { type ChunkStream, openChunkStream } from './worker-pool.js';

export interface LineStreamOptions {
  readonly renderer: LineRendererOptions;
  /** Number of the first line. */
  readonly from: number;
  /** Lines that `next()` gives at a time. Default 64. */
  readonly chunk?: number;
  /** Threads; 0 renders in the calling thread. */
  readonly workers: number;
  /** Most chunks rendered or being rendered beyond those asked for. Default 2 a worker. */
  readonly ahead?: number;
}

export type LineStream = ChunkStream<LineSample>;

/** @throws invalid_argument for counts that are no whole numbers in range */
export function openLineStream(options: LineStreamOptions): LineStream {
  const { renderer, chunk = 64, ...counts } = options;
  return openChunkStream(
    {
      what: 'line',
      workerFile: 'synth/render-worker.js',
      workerData: renderer,
      create: () => createLineRenderer(renderer),
    },
    { ...counts, chunk },
  );
}
