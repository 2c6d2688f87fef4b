/** What graphs come to in PyTorch, beside the engine's: outputs, gradients, running statistics. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../../models/base/paths.js';
import { Random } from '../../../../models/base/random.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import { execute } from '../../../../models/graph/execute.js';
import type { Graph, ValueId } from '../../../../models/graph/ir.js';
import { loadGraph, saveGraph } from '../../../../models/graph/serialize.js';
import { createVariables } from '../../../../models/graph/variables.js';
import { runTorch, WITHOUT_TORCH } from './torch.js';

interface Values {
  readonly shape: number[];
  readonly data: number[];
}

interface Run {
  readonly outputs: Values[];
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly statistics: Readonly<Record<string, number[]>>;
}

const folder = await mkdtemp(join(tmpdir(), 'pocketlens-torch-'));
beforeAll(async () => {
  await loadEngine();
});
afterAll(() => rm(folder, { recursive: true }));

/** Everything that the networks which are distilled there are made of. */
const GRAPHS: Record<string, (b: GraphBuilder) => ValueId[]> = {
  'convolutions of every padding, stride, dilation and group': (b) => {
    const x = b.input('x', [null, null, null, 4]);
    const odd = b.conv(x, { name: 'odd', filters: 6, kernel: [3, 3], strides: [2, 2] });
    const wide = b.conv(x, {
      name: 'wide',
      filters: 6,
      kernel: [3, 2],
      dilations: [2, 1],
      pads: [1, 0, 0, 2],
    });
    const own = b.depthwiseConv(b.relu(odd), { name: 'own', kernel: [3, 3], strides: [2, 2] });
    const grouped = b.conv(wide, { name: 'grouped', filters: 4, kernel: [1, 3], groups: 2, pads: 'valid' });
    return [own, grouped];
  },
  'normalisation, activations and sums': (b) => {
    const x = b.input('x', [null, null, null, 4]);
    const normed = b.batchNorm(b.conv(x, { name: 'conv', filters: 4, kernel: [3, 3] }), { name: 'norm' });
    const clipped = b.clip(normed, { min: 0, max: 0.7 });
    const gate = b.sigmoid(normed);
    const mean = b.reduceMean(normed, { axes: [1, 2], keepdims: true });
    return [b.add(b.mul(clipped, b.sub(normed, mean)), b.relu(x)), gate];
  },
  'resizing and blocks': (b) => {
    const x = b.input('x', [null, null, null, 4]);
    const conv = b.conv(x, { name: 'conv', filters: 8, kernel: [1, 1] });
    const linear = b.resize(conv, { scales: [2, 4], mode: 'linear' });
    const nearest = b.resize(conv, { scales: [2, 4], mode: 'nearest' });
    return [b.concat([linear, nearest]), b.depthToSpace(conv, { blocksize: 2 })];
  },
  matrices: (b) => {
    const x = b.input('x', [null, 6, 8, 4]);
    const mixing = b.input('mixing', [null, 5, 48]);
    const cells = b.reshape(b.conv(x, { name: 'conv', filters: 3, kernel: [1, 1] }), [0, -1, 3]);
    const mixed = b.matMul(mixing, cells);
    const hidden = b.relu(
      b.dense(b.concat([mixed, b.sub(mixed, b.reduceMean(mixed, { axes: [1], keepdims: true }))]), {
        name: 'dense',
        units: 6,
      }),
    );
    return [b.reshape(hidden, [0, 5, 6, 1])];
  },
};

/** By the engine. */
async function reference(graph: Graph, feeds: Readonly<Record<string, Values>>): Promise<Run> {
  const variables = createVariables(graph);
  const statistics = new Map<string, tf.Tensor>();
  const inputs = Object.entries(feeds).map(([id, { shape, data }]) => [id, tf.tensor(data, shape)] as const);
  const options = {
    variables,
    training: true,
    onStatistics: (id: string, value: tf.Tensor, momentum: number) => {
      const moved = tf.add(tf.mul(variables.get(id)!, momentum), tf.mul(value, 1 - momentum));
      statistics.set(id, tf.keep(moved));
    },
  };
  const outputs = tf.tidy(() => execute(graph, Object.fromEntries(inputs), options));
  statistics.clear();
  const trained = [...variables.values()].filter(({ trainable }) => trainable);
  const { grads } = tf.variableGrads(() => {
    const values = execute(graph, Object.fromEntries(inputs), options);
    return tf.addN(values.map((value) => tf.mul(tf.sum(tf.square(value)), 0.5))) as tf.Scalar;
  }, trained);
  const idOf = new Map([...variables].map(([id, { name }]) => [name, id]));
  return {
    outputs: outputs.map((value) => ({ shape: value.shape, data: [...value.dataSync()] })),
    gradients: Object.fromEntries(
      Object.entries(grads).map(([name, g]) => [idOf.get(name)!, [...g.dataSync()]]),
    ),
    statistics: Object.fromEntries([...statistics].map(([id, value]) => [id, [...value.dataSync()]])),
  };
}

function expectClose(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  // A bias before a normalisation has a gradient of 0, give or take the rounding.
  const scale = Math.max(0.1, ...wanted.map(Math.abs));
  const worst = Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)));
  expect(worst / scale).toBeLessThan(tolerance);
}

describe.skipIf(WITHOUT_TORCH)('operators in PyTorch', () => {
  it.each(Object.entries(GRAPHS))('%s', async (name, build) => {
    const b = new GraphBuilder('graph', { seed: 4 });
    const graph = b.finish(build(b));
    const random = new Random(2, name);
    const feeds = Object.fromEntries(
      graph.inputs.map(({ id, shape }) => {
        const sizes = shape.map((size, axis) => size ?? [2, 9, 10][axis]!);
        const count = sizes.reduce((product, size) => product * size, 1);
        return [id, { shape: sizes, data: Array.from({ length: count }, () => random.normal()) }];
      }),
    );
    const at = (file: string) => join(folder, file);
    await saveGraph(at('graph.safetensors'), graph);
    await writeFile(at('feeds.json'), JSON.stringify(feeds));
    const script = join(packageRoot(), 'test/apps/train/torch/run_graph.py');
    const stdout = await runTorch([
      script,
      at('graph.safetensors'),
      at('feeds.json'),
      at('written.safetensors'),
    ]);
    const found = JSON.parse(stdout) as Run;
    const wanted = await reference(graph, feeds);
    found.outputs.forEach(({ shape, data }, i) => {
      expect(shape).toEqual(wanted.outputs[i]!.shape);
      expectClose(data, wanted.outputs[i]!.data, 1e-5);
    });
    expect(Object.keys(found.gradients).sort()).toEqual(Object.keys(wanted.gradients).sort());
    for (const [id, gradient] of Object.entries(found.gradients))
      expectClose(gradient, wanted.gradients[id]!, 1e-4);
    expect(Object.keys(found.statistics).sort()).toEqual(Object.keys(wanted.statistics).sort());
    // PyTorch's running variance is that of the population that the batch is a sample of.
    for (const [id, values] of Object.entries(found.statistics))
      expectClose(values, wanted.statistics[id]!, 0.02);
    const written = await loadGraph(at('written.safetensors'));
    expect(written.nodes).toEqual(graph.nodes);
    for (const [id, { data, shape }] of written.params) {
      expect(shape).toEqual(graph.params.get(id)!.shape);
      if (graph.params.get(id)!.trainable) expect(data).toEqual(graph.params.get(id)!.data);
    }
  });
});
