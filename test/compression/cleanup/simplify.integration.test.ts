import { beforeAll, describe, expect, it } from 'vitest';
import { removeDeadNodes } from '../../../compression/cleanup/remove-dead-nodes.js';
import { foldConstants, fuseActivations, removeIdentities } from '../../../compression/cleanup/simplify.js';
import type { Pass } from '../../../compression/pass.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph, Node, ValueId } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { composedGraphs } from '../export/onnx/composed-graphs.js';
import { maxDifference, randomFeed, runInTfjs, withRandomStatistics } from '../export/onnx/parity.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

type Build = (b: GraphBuilder, x: ValueId) => ValueId[];
const SHAPE = [2, 6, 8, 4];

function built(build: Build, shape: readonly (number | null)[] = [null, 6, 8, 4]): Graph {
  const b = new GraphBuilder('test', { seed: 3 });
  return withRandomStatistics(b.finish(build(b, b.input('x', [...shape]))));
}
function difference(a: Graph, b: Graph, shape: readonly number[] = SHAPE): number {
  const feeds = { [a.inputs[0]!.id]: randomFeed(shape, 5) };
  const expected = runInTfjs(a, feeds);
  const scale = expected.flatMap(({ data }) => [...data]).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  return maxDifference(expected, runInTfjs(b, feeds)) / scale;
}
const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);
const apply = async (pass: Pass, graph: Graph) => pass.apply(graph, { seed: 1 });

const identities: [string, Build, string[]][] = [
  ['an Identity', (b, x) => [b.relu(b.identity(x))], ['Relu']],
  ['an Identity that is the output', (b, x) => [b.identity(b.relu(x))], ['Relu']],
  ['an Identity of an input that is the output', (b, x) => [b.identity(x)], ['Identity']],
  [
    'two transposes that undo each other',
    (b, x) => [b.relu(b.transpose(b.transpose(x, [0, 2, 3, 1]), [0, 3, 1, 2]))],
    ['Relu'],
  ],
  [
    'two transposes that make one',
    (b, x) => [b.relu(b.transpose(b.transpose(x, [0, 2, 3, 1]), [0, 2, 1, 3]))],
    ['Transpose', 'Relu'],
  ],
  [
    'a squeeze and its unsqueeze',
    (b, x) => {
      const pooled = b.reduceMean(x, { axes: [1], keepdims: true });
      return [b.relu(b.unsqueeze(b.squeeze(pooled, [1]), [1]))];
    },
    ['ReduceMean', 'Relu'],
  ],
  [
    'reshapes in a row',
    (b, x) => [b.relu(b.reshape(b.reshape(x, [-1, 4]), [-1, 8, 4]))],
    ['Reshape', 'Relu'],
  ],
  [
    'a reshape that copies a size of the one before',
    (b, x) => [b.relu(b.reshape(b.reshape(x, [-1, 8, 4]), [0, 4, 8]))],
    ['Reshape', 'Reshape', 'Relu'],
  ],
  [
    'empty pads, scaling by one and windows of one',
    (b, x) => [
      b.relu(b.maxPool(b.resize(b.pad(x, [0, 0, 0, 0, 0, 0, 0, 0]), { scales: [1, 1] }), { kernel: [1, 1] })),
    ],
    ['Relu'],
  ],
  [
    'a slice of everything',
    (b, x) => [b.relu(b.slice(x, { starts: [0], ends: [100], axes: [1] }))],
    ['Relu'],
  ],
  [
    'a slice of a part',
    (b, x) => [b.relu(b.slice(x, { starts: [0], ends: [4], axes: [1] }))],
    ['Slice', 'Relu'],
  ],
  [
    'a transpose that others read too',
    (b, x) => {
      const t = b.transpose(x, [0, 2, 1, 3]);
      return [b.relu(b.transpose(t, [0, 2, 1, 3])), b.tanh(t)];
    },
    ['Transpose', 'Relu', 'Tanh'],
  ],
];
it.each(identities)('remove-identities: %s', async (_, build, left) => {
  const graph = built(build);
  const { graph: simple } = await apply(removeIdentities(), graph);
  expect(ops(simple)).toEqual(left);
  expect(simple.outputs).toEqual(graph.outputs);
  expect(difference(graph, simple)).toBe(0);
});

const activations: [string, Build, string[]][] = [
  ['two Relus', (b, x) => [b.relu(b.relu(x))], ['Relu']],
  ['a Relu and a Clip', (b, x) => [b.clip(b.relu(x), { min: -1, max: 0.5 })], ['Clip']],
  ['a Clip and a Relu', (b, x) => [b.relu(b.clip(x, { min: -1, max: 0.5 }))], ['Clip']],
  ['two Clips', (b, x) => [b.clip(b.clip(x, { min: -0.3, max: 2 }), { min: -1, max: 0.5 })], ['Clip']],
  [
    'Clips without overlap',
    (b, x) => [b.clip(b.clip(x, { min: 1, max: 2 }), { min: -1, max: 0.5 })],
    ['Clip', 'Clip'],
  ],
  ['a Relu of a Sigmoid', (b, x) => [b.tanh(b.relu(b.sigmoid(x)))], ['Sigmoid', 'Tanh']],
  ['x · HardSigmoid(x)', (b, x) => [b.mul(x, b.hardSigmoid(x))], ['HardSwish']],
  [
    'x · HardSigmoid(x) of another slope',
    (b, x) => [b.mul(b.hardSigmoid(x, { alpha: 0.2 }), x)],
    ['HardSigmoid', 'Mul'],
  ],
  ['y · HardSigmoid(x)', (b, x) => [b.mul(b.tanh(x), b.hardSigmoid(x))], ['Tanh', 'HardSigmoid', 'Mul']],
];
it.each(activations)('fuse-activations: %s', async (_, build, left) => {
  const graph = built(build);
  const { graph: simple } = await apply(fuseActivations(), graph);
  expect(ops(simple)).toEqual(left);
  expect(difference(graph, simple)).toBeLessThanOrEqual(1e-6);
});

const constants: [string, Build, string[]][] = [
  [
    'a normalisation before a 1×1 convolution',
    (b, x) => [b.conv(b.batchNorm(x), { filters: 3, kernel: [1, 1] })],
    ['Conv'],
  ],
  [
    'before one without pads and bias',
    (b, x) => [b.conv(b.batchNorm(x), { filters: 3, kernel: [3, 3], pads: 'valid', bias: false })],
    ['Conv'],
  ],
  [
    'before a padded one, where the border would change',
    (b, x) => [b.conv(b.batchNorm(x), { filters: 3, kernel: [3, 3] })],
    ['BatchNormalization', 'Conv'],
  ],
  [
    'before groups',
    (b, x) => [b.conv(b.batchNorm(x), { filters: 6, kernel: [2, 2], pads: 'valid', groups: 2 })],
    ['Conv'],
  ],
  [
    'before a depthwise convolution',
    (b, x) => [b.depthwiseConv(b.batchNorm(x), { kernel: [2, 2], pads: 'valid' })],
    ['Conv'],
  ],
  ['before a dense layer', (b, x) => [b.dense(b.batchNorm(x), { units: 5 })], ['MatMul']],
  [
    'before two readers',
    (b, x) => {
      const y = b.batchNorm(x);
      return [b.dense(y, { units: 2 }), b.dense(y, { units: 3 })];
    },
    ['BatchNormalization', 'MatMul', 'MatMul'],
  ],
  ['two normalisations', (b, x) => [b.relu(b.batchNorm(b.batchNorm(x)))], ['BatchNormalization', 'Relu']],
  [
    'a Pad of zeros before a convolution',
    (b, x) => [b.conv(b.pad(x, [0, 1, 2, 0, 0, 3, 0, 0]), { filters: 2, kernel: [3, 3], pads: 'valid' })],
    ['Conv'],
  ],
  [
    'before one with pads of its own',
    (b, x) => [
      b.conv(b.pad(x, [0, 1, 0, 0, 0, 1, 0, 0]), { filters: 2, kernel: [3, 3], pads: [0, 1, 0, 1] }),
    ],
    ['Conv'],
  ],
  [
    'a Pad of ones',
    (b, x) => [
      b.conv(b.pad(x, [0, 1, 2, 0, 0, 3, 0, 0], { value: 1 }), { filters: 2, kernel: [3, 3], pads: 'valid' }),
    ],
    ['Pad', 'Conv'],
  ],
];
it.each(constants)('fold-constants: %s', async (_, build, left) => {
  const graph = built(build);
  const before = structuredClone([...graph.params]);
  const { graph: simple } = await apply(foldConstants(), graph);
  expect(ops(simple)).toEqual(left);
  expect(difference(graph, simple)).toBeLessThanOrEqual(1e-5);
  expect([...graph.params]).toEqual(before);
});

it('fold-constants: a normalisation that multiplies by one', async () => {
  const b = new GraphBuilder('test', { seed: 3 });
  const graph = b.finish([b.relu(b.batchNorm(b.input('x', [null, 3]), { name: 'norm', epsilon: 1e-9 }))]);
  expect(ops((await apply(foldConstants(), graph)).graph)).toEqual(['Relu']);
});

describe('remove-dead-nodes', () => {
  const graph = built((b, x) => {
    const y = b.conv(x, { name: 'trunk', filters: 2, kernel: [1, 1] });
    return [b.relu(y, { name: 'main' }), b.conv(y, { name: 'side', filters: 1, kernel: [1, 1] })];
  });
  it('leaves a graph without dead nodes as it is', async () => {
    expect((await apply(removeDeadNodes(), graph)).graph).toEqual(graph);
  });
  it('takes away what only other outputs need, with its weights', async () => {
    const { graph: main, report } = await apply(removeDeadNodes({ outputs: ['main'] }), graph);
    expect(ops(main)).toEqual(['Conv', 'Relu']);
    expect([...main.params.keys()]).toEqual(['trunk/weight', 'trunk/bias']);
    expect(report.layers).toEqual([{ node: 'side', figures: { removed: 'Conv' } }]);
  });
  it('mends a graph with nodes that lead nowhere', async () => {
    const dead: Node = { id: 'dead', op: 'Relu', inputs: ['main'], outputs: ['dead'], params: {}, attrs: {} };
    const dangling = { ...graph, nodes: [...graph.nodes, dead] };
    expect(() => validate(dangling)).toThrow();
    expect((await apply(removeDeadNodes(), dangling)).graph).toEqual(graph);
  });
  it('refuses an output that is not there', async () => {
    await expect(apply(removeDeadNodes({ outputs: ['trunk'] }), graph)).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
});

it.each(composedGraphs.map(({ name, graph, shapes }) => [name, graph, shapes] as const))(
  '%s computes the same after all of them',
  async (_, graph, shapes) => {
    let simple = graph;
    for (const pass of [removeIdentities(), fuseActivations(), foldConstants(), removeDeadNodes()])
      simple = (await apply(pass, simple)).graph;
    for (const inputs of shapes) {
      if (Object.keys(inputs).length > 1) continue;
      expect(difference(graph, simple, Object.values(inputs)[0]!)).toBeLessThanOrEqual(1e-5);
    }
  },
);
