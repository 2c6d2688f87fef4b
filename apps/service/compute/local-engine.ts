/** An engine that computes where it is called: for tests, and for those who bring their own models. */
import type { SaliencyModel } from '../../../models/saliency/saliency.js';
import type { PageReader } from '../../ocr/read-page.js';
import type { ComputeEngine } from './engine.js';
import { runTask } from './run-task.js';

export interface LocalModels {
  readonly saliency: SaliencyModel;
  readonly reader: PageReader;
  /** Name the weights. */
  readonly saliencyId: string;
  readonly ocrId: string;
  /** See `ModelInfo`. */
  readonly charset?: string;
  /** Of Pocketlens. */
  readonly version: string;
  /** Default 1. */
  readonly concurrency?: number;
}

export function createLocalEngine(models: LocalModels): ComputeEngine {
  const { saliency, reader, saliencyId, ocrId, charset, version, concurrency = 1 } = models;
  const all = { saliency: async () => saliency, reader: async () => reader, saliencyId, version };
  return {
    concurrency,
    models: [
      { kind: 'subject', id: saliencyId },
      { kind: 'ocr', id: ocrId, ...(charset !== undefined && { charset }) },
    ],
    run: (job, signal) => runTask(job, all, signal),
    dispose: async () => {
      await Promise.all([saliency.dispose(), reader.dispose()]);
    },
  };
}
