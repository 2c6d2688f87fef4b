/** Which kernels ONNX Runtime makes of a model: the operators of its optimised graph. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { decodeModel } from '../../../compression/export/onnx/proto.js';

/** Operator → how many there are. */
export async function optimizedOperators(bytes: Uint8Array): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketlens-optimized-'));
  try {
    const path = join(folder, 'model.onnx');
    const session = await InferenceSession.create(bytes, {
      graphOptimizationLevel: 'all',
      optimizedModelFilePath: path,
      logSeverityLevel: 4,
    });
    await session.release();
    const counts: Record<string, number> = {};
    for (const { opType } of decodeModel(readFileSync(path)).graph.node)
      counts[opType] = (counts[opType] ?? 0) + 1;
    return counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
