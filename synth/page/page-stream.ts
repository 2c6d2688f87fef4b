/** Pages rendered ahead of their consumer by worker threads; the order and the bytes do not depend on their number. */
import type { PageSample } from '../../models/base/image.js';
import { type ChunkStream, openChunkStream } from '../worker-pool.js';
import { createPageRenderer, type PageRendererOptions } from './page-renderer.js';

export interface PageStreamOptions {
  readonly renderer: PageRendererOptions;
  /** Number of the first page. */
  readonly from: number;
  /** Pages that `next()` gives at a time. Default 2. */
  readonly chunk?: number;
  /** Threads; 0 renders in the calling thread. */
  readonly workers: number;
  /** Most chunks rendered or being rendered beyond those asked for. Default 2 a worker. */
  readonly ahead?: number;
}

export type PageStream = ChunkStream<PageSample>;

/** @throws invalid_argument for counts that are no whole numbers in range */
export function openPageStream(options: PageStreamOptions): PageStream {
  const { renderer, chunk = 2, ...counts } = options;
  return openChunkStream(
    {
      what: 'page',
      workerFile: 'synth/page/page-worker.js',
      workerData: renderer,
      create: () => createPageRenderer(renderer),
    },
    { ...counts, chunk },
  );
}
