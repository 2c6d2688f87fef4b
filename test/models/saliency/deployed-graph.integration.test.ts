import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { pruneChannels } from '../../../compression/prune/prune-channels.js';
import { Random } from '../../../models/base/random.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { execute } from '../../../models/graph/execute.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { openSession } from '../../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import {
  deployedSaliency,
  STREAM_CHOICES,
  type StreamChoice,
} from '../../../models/saliency/deployed-graph.js';
import { buildSaliency, nameOutputs, saliencyInputShapes } from '../../../models/saliency/network.js';

const config = saliencyConfigSchema.parse({ side: 64, segment: { counts: [6, 12] } });
const trained = buildSaliency(config, 3);

beforeAll(async () => {
  await loadEngine();
});

/** Inputs of one image at the config's side. */
const data = new Map(
  Object.entries(saliencyInputShapes(config)).map(([id, shape]) => {
    const random = new Random(1, id);
    const count = shape.reduce((a, b) => a * b, 1);
    const [least, most] = id === 'image' ? [-1, 1] : [0, 0.1];
    return [id, { shape, values: Float32Array.from({ length: count }, () => random.range(least, most)) }];
  }),
);

/** By ONNX Runtime. */
async function run(graph: Graph): Promise<Record<string, Float32Array>> {
  const session = await openSession(exportOnnx(graph));
  const feeds = Object.fromEntries(
    graph.inputs.map(({ id }) => {
      const { shape, values } = data.get(id)!;
      if (id !== 'image') return [id, { data: values, dims: shape }];
      const planes = tf.tidy(() => tf.transpose(tf.tensor(values, shape), [0, 3, 1, 2]).dataSync());
      return [id, { data: planes as Float32Array, dims: [1, 3, 64, 64] }];
    }),
  );
  const results = await session.run(feeds);
  await session.dispose();
  return Object.fromEntries(Object.entries(results).map(([id, tensor]) => [id, tensor.data as Float32Array]));
}

/** What the choice should give, from the training graph's own logits. */
function wanted(graph: Graph, choice: StreamChoice): { saliency: Float32Array; contour: Float32Array } {
  return tf.tidy(() => {
    const feeds = [...data].map(([id, { shape, values }]) => [id, tf.tensor(values, shape)] as const);
    const logits = nameOutputs(execute(graph, Object.fromEntries(feeds)) as tf.Tensor4D[]);
    const probability = (map: tf.Tensor4D) => tf.sigmoid(tf.image.resizeBilinear(map, [64, 64], false, true));
    const { segment, fused } = logits.streams!;
    const maps = {
      fusion: () => probability(fused),
      dense: () => probability(logits.dense),
      segment: () => probability(segment),
      mean: () => tf.mean(tf.stack([probability(logits.dense), probability(segment)]), 0),
    };
    return {
      saliency: maps[choice]().dataSync() as Float32Array,
      contour: probability(logits.contour).dataSync() as Float32Array,
    };
  });
}

async function expectDeployed(graph: Graph, choice: StreamChoice): Promise<Graph> {
  const deployed = validate(deployedSaliency(graph, choice));
  expect(deployed.outputs).toEqual(['saliency', 'contour']);
  const found = await run(deployed);
  for (const [id, values] of Object.entries(wanted(graph, choice)))
    expect(Math.max(...found[id]!.map((p, i) => Math.abs(p - values[i]!)))).toBeLessThan(1e-4);
  return deployed;
}

describe('deployedSaliency', () => {
  it.each(STREAM_CHOICES)(
    'gives probabilities of %s at the picture’s size, and nothing else',
    async (choice) => {
      const deployed = await expectDeployed(trained, choice);
      const matrices = choice === 'dense' ? [] : ['pool', 'neighbours', 'paint'];
      expect(deployed.inputs.map(({ id }) => id)).toEqual(['image', ...matrices]);
      const scopes = new Set([...deployed.params.keys()].map((id) => id.split('/')[0]));
      expect(scopes.has('fusion')).toBe(choice === 'fusion');
      expect(scopes.has('segment')).toBe(choice !== 'dense');
      // Of the whole only the side outputs are gone: a weight and a bias each.
      if (choice === 'fusion') expect(trained.params.size - deployed.params.size).toBe(8);
    },
  );

  it('takes any size where there are no segments', () => {
    const deployed = deployedSaliency(trained, 'dense');
    const shapes = inferShapes(deployed, { image: [1, 320, 96, 3] });
    for (const id of deployed.outputs) expect(shapes.get(id)).toEqual([1, 320, 96, 1]);
    expect(saliencyConfigSchema.parse(deployed.meta.config).segment).toBeNull();
  });

  it('is bound to the config’s side, where the network was trained at another', () => {
    const other = deployedSaliency(buildSaliency(config, 3, 128));
    expect(other.inputs).toEqual(trained.inputs);
    expect(inferShapes(other, saliencyInputShapes(config)).get('saliency')).toEqual([1, 64, 64, 1]);
  });

  it.each(STREAM_CHOICES)('keeps what passes changed: %s of a pruned network', async (choice) => {
    const first = (graph: Graph) => graph.params.get(graph.nodes[0]!.params.weight!)!.shape;
    const pass = pruneChannels({ target: { of: 'macs', keep: 0.6 } });
    const task = {
      inputShapes: saliencyInputShapes(config),
      calibration: async () => [],
      evaluate: async () => ({ quality: 0, metrics: {} }),
    };
    // Trained and pruned at another side than it is deployed at.
    const other = buildSaliency(config, 3, 128);
    const shapes = saliencyInputShapes({ ...config, side: 128 });
    const { graph } = await pass.apply(other, { task: { ...task, inputShapes: shapes }, seed: 1 });
    expect(first(graph)).not.toEqual(first(trained));
    const bound = await run(deployedSaliency(graph, choice));
    expect(bound.saliency).toHaveLength(64 * 64);
    const { graph: pruned } = await pass.apply(trained, { task, seed: 1 });
    expect(first(pruned)).not.toEqual(first(trained));
    await expectDeployed(pruned, choice);
  });

  it('leaves a deployed graph as it is', () => {
    const deployed = deployedSaliency(trained);
    expect(deployedSaliency(deployed)).toBe(deployed);
  });
});
