/** The thread behind `page-stream.ts`. */
import { workerData } from 'node:worker_threads';
import { serveChunks } from '../worker-thread.js';
import { createPageRenderer, type PageRendererOptions } from './page-renderer.js';

serveChunks(() => createPageRenderer(workerData as PageRendererOptions));
