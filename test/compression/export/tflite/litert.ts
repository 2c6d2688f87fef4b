/** TFLite files run in LiteRT, many in one process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../../models/base/paths.js';
import { runPython } from '../../python.js';
import type { Feed } from '../onnx/parity.js';

export interface LiteRtJob {
  readonly model: Uint8Array;
  readonly outputs: readonly string[];
  /** Inputs of each run, one after the other. */
  readonly runs: readonly Readonly<Record<string, Feed>>[];
}

/** The outputs of each run of each job, or why the job failed. */
export async function runInLiteRt(jobs: readonly LiteRtJob[]): Promise<(Feed[][] | string)[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketlens-litert-'));
  try {
    const described = jobs.map(({ model, outputs, runs }, j) => {
      const path = join(folder, `${j}.tflite`);
      writeFileSync(path, model);
      return {
        model: path,
        runs: runs.map((feeds, r) => ({
          inputs: Object.fromEntries(
            Object.entries(feeds).map(([name, { shape, data }], i) => {
              const file = join(folder, `${j}-${r}-${i}.in`);
              writeFileSync(file, data);
              return [name, { shape, file }];
            }),
          ),
          outputs: Object.fromEntries(outputs.map((name, i) => [name, join(folder, `${j}-${r}-${i}.out`)])),
        })),
      };
    });
    const list = join(folder, 'jobs.json');
    writeFileSync(list, JSON.stringify(described));
    const script = join(packageRoot(), 'test', 'compression', 'export', 'tflite', 'run_tflite.py');
    const answer = (await runPython([script, list])).trim().split('\n').at(-1)!;
    const results = JSON.parse(answer) as (Record<string, number[]>[] | string)[];
    return results.map((result, j) =>
      typeof result === 'string'
        ? result
        : result.map((shapes, r) =>
            jobs[j]!.outputs.map((name) => {
              const bytes = readFileSync(described[j]!.runs[r]!.outputs[name]!);
              const data = new Float32Array(
                bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
              );
              return { shape: shapes[name]!, data };
            }),
          ),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
