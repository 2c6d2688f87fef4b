/**
 * The HTTP server under Fastify: so many connections and no more, and none that dawdles. A connection above the limit is
 * answered with 503 before anything of it is read; a head or a body that does not come in time is answered with 408; a client
 * that takes nothing of its answer is hung up on.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { PocketlensError } from '../../models/base/errors.js';
import { MAX_HEAD_BYTES, type ServiceLimits } from './limits.js';
import { toProblem } from './problem.js';
import { PROBLEM_TYPE } from './schemas/problem.js';

export function createHttpServer(listener: RequestListener, limits: ServiceLimits): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeout,
      // The deadline of a request answers first, and in its own words; this one is for what never became a request.
      requestTimeout: limits.timeout + limits.headersTimeout + 5_000,
      keepAliveTimeout: limits.keepAliveTimeout,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeout / 2),
      maxHeaderSize: MAX_HEAD_BYTES,
      noDelay: true,
    },
    listener,
  );
  limitConnections(server, limits.maxConnections);
  endStalled(server, limits.stallTimeout);
  // Node's own takes an answer for sent as soon as it is handed over, and would cut it off.
  server.closeIdleConnections = () => closeUnused(server);
  return server;
}

/** Requests under way by connection. */
const connections = new WeakMap<Server, Map<Socket, number>>();

/** Node's own `maxConnections` would cut the line without a word. */
function limitConnections(server: Server, most: number): void {
  const open = new Map<Socket, number>();
  connections.set(server, open);
  const accept = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (open.size >= most) {
      refuse(socket);
      return;
    }
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
    for (const listener of accept) listener.call(server, socket);
  });
  const count = (socket: Socket, by: number) => {
    const before = open.get(socket);
    if (before !== undefined) open.set(socket, before + by);
  };
  server.on('request', ({ socket }, response) => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
  });
}

/** From an answer's end on, time without any byte taken counts: Node asks the socket's queue whether it has moved. */
function endStalled(server: Server, milliseconds: number): void {
  server.on('request', ({ socket }, response) => {
    response.once('prefinish', () => socket.setTimeout(milliseconds));
    response.once('close', () => {
      // The next request of a pipeline is under way: it has its own time.
      if (connections.get(server)?.get(socket)) socket.setTimeout(0);
    });
  });
}

/** Hangs up where no request is under way: on idle connections, and on those whose head never came to its end. */
export function closeUnused(server: Server): void {
  for (const [socket, requests] of connections.get(server) ?? []) if (requests === 0) socket.destroy();
}

/** Milliseconds that a refused client has to read the answer and hang up. */
export const PATIENCE = 1_000;

function refuse(socket: Socket): void {
  socket.on('error', () => {});
  // What it sends is taken from the line and thrown away, or closing would reset the line before the answer is read.
  socket.resume();
  answer(
    socket,
    new PocketlensError('too_many_requests', 'The service has as many connections as it can hold.', {
      remedy: 'Try again in 5 s.',
      details: { retryAfter: 5 },
    }),
    503,
  );
  const timer = setTimeout(() => socket.destroy(), PATIENCE);
  socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(timer));
}

/** For what Node's parser could not read: answers once, in plain HTTP, and hangs up. */
export function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.on('error', () => {});
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    answer(socket, new PocketlensError('request_timeout', 'The request did not arrive in time.'));
  else if (error.code === 'HPE_HEADER_OVERFLOW')
    answer(
      socket,
      new PocketlensError('limit_exceeded', `Expected a head of at most ${MAX_HEAD_BYTES} bytes.`),
      431,
    );
  else answer(socket, new PocketlensError('invalid_request', 'Expected an HTTP request.'));
  setTimeout(() => socket.destroy(), PATIENCE).unref();
}

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

function answer(socket: Socket, error: PocketlensError, as?: number): void {
  const { status: own, problem, headers } = toProblem(error);
  const status = as ?? own;
  const body = JSON.stringify({ ...problem, status });
  const all = {
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    connection: 'close',
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${head.join('')}\r\n${body}`);
}
