/** What all routes that take an image do alike: receive, check, negotiate, compare tags, queue, answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { PocketlensError } from '../../../models/base/errors.js';
import type { ComputeTask } from '../compute/engine.js';
import { entityTag, matchesTag } from '../etag.js';
import { receiveImage } from '../receive-image.js';
import { parseOptions } from '../schemas/parse-options.js';
import type { ServiceContext } from '../service-context.js';

export interface ImageRoute<S extends z.ZodObject> {
  readonly url: string;
  readonly summary: string;
  readonly options: S;
  /** Media types that it answers with; for the OpenAPI document. */
  readonly produces: readonly string[];
  /** @throws not_acceptable, invalid_argument */
  toTask(options: z.output<S>, accept: string | undefined): ComputeTask;
}

/** Marks the routes whose body is an image. */
export interface ImageRouteConfig {
  readonly takesImage: true;
  readonly options: z.ZodObject;
  readonly produces: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    image?: ImageRouteConfig;
  }
}

export function addImageRoute<S extends z.ZodObject>(
  app: FastifyInstance,
  context: ServiceContext,
  route: ImageRoute<S>,
): void {
  const { url, summary, options, produces } = route;
  app.route({
    method: 'POST',
    url,
    // The query is checked, with the form's fields, by the handler: an option may stand in either.
    validatorCompiler: () => (value) => ({ value }),
    schema: { summary, querystring: options },
    config: { image: { takesImage: true, options, produces } },
    handler: (request, reply) => handle(request, reply, context, route),
  });
}

async function handle<S extends z.ZodObject>(
  request: FastifyRequest,
  reply: FastifyReply,
  { engine, queue, unsent, limits, version, metrics }: ServiceContext,
  route: ImageRoute<S>,
): Promise<FastifyReply> {
  const scope = request.scope!;
  const query = request.query as Record<string, unknown>;
  const accept = request.headers.accept;
  // What stands in the URL is checked before the body is waited for.
  if (!request.isMultipart()) route.toTask(parseOptions(route.options, query), accept);
  const { bytes, fields } = await receiveImage(request, limits.maxBytes, scope.signal);
  scope.received();
  const task = route.toTask(parseOptions(route.options, merge(query, fields)), accept);
  const model = engine.models.find(({ kind }) => kind === task.kind)!.id;
  const tag = await entityTag(bytes, { modelId: model, version, task });
  void reply.header('etag', tag).header('x-model-id', model).header('vary', 'Accept');
  void reply.header('cache-control', 'no-cache');
  if (matchesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
  const job = {
    task,
    bytes,
    limits: {
      maxBytes: limits.maxBytes,
      maxPixels: limits.maxPixels,
      maxSeconds: Math.ceil(limits.timeout / 1000),
    },
  };
  const { body, mediaType, size, times } = await queue.run(async (queued) => {
    const answer = await engine.run(job, scope.signal);
    return { ...answer, times: { queue: queued, ...answer.times } };
  }, scope.signal);
  metrics.observeStages(route.url, times);
  const sent = unsent.hold(body.byteLength);
  if (!sent) throw queue.refusal();
  reply.raw.once('close', sent);
  if (size) void reply.header('x-image-width', size.width).header('x-image-height', size.height);
  return reply
    .header('server-timing', serverTiming(times))
    .type(mediaType)
    .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

/** @throws invalid_argument for an option that stands in both */
function merge(query: Record<string, unknown>, fields: Record<string, string>): Record<string, unknown> {
  const twice = Object.keys(fields).find((name) => Object.hasOwn(query, name));
  if (twice === undefined) return { ...query, ...fields };
  throw new PocketlensError(
    'invalid_argument',
    `Expected ${twice.slice(0, 60)} once but received it in the query and in the form.`,
  );
}

const serverTiming = (times: object) =>
  Object.entries(times)
    .map(([stage, milliseconds]) => `${stage};dur=${(milliseconds as number).toFixed(1)}`)
    .join(', ');
