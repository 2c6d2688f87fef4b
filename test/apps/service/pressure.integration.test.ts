import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { dial, expectProblem, listen, metric, startUpload } from './client.js';
import { picture } from './world.js';
import { worldHooks } from './world-hooks.js';

const test = worldHooks();
const { open, post } = test;
let png: Buffer;
beforeAll(async () => {
  png = await picture();
});

describe('too much at once', () => {
  it('fills the line, then is refused with a time to come back', async () => {
    await open({ maxQueue: 2 }, 1);
    test.world.model.delay = 150;
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(png)));
    const done = answers.filter(({ statusCode }) => statusCode === 200);
    expect(done).toHaveLength(3);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 200)) {
      expectProblem(answer, 429, 'too_many_requests');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    expect((await post(png)).statusCode).toBe(200);
  });

  it('takes so many uploads at a time, counted before the body', async () => {
    await open({ maxUploads: 2 });
    const { port } = await listen(test.world);
    const slow = await Promise.all([1, 2].map(() => startUpload(port, 'content-length: 1000')));
    await vi.waitFor(async () => expect(await metric(test.world, 'pocketlens_uploads')).toBe(2));
    expectProblem(await post(png), 429, 'too_many_requests', /receives/);
    for (const { socket } of slow) socket.destroy();
    await vi.waitFor(async () => expect((await post(png)).statusCode).toBe(200));
  });
});

describe('time', () => {
  it('runs out for the work: 503', async () => {
    await open({ timeout: 100 });
    test.world.model.delay = 400;
    const answer = await post(png);
    expectProblem(answer, 503, 'timed_out');
    expect(answer.headers['retry-after']).toBeDefined();
  });

  it('runs out for a body: 408, and the connection ends', async () => {
    await open({ timeout: 200 });
    const { port } = await listen(test.world);
    const { received } = await startUpload(port, 'content-length: 1000');
    const text = await received;
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toMatch(/connection: close/i);
    expect(text).toContain('"code":"request_timeout"');
    expect(await metric(test.world, 'pocketlens_uploads')).toBe(0);
  });

  it('runs out for a head: 408', async () => {
    await open({ headersTimeout: 200 });
    const { port } = await listen(test.world);
    const { socket, received } = dial(port);
    socket.write('POST /v1/saliency HTTP/1.1\r\nhost: a\r\nx-slow: ');
    const text = await received;
    expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
  });
});

describe('connections', () => {
  it('that speak no HTTP, or too much of it, are told so', async () => {
    await open();
    const { port } = await listen(test.world);
    const garbage = dial(port);
    garbage.socket.write('\x16\x03\x01 hello?\r\n\r\n');
    expect(await garbage.received).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"invalid_request"/);
    const long = dial(port);
    long.socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
    expect(await long.received).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"limit_exceeded"/);
  });

  it('above the limit are refused politely, a thousand slow ones, and the service goes on', async () => {
    await open({ maxConnections: 100, headersTimeout: 1000 });
    const { port } = await listen(test.world);
    const all = Array.from({ length: 1000 }, () => {
      const line = dial(port);
      line.socket.write('POST /v1/saliency HTTP/1.1\r\nhost: a\r\nx-slow: ');
      return line;
    });
    const answers = await Promise.all(all.map(({ received }) => received));
    const refused = answers.filter((text) => /^HTTP\/1\.1 503 [\s\S]*"code":"too_many_requests"/.test(text));
    const late = answers.filter((text) => /^HTTP\/1\.1 408 /.test(text));
    expect(refused.length + late.length).toBe(1000);
    expect(late.length).toBeGreaterThanOrEqual(100);
    expect(refused.length).toBeGreaterThan(0);
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200));
  });

  it('that break off cancel the work that waits', async () => {
    await open({}, 1);
    test.world.model.delay = 300;
    const { port } = await listen(test.world);
    const url = `http://127.0.0.1:${port}/v1/saliency?refine=none`;
    const headers = { 'content-type': 'image/png' };
    const first = fetch(url, { method: 'POST', body: new Uint8Array(png), headers });
    await vi.waitFor(async () => expect(await metric(test.world, 'pocketlens_jobs_running')).toBe(1));
    const controller = new AbortController();
    const second = fetch(url, {
      method: 'POST',
      body: new Uint8Array(png),
      headers,
      signal: controller.signal,
    });
    await vi.waitFor(async () => expect(await metric(test.world, 'pocketlens_queue_length')).toBe(1));
    controller.abort();
    await expect(second).rejects.toThrow();
    await vi.waitFor(async () => expect(await metric(test.world, 'pocketlens_queue_length')).toBe(0));
    expect((await first).status).toBe(200);
    expect(test.world.model.calls).toBe(1);
    await vi.waitFor(async () =>
      expect(await metric(test.world, 'pocketlens_disconnects_total{route="/v1/saliency"}')).toBe(1),
    );
  });

  it('hear why they are refused, however much they were about to send', async () => {
    await open({ maxBytes: 100_000 });
    const { port } = await listen(test.world);
    const body = new Uint8Array(8_000_000);
    for (let i = 0; i < 5; i++) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/saliency`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'image/png' },
      });
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ code: 'limit_exceeded' });
    }
  });

  it('that take nothing of their answer are hung up on', async () => {
    await open({ stallTimeout: 300 });
    const line = await askForMuch();
    await vi.waitFor(async () => expect(await openConnections()).toBe(1));
    // What the system's own buffers hold is sent; the rest waits.
    await vi.waitFor(async () => expect(await openConnections()).toBe(0), { timeout: 8000 });
    line.socket.destroy();
  });

  it('that break off amid a body leave nothing behind', async () => {
    await open();
    const { port } = await listen(test.world);
    const slow = await Promise.all(
      ['content-length: 1000', 'transfer-encoding: chunked'].map((head) => startUpload(port, head)),
    );
    const multipart = dial(port);
    multipart.socket.write(
      'POST /v1/saliency HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 900\r\n\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    );
    await vi.waitFor(async () => expect(await metric(test.world, 'pocketlens_uploads')).toBe(3));
    for (const { socket } of [...slow, multipart]) socket.destroy();
    await vi.waitFor(async () => expect(await metric(test.world, 'pocketlens_uploads')).toBe(0));
    expect((await post(png)).statusCode).toBe(200);
    expect(test.world.log.join('')).not.toContain('"level":50');
  });
});

/** Asks for some megabytes and reads none of them yet. */
async function askForMuch() {
  const { port } = await listen(test.world);
  const large = await sharp(png).resize(1800, 1800, { fit: 'fill' }).png().toBuffer();
  const line = dial(port);
  line.socket.pause();
  line.socket.write(
    `POST /v1/saliency?refine=none&depth=float32 HTTP/1.1\r\nhost: a\r\ncontent-type: image/png\r\naccept: application/octet-stream\r\nconnection: close\r\ncontent-length: ${large.length}\r\n\r\n`,
  );
  line.socket.write(large);
  return line;
}

const openConnections = () =>
  new Promise<number>((resolve) => test.world.app.server.getConnections((_, count) => resolve(count)));

describe('closing', () => {
  it('does not cut off an answer that is still on its way', async () => {
    await open();
    const line = await askForMuch();
    await vi.waitFor(() => expect(test.world.model.calls).toBe(1));
    await sleep(300);
    const closed = test.world.app.close();
    await sleep(200);
    line.socket.resume();
    expect((await line.received).length).toBeGreaterThan(4 * 1800 * 1800);
    await closed;
  });

  it('finishes what is under way and takes nothing new', async () => {
    await open({}, 1);
    test.world.model.delay = 200;
    const { port } = await listen(test.world);
    const url = `http://127.0.0.1:${port}`;
    const send = () =>
      fetch(`${url}/v1/saliency?refine=none`, {
        method: 'POST',
        body: new Uint8Array(png),
        headers: { 'content-type': 'image/png' },
      });
    const answers = [send(), send()];
    const loris = dial(port);
    loris.socket.write('POST /v1/saliency HTTP/1.1\r\nhost: a\r\nx-slow: ');
    await vi.waitFor(async () => expect(await metric(test.world, 'pocketlens_queue_length')).toBe(1));
    const closed = test.world.app.close();
    for (const answer of answers) expect((await answer).status).toBe(200);
    await closed;
    await expect(send()).rejects.toThrow();
  });
});
