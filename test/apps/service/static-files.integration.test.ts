import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from './world.js';

let folder: string;
let world: World;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-page-'));
  mkdirSync(join(folder, 'page', 'samples'), { recursive: true });
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>Page</title>');
  writeFileSync(join(folder, 'page', 'samples', 'a.js'), 'let a;');
  writeFileSync(join(folder, 'page', 'notes.md'), 'not for browsers');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  world = await openWorld({}, 1, join(folder, 'page'));
});
afterAll(async () => {
  await world.app.close();
  rmSync(folder, { recursive: true });
});

it('serves the page from memory, under a policy without inline script', async () => {
  const index = await world.app.inject('/');
  expect(index.payload).toContain('<title>Page');
  expect(index.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(index.headers['content-security-policy']).toMatch(/script-src 'self';/);
  const script = await world.app.inject('/samples/a.js');
  expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
  const again = await world.app.inject({
    url: '/samples/a.js',
    headers: { 'if-none-match': script.headers.etag as string },
  });
  expect([again.statusCode, again.payload]).toEqual([304, '']);
  writeFileSync(join(folder, 'page', 'index.html'), 'changed');
  expect((await world.app.inject('/')).payload).toContain('<title>Page');
});

it('serves nothing else, whatever the path', async () => {
  for (const url of [
    '/notes.md',
    '/../secret.txt',
    '/samples/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/samples/',
    '/samples',
  ])
    expect((await world.app.inject(url)).statusCode, url).toBe(404);
});
