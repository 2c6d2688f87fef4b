/** What a rounded network must keep of borders and of bounds, as ONNX Runtime runs it. */
import { beforeAll, expect, it } from 'vitest';
import { quantize } from '../../../compression/quantize/quantize.js';
import { signalToNoise } from '../../../compression/quantize/quantize-tensor.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { randomFeed, runInOnnxRuntime } from '../export/onnx/parity.js';
import { contextOf } from './small-networks.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

it.each([
  ['a 1×1 head with a border of its own', { min: 0, max: 6 }, [1, 1, 1, 1]],
  ['a clipping below zero', { min: -1, max: 1 }, [0, 0, 0, 0]],
  ['an uneven clipping', { min: -0.34, max: 0.55 }, [0, 0, 0, 0]],
] as const)('computes the same with %s', async (_, bounds, pads) => {
  const b = new GraphBuilder('bounded', { seed: 3 });
  const x = b.input('x', [null, 12, 10, 3]);
  const first = b.conv(x, { name: 'one', filters: 16, kernel: [3, 3] });
  const second = b.conv(b.clip(first, bounds), { name: 'two', filters: 16, kernel: [3, 3] });
  const head = b.conv(b.relu(second), { name: 'head', filters: 4, kernel: [1, 1], pads });
  const bounded = b.finish([head]);
  const feed = { x: randomFeed([1, 12, 10, 3], 3) };
  const { graph: quantized } = await quantize({ stems: 'integer' }).apply(
    bounded,
    contextOf((seed) => ({ x: randomFeed([1, 12, 10, 3], seed) })),
  );
  const exact = await runInOnnxRuntime(bounded, feed);
  const rounded = await runInOnnxRuntime(quantized, feed);
  expect(rounded.map(({ shape }) => shape)).toEqual(exact.map(({ shape }) => shape));
  exact.forEach(({ data }, i) => {
    expect(signalToNoise(data, rounded[i]!.data)).toBeGreaterThan(20);
  });
});
