import { describe, expect, it } from 'vitest';
import { costOf } from '../../../models/graph/cost.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import { DEFAULT_SALIENCY_CONFIG, saliencyConfigSchema } from '../../../models/saliency/config.js';
import { deployedSaliency } from '../../../models/saliency/deployed-graph.js';
import { atConfiguredSide, buildSaliency, nameOutputs } from '../../../models/saliency/network.js';

describe('buildSaliency', () => {
  const trained = buildSaliency(DEFAULT_SALIENCY_CONFIG);

  it('trains on logits at strides 2, 2, 4, 8, 16 and 32', () => {
    const shapes = inferShapes(trained, { image: [2, 256, 256, 3] });
    expect(trained.outputs.map((id) => shapes.get(id))).toEqual(
      [128, 128, 64, 32, 16, 8].map((side) => [2, side, side, 1]),
    );
  });

  it('has side outputs at the same places where the last stage is dilated', () => {
    const config = saliencyConfigSchema.parse({ dense: { lastStride: 16 } });
    const graph = buildSaliency(config);
    const shapes = inferShapes(graph, { image: [2, 256, 256, 3] });
    expect(graph.outputs.map((id) => shapes.get(id)![1])).toEqual([128, 128, 64, 32, 16, 16]);
  });

  it('stays within its means: 2 G multiply-adds at 320 × 320, 3 M params', () => {
    const cost = costOf(deployedSaliency(trained), { image: [1, 320, 320, 3] });
    expect(cost.macs).toBeLessThan(2e9);
    expect(cost.params).toBeLessThan(3e6);
  });
});

describe('a network with a segment stream', () => {
  const config = saliencyConfigSchema.parse({ side: 64, segment: { counts: [6, 12] } });
  const trained = buildSaliency(config);
  const feeds = (side: number) => ({
    image: [2, side, side, 3],
    pool: [2, 18, (side / 8) ** 2],
    neighbours: [2, 18, 18],
    paint: [2, (side / 4) ** 2, 18],
  });

  it('trains on the segment map at stride 4 and the fused one at stride 2 besides', () => {
    const shapes = inferShapes(trained, feeds(64));
    const { dense, streams } = nameOutputs(trained.outputs);
    expect(shapes.get(dense)).toEqual([2, 32, 32, 1]);
    expect(shapes.get(streams!.segment)).toEqual([2, 16, 16, 1]);
    expect(shapes.get(streams!.fused)).toEqual([2, 32, 32, 1]);
    expect(nameOutputs(buildSaliency(DEFAULT_SALIENCY_CONFIG).outputs).streams).toBeUndefined();
  });

  it('may be trained at another side than it is deployed at', () => {
    const other = buildSaliency(config, 1, 128);
    expect(inferShapes(other, feeds(128)).get(nameOutputs(other.outputs).streams!.segment)).toEqual([
      2, 32, 32, 1,
    ]);
    expect([...other.params.keys()]).toEqual([...trained.params.keys()]);
    const bound = atConfiguredSide(other);
    expect(bound.inputs).toEqual(trained.inputs);
    expect(bound.nodes).toEqual(trained.nodes);
    expect(bound.params).toBe(other.params);
    expect(atConfiguredSide(trained)).toBe(trained);
  });
});
