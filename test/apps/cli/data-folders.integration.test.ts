import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renderingFolders } from '../../../apps/cli/data-folders.js';

let folder: string;
const path = (...parts: string[]) => join(folder, ...parts);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-data-'));
  mkdirSync(path('data'));
  vi.stubEnv('POCKETLENS_DATA', path('data'));
  vi.stubEnv('POCKETLENS_CACHE', path('cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function pack(name: string): void {
  mkdirSync(path('packed', name), { recursive: true });
  writeFileSync(path('packed', name, 'index.json'), '{}');
  execFileSync('tar', ['-cJf', path('data', `${name}.tar.xz`), '-C', path('packed'), name]);
}

it('takes what is named, and needs nothing then', async () => {
  expect(await renderingFolders({ fonts: 'a', corpus: 'b', textures: 'c' })).toEqual({
    fontFolder: 'a',
    corpusFolder: 'b',
    textureFolder: 'c',
  });
});

it('unpacks data sets to the cache, once', async () => {
  pack('fonts');
  pack('corpus');
  mkdirSync(path('data', 'textures'));
  const found = {
    fontFolder: path('cache', 'data', 'fonts'),
    corpusFolder: path('cache', 'data', 'corpus'),
    textureFolder: path('data', 'textures'),
  };
  expect(await renderingFolders({})).toEqual(found);
  expect(existsSync(join(found.fontFolder, 'index.json'))).toBe(true);
  expect(readdirSync(path('cache', 'data')).sort()).toEqual(['corpus', 'fonts']);
  rmSync(path('data', 'fonts.tar.xz'));
  expect(await renderingFolders({})).toEqual(found);
});

it('takes data sets that lie unpacked', async () => {
  for (const name of ['fonts', 'corpus']) {
    mkdirSync(path('data', name));
    writeFileSync(path('data', name, 'index.json'), '{}');
  }
  expect(await renderingFolders({})).toEqual({
    fontFolder: path('data', 'fonts'),
    corpusFolder: path('data', 'corpus'),
  });
});

it('says what is missing, and what is broken', async () => {
  await expect(renderingFolders({})).rejects.toMatchObject({ code: 'data_missing' });
  writeFileSync(path('data', 'fonts.tar.xz'), 'no archive');
  await expect(renderingFolders({})).rejects.toMatchObject({ code: 'tool_missing' });
  expect(readdirSync(path('cache', 'data'))).toEqual([]);
});
