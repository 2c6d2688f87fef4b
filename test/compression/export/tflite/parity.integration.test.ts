/** Every operator and whole networks: LiteRT gives what tfjs gives. */
import { beforeAll, describe, expect, it } from 'vitest';
import { exportTflite } from '../../../../compression/export/tflite/export-tflite.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { WITHOUT_PYTHON } from '../../python.js';
import { type Feed, maxDifference, runInTfjs, TOLERANCE } from '../onnx/parity.js';
import { fileShapes, parityCases } from '../parity-cases.js';
import { runInLiteRt } from './litert.js';

// The operator table says why.
const cases = parityCases().filter(({ graph }) => graph.nodes.every(({ op }) => op !== 'Erf'));
let results: (Feed[][] | string)[];

describe.skipIf(WITHOUT_PYTHON)('in LiteRT', () => {
  beforeAll(async () => {
    await loadEngine({ quiet: true });
    const jobs = cases.map((one) => ({
      model: exportTflite(one.graph, { inputShapes: fileShapes(one) }),
      outputs: one.graph.outputs,
      runs: one.runs,
    }));
    results = await runInLiteRt(jobs);
  });

  it.each(cases.map(({ name }, i) => ({ name, i })))('$name', ({ i }) => {
    const result = results[i]!;
    expect(typeof result === 'string' ? result : '').toBe('');
    const { graph, runs } = cases[i]!;
    runs.forEach((feeds, run) => {
      expect(maxDifference(runInTfjs(graph, feeds), (result as Feed[][])[run]!)).toBeLessThanOrEqual(
        TOLERANCE,
      );
    });
  });
});
