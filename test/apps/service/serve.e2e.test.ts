import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBuilt } from '../../../apps/cli/build.mjs';
import { packageRoot } from '../../../models/base/paths.js';
import { type ModelsFolder, redModels } from './red-model.js';
import { picture } from './world.js';

let models: ModelsFolder;
let png: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  await ensureBuilt();
  models = await redModels();
  png = new Uint8Array(await picture({ width: 400, height: 300, left: 100, top: 75, side: 120 }));
});
afterAll(() => models?.remove());

interface Service {
  readonly child: ChildProcess;
  readonly url: string;
  readonly stderr: () => string;
  readonly stdout: () => string;
  exit(): Promise<number | null>;
}

const running: Service[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) {
    if (service.child.exitCode !== null) continue;
    service.child.kill('SIGTERM');
    await service.exit();
  }
});

async function serve(...args: string[]): Promise<Service> {
  const bin = join(packageRoot(), 'apps', 'cli', 'bin.mjs');
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0', '--model', models.path, ...args]);
  let [err, out] = ['', ''];
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', () => {
      const [, found] = /Listening on (http\S+)/.exec(err) ?? [];
      if (found) resolve(found);
    });
    void exited.then((code) => reject(new Error(`ended with ${code}: ${err}`)));
  });
  const service = { child, url, stderr: () => err, stdout: () => out, exit: () => exited };
  running.push(service);
  return service;
}

const post = (service: Service, path: string, accept = '*/*') =>
  fetch(`${service.url}${path}`, {
    method: 'POST',
    body: png,
    headers: { 'content-type': 'image/png', accept },
  });

describe('pocketlens serve', () => {
  it('infers in threads, logs JSON to standard error, and ends with 0 when told to', async () => {
    const service = await serve('--jobs', '2');
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => post(service, '/v1/saliency', 'application/json')),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      const { subject, model } = (await answer.json()) as { subject: { x: number }; model: string };
      expect(subject.x).toBeGreaterThan(90);
      expect(subject.x).toBeLessThan(110);
      expect(model).toMatch(/^saliency@0\.0\.1-[0-9a-f]{12}$/);
    }
    expect((await post(service, '/v1/cutout')).headers.get('content-type')).toBe('image/png');
    expect((await post(service, '/v1/ocr', 'application/json')).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    // A body that is half here when the signal comes is waited for, and answered.
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    const received = text(socket);
    socket.write(
      `POST /v1/saliency?output=json HTTP/1.1\r\nhost: a\r\ncontent-type: image/png\r\ncontent-length: ${png.length}\r\n\r\n`,
    );
    socket.write(png.subarray(0, 100));
    await vi.waitFor(async () =>
      expect(await (await fetch(`${service.url}/metrics`)).text()).toMatch(/^pocketlens_uploads 1/m),
    );
    service.child.kill('SIGTERM');
    await vi.waitFor(() => expect(service.stderr()).toMatch(/Shutting down/));
    socket.write(png.subarray(100));
    expect(await received).toMatch(/^HTTP\/1\.1 200 [\s\S]*"subject":\{/);
    expect(await service.exit()).toBe(0);
    const lines = service
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(JSON.parse(line).level).toBeLessThan(50);
    expect(service.stdout()).toBe('');
  });

  it('serves from several processes, replaces one that dies, adds their figures up', async () => {
    const service = await serve('--workers', '2', '--jobs', '1', '--log-level', 'error');
    const pids = new Set<string>();
    for (let i = 0; i < 6; i++)
      expect((await fetch(`${service.url}/healthz`, { headers: { connection: 'close' } })).status).toBe(200);
    const count = async () => {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      return Number(
        /route="\/healthz",status="200"\} (\d+)/.exec(
          text.replaceAll(/.*_bucket.*\n/g, '').replaceAll(/.*_sum.*\n/g, ''),
        )?.[1],
      );
    };
    expect(await count()).toBe(6);
    for (const pid of await childrenOf(service.child.pid!)) pids.add(pid);
    expect(pids.size).toBe(2);
    process.kill(Number([...pids][0]), 'SIGKILL');
    await vi.waitFor(() => expect(service.stderr()).toMatch(/signal SIGKILL; another takes its place/));
    await vi.waitFor(async () => expect(await childrenOf(service.child.pid!)).toHaveLength(2), 20_000);
    await vi.waitFor(async () => expect((await post(service, '/v1/saliency')).status).toBe(200), 20_000);
    service.child.kill('SIGINT');
    expect(await service.exit()).toBe(0);
  });

  it('says what is in its way: a port that is taken, a model that is missing', async () => {
    const service = await serve('--log-level', 'silent');
    const port = new URL(service.url).port;
    await expect(serve('--port', port)).rejects.toThrow(/ended with 70: [\s\S]*address_unavailable/u);
    await expect(serve('--port', port, '--workers', '2')).rejects.toThrow(/ended with 70/);
    await expect(serve('--model', join(models.path, 'none'))).rejects.toThrow(
      /ended with 68: [\s\S]*model_not_found/u,
    );
  });
});

async function childrenOf(pid: number): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean);
}
