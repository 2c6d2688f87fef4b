/** The thread behind `stream.ts`. */
import { workerData } from 'node:worker_threads';
import { createLineRenderer, type LineRendererOptions } from './line.js';
import { serveChunks } from './worker-thread.js';

serveChunks(() => createLineRenderer(workerData as LineRendererOptions));
