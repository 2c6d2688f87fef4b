import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SITE_LIST, type SiteList } from '../../../../apps/bundle/demo/offline/site-list.js';
import { buildSite } from '../../../../apps/bundle/demo/site/build-site.js';
import { runDemo } from '../../../../apps/bundle/demo/site/run-demo.js';
import { serveSite } from '../../../../apps/bundle/demo/site/serve-site.js';
import { shippedBundle } from '../../../../apps/bundle/demo/site/shipped-bundle.js';
import { ensureBuilt } from '../../../../apps/cli/build.mjs';
import { packageRoot } from '../../../../models/base/paths.js';

let folder: string;
let bundle: string;
let site: string;

beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-site-'));
  bundle = await shippedBundle();
  site = join(folder, 'site');
  await buildSite({ bundle, target: site });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .split('\\')
        .join('/'),
    )
    .sort();
const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const list = (root: string): SiteList => {
  const [line] = readFileSync(join(root, 'service-worker.js'), 'utf8').split('\n');
  return JSON.parse(line!.slice(`self.${SITE_LIST}=`.length, -1)) as SiteList;
};

describe('a site', () => {
  it('holds the page, the runtime and the bundle, and lists them all by their hashes', () => {
    const found = files(site);
    for (const path of ['index.html', 'page.js', 'app.webmanifest', 'worker-wasm.js', 'bundle/manifest.json'])
      expect(found).toContain(path);
    expect(found.filter((path) => path.startsWith('ort/') && path.endsWith('.wasm'))).toHaveLength(2);
    expect(found.some((path) => path.startsWith('bundle/') && path.endsWith('.onnx'))).toBe(true);
    const listed = list(site).files;
    expect(Object.keys(listed)).toEqual(found.filter((path) => path !== 'service-worker.js'));
    for (const [path, { sha256 }] of Object.entries(listed))
      expect(sha256, path).toBe(hash(join(site, path)));
    const page = Object.entries(listed).filter(([, { isPage }]) => isPage);
    // What is fetched at once must be small; models and runtime come when they are used.
    expect(page.reduce((sum, [, { bytes }]) => sum + bytes, 0)).toBeLessThan(700_000);
  });

  it('names every icon that the installed app shows', () => {
    const manifest = JSON.parse(readFileSync(join(site, 'app.webmanifest'), 'utf8')) as {
      icons: { src: string }[];
    };
    expect(manifest.icons.length).toBeGreaterThan(3);
    for (const { src } of manifest.icons) expect(existsSync(join(site, src)), src).toBe(true);
  });

  it('has the same bytes when built again, in place of the one before', async () => {
    const before = files(site).map((path) => [path, hash(join(site, path))]);
    writeFileSync(join(site, 'left-over.txt'), 'x');
    await buildSite({ bundle, target: site });
    expect(files(site).map((path) => [path, hash(join(site, path))])).toEqual(before);
  });

  it('replaces nothing of somebody else’s', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'thesis.txt'), 'mine');
    await expect(buildSite({ bundle, target: other })).rejects.toMatchObject({ code: 'output_unwritable' });
    expect(files(other)).toEqual(['thesis.txt']);
    writeFileSync(join(other, 'service-worker.js'), 'self.onfetch = () => {};');
    await expect(buildSite({ bundle, target: other })).rejects.toMatchObject({ code: 'output_unwritable' });
    expect(files(other)).toEqual(['service-worker.js', 'thesis.txt']);
  });

  it('is not made of a damaged bundle, and nothing of it is left', async () => {
    const damaged = join(folder, 'damaged');
    cpSync(bundle, damaged, { recursive: true });
    const model = files(damaged).find((path) => path.endsWith('.onnx'))!;
    const bytes = readFileSync(join(damaged, model));
    bytes[1000]! ^= 1;
    writeFileSync(join(damaged, model), bytes);
    const target = join(folder, 'none');
    const refused = { code: 'model_integrity_failed' };
    await expect(buildSite({ bundle: damaged, target })).rejects.toMatchObject(refused);
    rmSync(join(damaged, 'manifest.json'));
    await expect(buildSite({ bundle: damaged, target })).rejects.toMatchObject(refused);
    await expect(buildSite({ bundle: join(folder, 'nowhere'), target })).rejects.toMatchObject({
      code: 'input_not_found',
    });
    expect(existsSync(target)).toBe(false);
  });
});

describe('its server', () => {
  it('isolates the page, names types, and answers what did not change with 304', async () => {
    const running = await serveSite(site, { port: 0 });
    try {
      expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const page = await fetch(running.url);
      expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      await page.text();
      const wasm = await fetch(`${running.url}ort/ort-wasm-simd-threaded.wasm`);
      // Browsers compile while it arrives only if it is called by its name.
      expect(wasm.headers.get('content-type')).toBe('application/wasm');
      await wasm.arrayBuffer();
      const script = await fetch(`${running.url}ort/ort-wasm-simd-threaded.mjs`);
      expect(script.headers.get('content-type')).toMatch(/^(text|application)\/javascript/);
      const again = await fetch(`${running.url}ort/ort-wasm-simd-threaded.mjs`, {
        // Without the second, Node asks for a fresh one.
        headers: { 'if-none-match': script.headers.get('etag')!, 'cache-control': 'max-age=0' },
      });
      expect(again.status).toBe(304);
      await script.text();
      for (const path of ['nothing.js', '..%2f..%2fetc%2fpasswd', '%2e%2e/package.json'])
        expect((await fetch(running.url + path)).status, path).toBeGreaterThanOrEqual(400);
    } finally {
      await running.close();
    }
  });

  it('says so when its port is taken', async () => {
    const running = await serveSite(site, { port: 0 });
    try {
      const port = Number(new URL(running.url).port);
      await expect(serveSite(site, { port })).rejects.toMatchObject({ code: 'address_unavailable' });
    } finally {
      await running.close();
    }
  });
});

describe('npm run demo', () => {
  it('refuses options that it does not know, by the exit codes of the command', async () => {
    expect(await runDemo(['--port', 'x'])).toBe(65);
    expect(await runDemo(['--colour', 'red'])).toBe(64);
    expect(await runDemo(['--bundle', join(folder, 'nowhere'), '--out', join(folder, 'x')])).toBe(66);
  });

  it('writes the folder and stops there, if asked to', async () => {
    const out = join(folder, 'built');
    expect(await runDemo(['--bundle', bundle, '--out', out, '--build-only'])).toBe(0);
    expect(files(out)).toEqual(files(site));
  });

  it('serves until it is told to end', async () => {
    const script = join(packageRoot(), 'dist', 'apps', 'bundle', 'demo', 'site', 'main.js');
    const args = ['--bundle', bundle, '--out', join(folder, 'served'), '--port', '0'];
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += chunk;
        const found = /Listening on (\S+)/.exec(said)?.[1];
        if (found) resolve(found);
      });
      void ended.then(() => reject(new Error(said)));
    });
    expect(await (await fetch(url)).text()).toContain('<title>Pocketlens');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
