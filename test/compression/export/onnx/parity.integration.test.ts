/** Every operator and whole networks: ONNX Runtime gives what tfjs gives. */
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnxModel } from '../../../../compression/export/onnx/export-onnx.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { operatorCases } from '../../../models/graph/operator-cases.js';
import { composedGraphs } from './composed-graphs.js';
import { parity, randomFeed, TOLERANCE } from './parity.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

describe.each(operatorCases)('$op: $name', ({ build }) => {
  it.each([17, 18, 21])('agrees, operator set %i', async (opset) => {
    const { graph, feeds } = build();
    expect(await parity(graph, feeds, { opset })).toBeLessThanOrEqual(TOLERANCE);
  });
});

describe.each(composedGraphs)('$name', ({ graph, shapes, transposes }) => {
  it.each(shapes)('agrees at %o', async (inputs) => {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([id, shape], i) => [id, randomFeed(shape, i)]),
    );
    expect(await parity(graph, feeds)).toBeLessThanOrEqual(TOLERANCE);
  });

  it('has no transpose that it does not need', () => {
    const nodes = exportOnnxModel(graph).graph.node;
    expect(nodes.filter((node) => node.opType === 'Transpose').length).toBeLessThanOrEqual(transposes);
  });
});
