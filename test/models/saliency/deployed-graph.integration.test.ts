import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { Random } from '../../../models/base/random.js';
import type { Graph } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { openSession } from '../../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { deployedSaliency } from '../../../models/saliency/deployed-graph.js';
import { buildSaliency, deploymentGraph } from '../../../models/saliency/network.js';

const SIDE = 64;
const trained = buildSaliency(saliencyConfigSchema.parse({ side: SIDE }), 3);

async function run(graph: Graph): Promise<Record<string, Float32Array>> {
  const session = await openSession(exportOnnx(graph));
  const random = new Random(1, 'image');
  const data = Float32Array.from({ length: 3 * SIDE * SIDE }, () => random.range(-1, 1));
  const results = await session.run({ image: { data, dims: [1, 3, SIDE, SIDE] } });
  await session.dispose();
  return Object.fromEntries(Object.entries(results).map(([id, tensor]) => [id, tensor.data as Float32Array]));
}

describe('deployedSaliency', () => {
  it('gives what the network itself deploys', async () => {
    const [ours, theirs] = [validate(deployedSaliency(trained)), deploymentGraph(trained)];
    expect(ours.nodes).toHaveLength(theirs.nodes.length);
    expect(ours.params.size).toBe(theirs.params.size);
    const [found, wanted] = [await run(ours), await run(theirs)];
    expect(Object.keys(found).sort()).toEqual(['contour', 'saliency']);
    for (const id of ['contour', 'saliency'])
      expect(Math.max(...found[id]!.map((p, i) => Math.abs(p - wanted[id]![i]!)))).toBeLessThan(1e-6);
  });

  it('keeps what passes changed, and leaves a deployed graph as it is', () => {
    const [first] = trained.params.keys();
    const param = trained.params.get(first!)!;
    const changed = {
      ...trained,
      params: new Map(trained.params).set(first!, { ...param, data: param.data.map(() => 0) }),
    };
    const deployed = deployedSaliency(changed);
    expect(deployed.params.get(first!)!.data.every((value) => value === 0)).toBe(true);
    expect(deployedSaliency(deployed)).toBe(deployed);
  });
});
