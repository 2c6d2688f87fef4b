/** How tests look at failures, and connections without an HTTP client's manners. */
import { connect, type Socket } from 'node:net';
import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { problemSchema } from '../../../apps/service/schemas/problem.js';
import type { World } from './world.js';

export function expectProblem(answer: LightMyRequestResponse, status: number, code: string, detail = /./) {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  const problem = problemSchema.strict().parse(answer.json());
  expect([answer.statusCode, problem.status, problem.code]).toEqual([status, status, code]);
  expect(problem.requestId).toBe(answer.headers['x-request-id']);
  expect(problem.type).toBe(`urn:pocketlens:problem:${code}`);
  expect(problem.detail).toMatch(detail);
  expect(answer.payload).not.toMatch(/\.ts|\.js|node_modules|at \w+ \(/);
  return problem;
}

/** A connection, and all that it received when it ended. */
export function dial(port: number): { socket: Socket; received: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  const received = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  return { socket, received };
}

/** A body that never comes to its end. */
export function startUpload(port: number, length: string) {
  const line = dial(port);
  line.socket.write(
    `POST /v1/saliency HTTP/1.1\r\nhost: a\r\ncontent-type: image/png\r\n${length}\r\n\r\n${length.includes('chunked') ? '5\r\nabcde\r\n' : 'abc'}`,
  );
  return line;
}

export async function listen(world: World): Promise<{ port: number }> {
  await world.app.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
  return { port: (world.app.server.address() as { port: number }).port };
}

/** The value of a metric without labels, or with the labels written out. */
export async function metric(world: World, name: string): Promise<number> {
  const { payload } = await world.app.inject('/metrics');
  const line = payload.split('\n').find((text) => text.startsWith(`${name} `));
  return line ? Number(line.slice(name.length + 1)) : 0;
}
