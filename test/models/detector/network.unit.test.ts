import { describe, expect, it } from 'vitest';
import { DEFAULT_DETECTOR_CONFIG, detectorConfigSchema } from '../../../models/detector/config.js';
import { buildDetector } from '../../../models/detector/network.js';
import { costOf } from '../../../models/graph/cost.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';

describe('buildDetector', () => {
  const graph = buildDetector(DEFAULT_DETECTOR_CONFIG);

  it('gives cores at half and geometry at a quarter of the size', () => {
    const shapes = inferShapes(graph, { image: [1, 96, 160, 1] });
    expect(graph.outputs).toEqual(['core', 'geometry']);
    expect(shapes.get('core')).toEqual([1, 48, 80, 1]);
    expect(shapes.get('geometry')).toEqual([1, 24, 40, 4]);
  });

  it('gives the same maps where the stem goes to a quarter of the size at once, for fewer multiply-adds', () => {
    const { network } = DEFAULT_DETECTOR_CONFIG;
    const patches = buildDetector({ ...DEFAULT_DETECTOR_CONFIG, network: { ...network, stemStride: 4 } });
    const shapes = { image: [1, 96, 160, 1] };
    expect(inferShapes(patches, shapes).get('core')).toEqual([1, 48, 80, 1]);
    expect(inferShapes(patches, shapes).get('geometry')).toEqual([1, 24, 40, 4]);
    expect(costOf(patches, shapes).macs).toBeLessThan(costOf(graph, shapes).macs);
  });

  it('stays within its means: an A4 page at 150 dpi in 8 G multiply-adds, 3 MB of weights', () => {
    const cost = costOf(graph, { image: [1, 1760, 1248, 1] });
    expect(cost.macs).toBeLessThan(8e9);
    expect(cost.params * 4).toBeLessThan(3e6);
  });

  it('is the same graph for the same seed', () => {
    const again = buildDetector(detectorConfigSchema.parse(JSON.parse(JSON.stringify(graph.meta.config))));
    expect([...again.params].map(([id, p]) => [id, p.data[0]])).toEqual(
      [...graph.params].map(([id, p]) => [id, p.data[0]]),
    );
  });
});
