/** The service: every route, limit and header, around an engine. Listening and signals are `serve.ts`'s. */
import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { addAdmission } from './admission.js';
import type { ComputeEngine } from './compute/engine.js';
import { closeUnused, createHttpServer, onClientError } from './connections.js';
import { JobQueue } from './job-queue.js';
import { DEFAULT_SERVICE_LIMITS, FORM_LIMITS, type ServiceLimits } from './limits.js';
import { ServiceMetrics } from './metrics.js';
import { openApiOptions } from './openapi.js';
import { pageFolder } from './page/page-folder.js';
import { addProblemHandlers, sendProblem } from './problem-handlers.js';
import { RAW_TYPES } from './receive-image.js';
import { addCropRoute } from './routes/crop.js';
import { addCutoutRoute } from './routes/cutout.js';
import { addDocsRoutes } from './routes/docs.js';
import { addHealthRoutes, type CollectMetrics } from './routes/health.js';
import { addOcrRoute } from './routes/ocr.js';
import { addSaliencyRoute } from './routes/saliency.js';
import { addSecurityHeaders } from './security-headers.js';
import type { ServiceContext } from './service-context.js';
import { readStaticFiles, serveStaticFiles } from './static-files.js';
import { UnsentBytes } from './unsent-bytes.js';
import { UploadSlots } from './upload-slots.js';

export interface ServerOptions {
  /** Is disposed of with the server. */
  readonly engine: ComputeEngine;
  /** Of Pocketlens. */
  readonly version: string;
  readonly limits?: Partial<ServiceLimits>;
  readonly logger?: FastifyServerOptions['logger'];
  /** Folder of the page at "/"; the shipped one when not given. */
  readonly page?: string;
  readonly collectMetrics?: CollectMetrics;
}

/** A server that does not listen yet; `close()` drains it. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const limits = { ...DEFAULT_SERVICE_LIMITS, ...options.limits };
  const context = createContext(options, limits);
  const app = Fastify({
    logger: options.logger ?? false,
    serverFactory: (listener) => createHttpServer(listener, limits),
    clientErrorHandler: onClientError,
    bodyLimit: limits.maxBytes + 65536,
    requestIdHeader: false,
    genReqId: ({ headers }) => ownId(headers['x-request-id']) ?? randomUUID(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: true,
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply as never);
    },
  });
  app.decorate('serviceMetrics', context.metrics);
  app.decorateRequest('scope', null);
  app.addHook('preClose', async () => {
    context.state.isClosing = true;
    closeUnused(app.server);
  });
  app.addHook('onClose', () => options.engine.dispose());
  await addSecurityHeaders(app);
  addProblemHandlers(app, context);
  addAdmission(app, context);
  // Fastify's own would read text and JSON before anyone asks what they are for.
  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false, limits: FORM_LIMITS });
  // Raw bodies stay streams: the handler reads them under its limits.
  app.addContentTypeParser([...RAW_TYPES], (_request, _payload, done) => done(null));
  await app.register(swagger, openApiOptions(options.version));
  addSaliencyRoute(app, context);
  addCutoutRoute(app, context);
  addCropRoute(app, context);
  addOcrRoute(app, context);
  addHealthRoutes(app, context, options.collectMetrics);
  await addDocsRoutes(app);
  serveStaticFiles(app, await readStaticFiles(options.page ?? pageFolder()), { prefix: '/' });
  return app;
}

function createContext({ engine, version }: ServerOptions, limits: ServiceLimits): ServiceContext {
  const queue = new JobQueue({ concurrency: engine.concurrency, maxWaiting: limits.maxQueue });
  const uploads = new UploadSlots(limits.maxUploads);
  const metrics = new ServiceMetrics({ engine, queue, uploads });
  const unsent = new UnsentBytes(limits.maxUnsentBytes);
  return { engine, queue, uploads, unsent, limits, version, metrics, state: { isClosing: false } };
}

/** A client may name its request, within reason. */
function ownId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:-]{1,64}$/.test(header) ? header : undefined;
}
