/** ONNX Runtime's own format: every operator computes the same, equal models give equal bytes, failures say what is missing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { canonicalOrt } from '../../../../compression/export/ort/canonical-ort.js';
import { convertAllToOrt, convertToOrt } from '../../../../compression/export/ort/convert-to-ort.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { WITHOUT_PYTHON } from '../../python.js';
import { maxDifference, runInTfjs, runOnnx, TOLERANCE } from '../onnx/parity.js';
import { parityCases } from '../parity-cases.js';

const cases = parityCases();
const onnx = () => cases.map(({ graph }) => exportOnnx(graph));

describe.skipIf(WITHOUT_PYTHON)('with the converter', () => {
  let files: Uint8Array[];
  beforeAll(async () => {
    await loadEngine({ quiet: true });
    files = await convertAllToOrt(onnx());
  });

  it.each(cases.map(({ name }, i) => ({ name, i })))('$name', async ({ i }) => {
    const { graph, runs } = cases[i]!;
    for (const feeds of runs) {
      const result = await runOnnx(files[i]!, graph, feeds);
      expect(maxDifference(runInTfjs(graph, feeds), result)).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('gives equal bytes for equal models', async () => {
    const again = await convertAllToOrt(onnx());
    expect(again.every((bytes, i) => Buffer.compare(bytes, files[i]!) === 0)).toBe(true);
    expect(canonicalOrt(files[0]!)).toEqual(files[0]);
  });

  it('refuses what is no model', async () => {
    const garbage = new TextEncoder().encode('no model');
    await expect(convertToOrt(garbage)).rejects.toMatchObject({ code: 'model_corrupt' });
    expect(() => canonicalOrt(garbage)).toThrow(expect.objectContaining({ code: 'model_corrupt' }));
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(convertToOrt(onnx()[0]!, { signal })).rejects.toMatchObject({ code: 'interrupted' });
  });
});

it('says what to install where it is missing', async () => {
  const nowhere = convertToOrt(new Uint8Array(1), { python: '/nowhere/python' });
  await expect(nowhere).rejects.toMatchObject({
    code: 'tool_missing',
    remedy: expect.stringContaining('pip'),
  });
  const folder = mkdtempSync(join(tmpdir(), 'pocketlens-python-'));
  const python = join(folder, 'python');
  writeFileSync(python, '#!/bin/sh\necho "ModuleNotFoundError: No module named onnx" >&2; exit 1\n', {
    mode: 0o755,
  });
  await expect(convertToOrt(new Uint8Array(1), { python })).rejects.toMatchObject({ code: 'tool_missing' });
  rmSync(folder, { recursive: true });
});
