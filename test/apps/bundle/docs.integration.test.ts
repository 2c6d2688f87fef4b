import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBundle } from '../../../apps/bundle/build/write-bundle.js';
import { withRegions } from '../../../apps/bundle/docs/mobile-regions.js';
import { packageRoot } from '../../../models/base/paths.js';
import { readSource } from '../../architecture.js';
import { builtBundle } from './built-bundle.js';

describe('docs/mobile.md', () => {
  it('says what the manifest says (npm run bundle:docs writes it)', async () => {
    const document = readSource('docs/mobile.md');
    expect(await withRegions(document)).toBe(document);
  });

  it('has a reader in Python of less than 200 lines beside it', () => {
    expect(readSource('docs/read_bundle.py').split('\n').length - 1).toBeLessThan(200);
  });

  it('has an example of each platform', () => {
    const document = readSource('docs/mobile.md');
    expect([...document.matchAll(/```(\w+)/g)].map(([, language]) => language)).toEqual(
      expect.arrayContaining(['kotlin', 'swift', 'ts', 'json']),
    );
  });
});

const python = process.env.POCKETLENS_PYTHON || 'python3';
const isReady = spawnSync(python, ['-c', 'import numpy, onnxruntime, PIL']).status === 0;
if (!isReady) console.warn('Skipped docs/read_bundle.py: Python lacks onnxruntime, numpy or pillow.');

describe.skipIf(!isReady)('docs/read_bundle.py', () => {
  const script = join(packageRoot(), 'docs', 'read_bundle.py');
  let work: string;
  let folder: string;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'pocketlens-docs-'));
    folder = join(work, 'bundle');
    await writeBundle(folder, await builtBundle());
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it('reproduces the goldens', () => {
    const output = execFileSync(python, [script, folder], { encoding: 'utf8' });
    expect(output.trim().split('\n').at(-1)).toBe('as the goldens');
    expect(output).toContain('output logits');
    expect(output).toContain('output geometry');
    expect(output).toContain('output contour');
  });

  it('reads a line', () => {
    const line = join(folder, 'goldens', 'recognizer', 'picture.png');
    expect(execFileSync(python, [script, folder, line], { encoding: 'utf8' })).toContain('27 October 2025');
  });
});
