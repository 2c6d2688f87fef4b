import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../models/base/paths.js';

const work = mkdtempSync(join(tmpdir(), 'pocketlens-bundle-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function pocketlens(...args: string[]) {
  const bin = join(packageRoot(), 'apps', 'cli', 'bin.mjs');
  return spawnSync(process.execPath, [bin, 'bundle', ...args], { cwd: packageRoot(), encoding: 'utf8' });
}

describe('pocketlens bundle', () => {
  const zip = join(work, 'bundle.zip');

  it('builds, verifies and inspects', () => {
    const built = pocketlens('build', '--models', 'detector', '--precision', 'float32', '-o', zip);
    expect(built).toMatchObject({ status: 0, stdout: '' });
    const verified = pocketlens('verify', zip);
    expect(verified.status).toBe(0);
    expect(verified.stdout).toMatch(
      /^ok: pocketlens .*\ndetector\/onnx\.float32: as the goldens on onnxruntime-node/,
    );
    expect(pocketlens('inspect', zip).stdout).toContain('models/detector.float32.onnx');
    const readme = join(work, 'README.md');
    writeFileSync(readme, 'before\n<!-- bundle -->\n<!-- /bundle -->\nafter\n');
    expect(pocketlens('inspect', zip, '--write', readme).status).toBe(0);
    expect(readFileSync(readme, 'utf8')).toMatch(/^before\n<!-- bundle -->\n\n\| model[\s\S]*after\n$/);
  });

  it('tells by the exit code what is wrong with a bundle', () => {
    const bytes = readFileSync(zip);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    const damaged = join(work, 'damaged.zip');
    writeFileSync(damaged, bytes);
    const changed = pocketlens('verify', damaged);
    expect(changed).toMatchObject({ status: 74, stdout: '' });
    expect(changed.stderr).toMatch(
      /^pocketlens: model_integrity_failed: Expected the file "models\/[^\n]*\n$/,
    );
    writeFileSync(damaged, bytes.subarray(0, 1000));
    expect(pocketlens('verify', damaged).status).toBe(75);
    expect(pocketlens('verify', join(work, 'none.zip')).status).toBe(66);
  });

  it('refuses what it cannot build, with nothing written', () => {
    const refused = pocketlens('build', '--formats', 'coreml', '-o', join(work, 'other'));
    expect(refused.status).toBe(65);
    expect(refused.stderr).toContain(
      'Expected one of onnx, ort, tflite, tfjs for --formats but received "coreml".',
    );
    expect(pocketlens('build').status).toBe(64);
    expect(pocketlens('build', '--weights', join(work, 'nowhere'), '-o', join(work, 'other')).status).toBe(
      68,
    );
    expect(pocketlens('build', '-o', packageRoot()).status).toBe(73);
  });
});
