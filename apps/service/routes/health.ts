/** For whoever keeps the service running: /healthz (the process lives), /readyz (it can infer and read), /metrics. */
import type { FastifyInstance } from 'fastify';
import { PocketlensError } from '../../../models/base/errors.js';
import { Canary } from '../canary.js';
import type { ServiceContext } from '../service-context.js';

/** All metrics, where several processes serve together. */
export type CollectMetrics = () => Promise<string>;

export function addHealthRoutes(
  app: FastifyInstance,
  { engine, metrics, state }: ServiceContext,
  collectMetrics?: CollectMetrics,
): void {
  const canary = new Canary(engine);
  app.get('/healthz', { schema: { summary: 'Whether the process lives' } }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  app.get(
    '/readyz',
    { schema: { summary: 'Whether the service can work: a small image is really inferred and read' } },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      if (state.isClosing) throw new PocketlensError('shutting_down', 'The service is shutting down.');
      try {
        await canary.check();
      } catch (error) {
        request.log.error(error, 'the canary failed');
        throw new PocketlensError(
          'not_ready',
          'Expected a small image to be inferred and read but that failed.',
          {
            cause: error,
          },
        );
      }
      return reply.send({ status: 'ready', models: engine.models.map(({ id }) => id) });
    },
  );
  app.get('/metrics', { schema: { summary: 'Figures for Prometheus' } }, async (_request, reply) => {
    const text = await (collectMetrics ? collectMetrics() : metrics.registry.metrics());
    return reply.header('cache-control', 'no-store').type(metrics.registry.contentType).send(text);
  });
}
