import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../../apps/bundle/build/build-bundle.js';
import { writeBundle } from '../../../apps/bundle/build/write-bundle.js';
import { type VerifyReport, verifyBundle } from '../../../apps/bundle/verify/verify-bundle.js';

const python = process.env.POCKETLENS_PYTHON || 'python3';
/** In CI they are there, or these tests fail. */
const has = (names: string) =>
  Boolean(process.env.CI) || spawnSync(python, ['-c', `import ${names}`]).status === 0;
const hasLiteRt = has('ai_edge_litert');
const hasConverter = has('onnx, onnxruntime');
if (!hasLiteRt) console.warn('TFLite files are not run: Python lacks ai-edge-litert.');
if (!hasConverter) console.warn('ORT files are not made: Python lacks onnx or onnxruntime.');

let work: string;
let report: VerifyReport;
const notes: string[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'pocketlens-runtimes-'));
  const bundle = await buildBundle({
    models: ['recognizer'],
    formats: ['onnx', 'ort', 'tflite', 'tfjs'],
    precisions: ['float16', 'float32'],
    version: '1.2.3',
    onNote: (note) => notes.push(note),
  });
  await writeBundle(join(work, 'bundle'), bundle);
  report = await verifyBundle(join(work, 'bundle'));
}, 240_000);
afterAll(() => rm(work, { recursive: true, force: true }));

describe('a bundle in every format', () => {
  const runtimeOf = (format: string) => report.variants.filter((variant) => variant.format === format);

  it('gives the goldens on ONNX Runtime and TensorFlow.js', () => {
    for (const format of ['onnx', 'tfjs'])
      expect(runtimeOf(format).map(({ precision }) => precision)).toEqual(['float16', 'float32']);
    for (const { runtime, differences, precision } of [...runtimeOf('onnx'), ...runtimeOf('tfjs')]) {
      expect(runtime).toMatch(/onnxruntime-node|tfjs/);
      expect(differences.logits).toBeLessThan(precision === 'float32' ? 1e-4 : 5e-3);
    }
  });

  it('gives them on LiteRT where that is installed, and says where it is not', () => {
    expect(runtimeOf('tflite')).toHaveLength(2);
    for (const { runtime, differences } of runtimeOf('tflite')) {
      if (hasLiteRt) {
        expect(runtime).toContain('ai-edge-litert');
        expect(differences.logits).toBeLessThan(5e-3);
      } else expect({ runtime, differences }).toEqual({ runtime: undefined, differences: {} });
    }
  });

  it('has ORT files where the converter is, else a note, and the ONNX files serve', () => {
    expect(runtimeOf('ort')).toHaveLength(hasConverter ? 2 : 0);
    expect(notes).toHaveLength(hasConverter ? 0 : 2);
    expect(Object.keys(report.manifest.runtimes).includes('ort')).toBe(hasConverter);
  });
});
