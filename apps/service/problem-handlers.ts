/** Every failure leaves as problem details, every answer with its request's id; both are counted. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PocketlensError } from '../../models/base/errors.js';
import { PATIENCE } from './connections.js';
import { toProblem } from './problem.js';
import { PROBLEM_TYPE } from './schemas/problem.js';
import type { ServiceContext } from './service-context.js';

const METHODS = ['GET', 'HEAD', 'POST'] as const;

export function addProblemHandlers(app: FastifyInstance, { metrics }: ServiceContext): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.observeRequest(request.method, routeOf(request), reply.statusCode, reply.elapsedTime / 1000);
  });
  app.setErrorHandler((error, request, reply) => {
    const code = sendProblem(error, request, reply);
    metrics.countProblem(routeOf(request), code);
    return reply;
  });
  // By their very addresses: what a client asks for is no pattern.
  const routes = new Set<string>();
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.add(`${each} ${url}`);
  });
  app.setNotFoundHandler((request) => {
    const url = request.url.split('?')[0]!;
    const allowed = METHODS.filter((method) => routes.has(`${method} ${url}`));
    if (allowed.length === 0)
      throw new PocketlensError('not_found', 'There is nothing at this address.', {
        remedy: 'See /docs for the addresses of the service.',
      });
    throw new PocketlensError(
      'method_not_allowed',
      `Expected ${allowed.join(' or ')} for this address but received ${request.method}.`,
      { details: { allow: allowed.join(', ') } },
    );
  });
}

/** The template of the route, so that no client can make up labels. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions?.url ?? 'unmatched';
}

/** @returns the problem's code */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): string {
  const { status, problem, headers } = toProblem(error, request.id);
  if (status >= 500) request.log.error(error, problem.code);
  // A text would get a charset, which the type does not have.
  const body = Buffer.from(JSON.stringify(problem));
  // What was not read of a body would stand in the way of the next request.
  const isLast = problem.code === 'request_timeout' || hasLargeBody(request);
  if (isLast) void reply.header('connection', 'close').header('content-length', body.length);
  void reply
    .code(status)
    .headers({ 'x-request-id': request.id, 'cache-control': 'no-store', ...headers })
    .removeHeader('etag')
    .type(PROBLEM_TYPE)
    .send(isLast ? Readable.from(lingering(body, request)) : body);
  return problem.code;
}

/** The answer, and its end a little later: who is still sending would else be cut off before reading it. */
async function* lingering(body: Buffer, { raw }: FastifyRequest): AsyncGenerator<Buffer> {
  yield body;
  raw.unpipe();
  raw.resume();
  const patience = AbortSignal.timeout(PATIENCE);
  await once(raw, 'close', { signal: patience }).catch(() => {});
}

/** Small bodies are taken from the line after the answer; that keeps the connection. */
const SMALL = 1048576;

function hasLargeBody({ raw }: FastifyRequest): boolean {
  if (raw.complete || raw.method === 'GET' || raw.method === 'HEAD') return false;
  return raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > SMALL;
}
