/** A folder of models for the real service: the shipped page reader, and a saliency network for which red stands out. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeModelFolder } from '../../../apps/train/write-model-folder.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { packageRoot } from '../../../models/base/paths.js';
import { GraphBuilder } from '../../../models/graph/builder.js';

const SIDE = 64;

export interface ModelsFolder {
  readonly path: string;
  remove(): Promise<void>;
}

export async function redModels(): Promise<ModelsFolder> {
  const path = await mkdtemp(join(tmpdir(), 'pocketlens-red-'));
  for (const name of ['detector', 'recognizer'])
    await symlink(join(packageRoot(), 'models', 'weights', name), join(path, name));
  const b = new GraphBuilder('red', { seed: 1 });
  const logits = b.conv(b.input('image', [null, SIDE, SIDE, 3]), { name: 'red', filters: 1, kernel: [1, 1] });
  const graph = b.finish([b.sigmoid(logits, { name: 'saliency' })]);
  // Grey gives 0.00005, pure red 0.99995.
  for (const { shape, data } of graph.params.values())
    (data as Float32Array).set(shape.length === 4 ? [10, -5, -5] : [-10]);
  await writeModelFolder(join(path, 'saliency'), {
    graph,
    onnxBytes: exportOnnx(graph),
    card: {
      name: 'saliency',
      task: 'saliency',
      version: '0.0.1',
      summary: 'For tests: red stands out.',
      format: { precision: 'float32', meanings: { saliency: 'probability' } },
      config: { side: SIDE },
      preprocessing: { colour: 'rgb', height: SIDE, width: SIDE, multipleOf: 1 },
      metrics: {},
      training: { seed: 1, steps: 0, data: ['none'], minutes: 0 },
      licence: 'Apache-2.0',
    },
  });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
