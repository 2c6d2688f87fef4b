/** Every operator and whole networks: the graph model gives what the graph gives. */
import { beforeAll, describe, expect, it } from 'vitest';
import { exportTfjs } from '../../../../compression/export/tfjs/export-tfjs.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { maxDifference, runInTfjs, TOLERANCE } from '../onnx/parity.js';
import { fileShapes, operatorParityCases, parityCases } from '../parity-cases.js';
import { runGraphModel } from './graph-model.js';

/** The portable backend has kernels of its own, as browsers have. */
describe.each(['best', 'portable'] as const)('on the %s backend', (backend) => {
  beforeAll(async () => {
    await loadEngine({ quiet: true, ...(backend === 'portable' && { backend }) });
  });

  it.each(backend === 'portable' ? operatorParityCases() : parityCases())('$name', async (one) => {
    const { graph, runs } = one;
    const { files } = exportTfjs(graph, { inputShapes: fileShapes(one) });
    const results = await runGraphModel(files, graph.outputs, runs);
    runs.forEach((feeds, run) => {
      expect(maxDifference(runInTfjs(graph, feeds), results[run]!)).toBeLessThanOrEqual(TOLERANCE);
    });
  });
});
