import { expect, it } from 'vitest';
import { saliencyCompressionTask } from '../../../../apps/train/compression/saliency-task.js';
import { saliencyConfigSchema } from '../../../../models/saliency/config.js';
import { buildSaliency } from '../../../../models/saliency/network.js';

const options = { folder: '', every: 1, seed: 1, workers: 0 };

it('teaches the map that is deployed: the fused one where there are two streams, else the dense one', () => {
  const taught = (segment: boolean) => {
    const config = saliencyConfigSchema.parse(segment ? { segment: {} } : {});
    const graph = buildSaliency(config);
    const { taughtOutputs } = saliencyCompressionTask(graph, options);
    return taughtOutputs!.map(({ output, weight }) => [graph.outputs[output], weight]);
  };
  const [[fused, most], ...others] = taught(true) as [[string, number], ...[string, number][]];
  expect(fused).toMatch(/fusion|fused/);
  expect(others.every(([, weight]) => weight < most)).toBe(true);
  expect(taught(false)).toEqual([[expect.stringMatching(/^dense\//), 1]]);
});
