import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../../apps/cli/build.mjs';
import { packageRoot } from '../../../models/base/paths.js';

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  version: string;
};
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-package-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** npm as this machine has it, with a cache of its own and no network. */
function npm(args: string[], cwd: string) {
  return execFileSync('npm', [...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, npm_config_cache: join(folder, 'cache'), npm_config_offline: 'true' },
  });
}

describe('the checkout', () => {
  it('runs the command by "npx pocketlens"', () => {
    expect(npm(['exec', 'pocketlens', '--', '--version'], packageRoot()).trim()).toBe(version);
  });

  it('is importable by its name', () => {
    const script =
      "const p = await import('pocketlens'); console.log(typeof p.openPageReader, typeof p.decodePages, p.FORMAT_NAMES.join())";
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: packageRoot(),
      encoding: 'utf8',
    });
    expect(out.trim()).toBe('function function text,json,jsonl,tsv,hocr,alto,markdown,pdf');
  });
});

describe('the package', () => {
  it('holds what reading needs: unpacked elsewhere, its self-test passes', () => {
    const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], packageRoot())) as {
      filename: string;
      files: { path: string }[];
    }[];
    execFileSync('tar', ['-xzf', join(folder, packed!.filename), '-C', folder]);
    // What npm would install beside it.
    symlinkSync(join(packageRoot(), 'node_modules'), join(folder, 'node_modules'));
    const bin = join(folder, 'package', 'apps', 'cli', 'bin.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'selftest'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: 'ok\n' });
    const paths = packed!.files.map(({ path }) => path);
    for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json'])
      expect(paths).toContain(path);
    expect(paths.filter((path) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path))).toEqual([]);
    expect(existsSync(join(folder, 'package', 'test'))).toBe(false);
  });
});
