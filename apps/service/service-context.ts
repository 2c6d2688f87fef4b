/** What the routes share. */
import type { ComputeEngine } from './compute/engine.js';
import type { JobQueue } from './job-queue.js';
import type { ServiceLimits } from './limits.js';
import type { ServiceMetrics } from './metrics.js';
import type { RequestScope } from './request-scope.js';
import type { UnsentBytes } from './unsent-bytes.js';
import type { UploadSlots } from './upload-slots.js';

export interface ServiceContext {
  readonly engine: ComputeEngine;
  readonly queue: JobQueue;
  readonly uploads: UploadSlots;
  readonly unsent: UnsentBytes;
  readonly limits: ServiceLimits;
  /** Of Pocketlens. */
  readonly version: string;
  readonly metrics: ServiceMetrics;
  /** Set once the server closes. */
  readonly state: { isClosing: boolean };
}

declare module 'fastify' {
  interface FastifyInstance {
    serviceMetrics: ServiceMetrics;
  }
  interface FastifyRequest {
    /** Of requests that take an image. */
    scope: RequestScope | null;
  }
}
