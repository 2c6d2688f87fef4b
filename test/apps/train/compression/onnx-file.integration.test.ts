/** ONNX files of others as the compress command reads and writes them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel, type WrittenModel, writeModel } from '../../../../apps/train/compression/model-file.js';
import { encodeModel } from '../../../../compression/export/onnx/proto.js';
import { openSession } from '../../../../models/runtime/session.js';
import { file, model, node, weights } from '../../../compression/import/onnx/file.js';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-onnx-'));
  const nodes = [
    node('Transpose', ['image'], ['x'], { perm: [0, 3, 1, 2] }),
    node('Conv', ['x', 'w'], ['c']),
    node('Transpose', ['c'], ['y'], { perm: [0, 2, 3, 1] }),
  ];
  const inputs = { image: ['n', 8, 9, 3] };
  writeFileSync(
    at('nhwc.onnx'),
    file({ nodes, inputs, outputs: ['y'], constants: [weights('w', [2, 3, 1, 1])] }),
  );
  const external = (location: string) => {
    const told = [{ key: 'location', value: location }];
    const w = { name: 'w', dims: [2, 3, 1, 1], dataType: 1, dataLocation: 1, externalData: told };
    return encodeModel(model({ nodes, inputs, outputs: ['y'], constants: [w] }));
  };
  writeFileSync(at('beside.onnx'), external('beside.onnx.data'));
  writeFileSync(at('beside.onnx.data'), new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer));
  writeFileSync(at('lost.onnx'), external('lost.onnx.data'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an ONNX file', () => {
  it('may have its weights in a file beside it', async () => {
    const { graph } = await readModel(at('beside.onnx'));
    expect([...graph.params.values()].map(({ data }) => [...data].sort())).toEqual([[1, 2, 3, 4, 5, 6]]);
  });

  it('is refused without them, and where there is none', async () => {
    await expect(readModel(at('lost.onnx'))).rejects.toMatchObject({
      code: 'model_not_found',
      remedy: expect.stringContaining('Put lost.onnx.data beside it'),
    });
    await expect(readModel(at('none.onnx'))).rejects.toMatchObject({
      code: 'model_not_found',
      remedy: 'Check the path.',
    });
  });

  it('takes other sizes of its inputs', async () => {
    const { graph } = await readModel(at('nhwc.onnx'), { image: [null, 16, 16, 3] });
    expect(graph.inputs[0]!.shape).toEqual([null, 16, 16, 3]);
  });

  it('is written with its images in the order that they had', async () => {
    const { graph } = await readModel(at('nhwc.onnx'));
    await writeModel(at('again.onnx'), { graph, deployed: graph } as WrittenModel);
    const session = await openSession(at('again.onnx'));
    expect([session.inputs[0]!.shape, session.outputs[0]!.shape]).toEqual([
      [null, 8, 9, 3],
      [null, 8, 9, 2],
    ]);
    await session.dispose();
  });
});
