/** Decides before the body is read whether a request with an image may come in, and gives it its time. */
import type { FastifyInstance } from 'fastify';
import { PocketlensError } from '../../models/base/errors.js';
import { routeOf } from './problem-handlers.js';
import { openScope } from './request-scope.js';
import type { ServiceContext } from './service-context.js';

export function addAdmission(app: FastifyInstance, context: ServiceContext): void {
  const { uploads, queue, limits, state, metrics } = context;
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.image) return;
    if (state.isClosing) throw new PocketlensError('shutting_down', 'The service is shutting down.');
    if (queue.isFull) throw queue.refusal();
    const release = uploads.take();
    if (!release) throw tooManyUploads(queue.retryAfter);
    const scope = openScope(request, reply, limits.timeout, release);
    request.scope = scope;
    scope.signal.addEventListener('abort', () => {
      if (scope.signal.reason.code === 'interrupted') metrics.countDisconnect(routeOf(request));
    });
  });
}

const tooManyUploads = (retryAfter: number) =>
  new PocketlensError('too_many_requests', 'The service receives as many images as it can hold.', {
    remedy: `Try again in ${retryAfter} s.`,
    details: { retryAfter },
  });
