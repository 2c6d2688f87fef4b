/** A quantized graph comes back from its ONNX file: what bundles make other formats of. */
import { beforeAll, expect, it } from 'vitest';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import type { Feeds } from '../../../../compression/pass.js';
import { quantize } from '../../../../compression/quantize/quantize.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { type Feed, runInOnnxRuntime } from '../../export/onnx/parity.js';
import { optimizedOperators } from '../../quantize/optimized-operators.js';
import {
  contextOf,
  convolutional,
  imageFeeds,
  sequenceFeeds,
  sequential,
} from '../../quantize/small-networks.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

it.each<[string, () => Graph, (seed: number) => Feeds, number]>([
  ['convolutions', convolutional, imageFeeds, 0],
  // Of a transposed value, which is rounded once more.
  ['dense layers', sequential, sequenceFeeds, 1],
])('of %s, with its codes and scales, to the bit', async (_, network, feeds, repeats) => {
  const { graph } = await quantize({ biasCorrection: true }).apply(network(), contextOf(feeds));
  const bytes = exportOnnx(graph);
  const back = importOnnx(bytes).graph;
  const rounded = (g: Graph) => g.nodes.filter(({ op }) => op === 'QuantizeDequantize').length;
  // Biases of products of matrices are written in float, with the values of their codes.
  const encoded = (g: Graph) =>
    [...g.params.values()].filter(({ encoding }) => encoding?.kind === 'affine' && encoding.bits === 8)
      .length;
  expect([rounded(back), encoded(back)]).toEqual([rounded(graph) - repeats, encoded(graph)]);
  const again = await runInOnnxRuntime(back, feeds(1) as Record<string, Feed>);
  const before = await runInOnnxRuntime(graph, feeds(1) as Record<string, Feed>);
  expect(again.map(({ data }) => data)).toEqual(before.map(({ data }) => data));
  const kernels = ({
    QLinearConv = 0,
    MatMulIntegerToFloat = 0,
    QLinearMatMul = 0,
  }: Record<string, number>) => QLinearConv + MatMulIntegerToFloat + QLinearMatMul;
  expect(kernels(await optimizedOperators(exportOnnx(back)))).toBe(kernels(await optimizedOperators(bytes)));
});
