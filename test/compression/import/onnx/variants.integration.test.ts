import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { openSession } from '../../../../models/runtime/session.js';
import { randomFeed, runInTfjs, transposeFeed } from '../../export/onnx/parity.js';
import { greatestDifference } from './compare.js';
import { file } from './file.js';
import { variants } from './variants.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

describe.each(variants)('$name', (variant) => {
  it('is what ONNX Runtime makes of it', async () => {
    const bytes = file(variant);
    const { graph, report } = importOnnx(bytes);
    const shapes = variant.at ?? (variant.inputs as Record<string, number[]>);
    const inFile = Object.fromEntries(
      Object.entries(shapes).map(([id, shape], i) => [id, randomFeed(shape, i)]),
    );
    const inGraph = Object.fromEntries(
      Object.entries(inFile).map(([id, feed]) => [
        id,
        report.layouts[id] === 'NCHW' ? transposeFeed(feed, [0, 2, 3, 1]) : feed,
      ]),
    );
    const session = await openSession(bytes);
    const wanted = await session.run(
      Object.fromEntries(Object.entries(inFile).map(([id, { shape, data }]) => [id, { data, dims: shape }])),
    );
    await session.dispose();
    const actual = runInTfjs(graph, inGraph);
    variant.outputs.forEach((name, i) => {
      const result = report.layouts[name] === 'NCHW' ? transposeFeed(actual[i]!, [0, 3, 1, 2]) : actual[i]!;
      expect(result.shape).toEqual(wanted[name]!.dims);
      expect(greatestDifference(result.data, wanted[name]!.data as Float32Array)).toBeLessThan(
        variant.tolerance ?? 1e-5,
      );
    });
    for (const op of variant.without ?? []) expect(report.operators).not.toHaveProperty(op);
    if (variant.operators) expect(report.operators).toEqual(variant.operators);
    // What was imported can be exported.
    const again = importOnnx(exportOnnx(graph)).graph;
    const repeated = runInTfjs(again, inGraph);
    repeated.forEach(({ data }, i) => {
      expect(greatestDifference(data, actual[i]!.data)).toBeLessThan(1e-5);
    });
    expect(tf.memory().numTensors).toBe(0);
  });
});
