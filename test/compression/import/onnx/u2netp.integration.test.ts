/** A network of others, written by another program: U2-Net-p (Qin et al. 2020), as its authors' weights are passed on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import { findDataFolder } from '../../../../models/base/paths.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { openSession } from '../../../../models/runtime/session.js';
import { runInTfjs, transposeFeed } from '../../export/onnx/parity.js';
import { greatestDifference } from './compare.js';

const SIZE = 320;
const PICTURE = join(import.meta.dirname, '../../../../samples/dog.jpg');

/** [1, 3, 320, 320], each channel by the mean and deviation of ImageNet. */
async function picture(): Promise<Float32Array> {
  const pixels = await sharp(PICTURE).resize(SIZE, SIZE, { fit: 'fill' }).removeAlpha().raw().toBuffer();
  const [mean, deviation] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  return Float32Array.from({ length: pixels.length }, (_, i) => {
    const channel = Math.floor(i / SIZE ** 2);
    return (pixels[(i % SIZE ** 2) * 3 + channel]! / 255 - mean![channel]!) / deviation![channel]!;
  });
}

describe.runIf(findDataFolder())('U2-Net-p (needs POCKETLENS_DATA)', () => {
  const file = () => readFile(join(findDataFolder()!, 'backbones', 'u2netp.onnx'));

  it('gives in ONNX Runtime, imported and exported again, what it gave before', async () => {
    await loadEngine({ quiet: true });
    const bytes = await file();
    const { graph, report } = importOnnx(bytes);
    expect(graph.inputs).toEqual([{ id: '0', shape: [null, SIZE, SIZE, 3] }]);
    expect(report.operators).toMatchObject({ Conv: 119, Relu: 112, MaxPool: 33, Resize: 38 });
    expect(report.operators.Transpose).toBeUndefined();
    const image = { data: await picture(), dims: [1, 3, SIZE, SIZE] };
    const results = [];
    for (const model of [bytes, exportOnnx(graph)]) {
      const session = await openSession(model, { threads: 2 });
      results.push(await session.run({ 0: image }));
      await session.dispose();
    }
    const [before, after] = results as [(typeof results)[0], (typeof results)[0]];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const name of Object.keys(before)) {
      expect(
        greatestDifference(after[name]!.data as Float32Array, before[name]!.data as Float32Array),
      ).toBeLessThan(1e-3);
    }
    const feeds = { 0: transposeFeed({ shape: image.dims, data: image.data }, [0, 2, 3, 1]) };
    const [map] = runInTfjs(graph, feeds);
    expect(greatestDifference(map!.data, before[graph.outputs[0]!]!.data as Float32Array)).toBeLessThan(1e-3);
    // A picture with a dog in it: neither all nor nothing stands out.
    const mean = map!.data.reduce((sum, v) => sum + v, 0) / map!.data.length;
    expect(mean).toBeGreaterThan(0.02);
    expect(mean).toBeLessThan(0.9);
  });

  it('says at which node another size stops fitting: the file fixes some of its sizes', async () => {
    const bytes = await file();
    expect(() => importOnnx(bytes, { inputShapes: { 0: [1, 3, 64, 64] } })).toThrow(
      expect.objectContaining({ code: 'invalid_graph', details: expect.objectContaining({ op: 'Concat' }) }),
    );
  });
});
