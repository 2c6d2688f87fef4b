import { beforeAll, describe, expect, it } from 'vitest';
import { foldBatchNorm, foldedLike } from '../../../compression/cleanup/fold-batch-norm.js';
import { quantize } from '../../../compression/quantize/quantize.js';
import { clusterWeights } from '../../../compression/share/cluster-weights.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { composedGraphs } from '../export/onnx/composed-graphs.js';
import { maxDifference, randomFeed, runInTfjs, withRandomStatistics } from '../export/onnx/parity.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

function built(
  build: (b: GraphBuilder, x: ValueId) => ValueId[],
  shape = [null, 6, 7, 3] as (number | null)[],
): Graph {
  const b = new GraphBuilder('test', { seed: 3 });
  return withRandomStatistics(b.finish(build(b, b.input('x', shape))));
}

const count = (graph: Graph) => graph.nodes.filter((node) => node.op === 'BatchNormalization').length;

function difference(a: Graph, b: Graph, shape = [2, 6, 7, 3]): number {
  const feeds = { [a.inputs[0]!.id]: randomFeed(shape, 5) };
  const expected = runInTfjs(a, feeds);
  // Relative where values are large: float32 has seven digits.
  const scale = expected.flatMap(({ data }) => [...data]).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  return maxDifference(expected, runInTfjs(b, feeds)) / scale;
}

const foldable: [string, Graph, number[]?][] = [
  [
    'a convolution without bias',
    built((b, x) => [b.batchNorm(b.conv(x, { filters: 5, kernel: [3, 3], bias: false }))]),
  ],
  ['a convolution with bias', built((b, x) => [b.batchNorm(b.conv(x, { filters: 5, kernel: [3, 3] }))])],
  [
    'two groups',
    built((b, x) => [b.batchNorm(b.conv(b.concat([x, x]), { filters: 4, kernel: [3, 1], groups: 2 }))]),
  ],
  ['a depthwise convolution', built((b, x) => [b.batchNorm(b.depthwiseConv(x, { kernel: [3, 3] }))])],
  [
    'a transposed convolution',
    built((b, x) => [b.batchNorm(b.convTranspose(x, { filters: 4, kernel: [2, 3], strides: [2, 2] }))]),
  ],
  [
    'a dense layer over time',
    built((b, x) => [b.batchNorm(b.dense(x, { units: 4, bias: false }))], [null, null, 3]),
    [2, 5, 3],
  ],
];

describe.each(foldable)('%s', (_, graph, shape) => {
  it('takes the normalisation in, its function unchanged', () => {
    const before = structuredClone([...graph.params]);
    const folded = foldBatchNorm(graph);
    expect(folded.report.folded).toHaveLength(1);
    expect(count(validate(folded.graph))).toBe(0);
    expect(folded.graph.params.size).toBe(2);
    expect(difference(graph, folded.graph, shape)).toBeLessThanOrEqual(1e-5);
    expect([...graph.params]).toEqual(before);
  });
});

const kept: [string, Graph, RegExp][] = [
  ['an input', built((b, x) => [b.batchNorm(x)]), /input of the graph/],
  [
    'an activation',
    built((b, x) => [b.batchNorm(b.relu(b.conv(x, { filters: 2, kernel: [1, 1] })))]),
    /comes from Relu/,
  ],
  [
    'a convolution that others read too',
    built((b, x) => {
      const y = b.conv(x, { filters: 2, kernel: [1, 1] });
      return [b.add(b.batchNorm(y), y)];
    }),
    /used elsewhere/,
  ],
  [
    'a convolution that is an output',
    built((b, x) => {
      const y = b.conv(x, { filters: 2, kernel: [1, 1] });
      return [b.batchNorm(y), y];
    }),
    /used elsewhere/,
  ],
  [
    'a product of two values',
    built((b, x) => [b.batchNorm(b.matMul(x, b.transpose(x, [0, 1, 3, 2])))], [2, 6, 7, 3]),
    /no constant weight/,
  ],
  [
    'a convolution tied to one without normalisation',
    built((b, x) => {
      const y = b.batchNorm(b.conv(x, { name: 'first', filters: 3, kernel: [3, 3] }));
      return [b.conv(y, { filters: 3, kernel: [3, 3], tiedTo: 'first' })];
    }),
    /shares its weights/,
  ],
  [
    'tied convolutions with normalisations of their own',
    built((b, x) => {
      const y = b.batchNorm(b.conv(x, { name: 'first', filters: 3, kernel: [3, 3] }));
      return [b.batchNorm(b.conv(y, { filters: 3, kernel: [3, 3], tiedTo: 'first' }))];
    }),
    /not normalised alike/,
  ],
];

describe.each(kept)('after %s', (_, graph, reason) => {
  it('the normalisation stays, with the reason', () => {
    const { graph: same, report } = foldBatchNorm(graph);
    expect(report.folded).toEqual([]);
    for (const entry of report.kept) expect(entry.reason).toMatch(reason);
    expect(count(same)).toBe(count(graph));
    expect(difference(graph, same)).toBe(0);
  });
});

it('leaves weights alone that are codes, and says so', async () => {
  const graph = built((b, x) => [b.batchNorm(b.conv(x, { filters: 4, kernel: [3, 3], bias: false }))]);
  for (const pass of [quantize({ activations: 'none' }), clusterWeights({ clusters: 4, minWeights: 1 })]) {
    const { graph: coded } = await pass.apply(graph, { seed: 1 });
    const { graph: same, report } = foldBatchNorm(coded);
    expect(report.kept[0]!.reason).toMatch(/are codes/);
    expect(difference(coded, validate(same))).toBe(0);
  }
});

it('folds tied blocks once and leaves them tied', () => {
  const graph = built((b, x) => {
    const y = b.batchNorm(b.conv(x, { name: 'conv', filters: 3, kernel: [3, 3], bias: false }), {
      name: 'norm',
    });
    const z = b.conv(y, { filters: 3, kernel: [3, 3], tiedTo: 'conv' });
    return [b.batchNorm(z, { tiedTo: 'norm' })];
  });
  const { graph: folded, report } = foldBatchNorm(graph);
  expect(report.folded).toHaveLength(2);
  expect([...folded.params.keys()]).toEqual(['conv/weight', 'conv/bias']);
  expect(difference(graph, folded)).toBeLessThanOrEqual(1e-5);
});

describe.each(composedGraphs.filter(({ graph }) => count(graph) > 0))('$name', ({ graph, shapes }) => {
  it('computes the same with every convolution folded', () => {
    const { graph: folded, report } = foldBatchNorm(graph);
    for (const { reason } of report.kept) expect(reason).toMatch(/comes from Tanh/);
    expect(count(validate(folded))).toBe(report.kept.length);
    for (const inputs of shapes) {
      expect(difference(graph, folded, [...Object.values(inputs)[0]!])).toBeLessThanOrEqual(1e-5);
    }
  });
});

it('foldedLike folds those alone that the other graph has no more', () => {
  const graph = built((b, x) => {
    const y = b.relu(
      b.batchNorm(b.conv(x, { name: 'one', filters: 4, kernel: [3, 3] }), { name: 'one-norm' }),
    );
    return [b.batchNorm(b.conv(y, { name: 'two', filters: 4, kernel: [3, 3] }), { name: 'two-norm' })];
  });
  const partly = foldBatchNorm(graph, ({ id }) => id === 'two-norm').graph;
  expect(foldedLike(graph, graph)).toEqual(graph);
  const like = foldedLike(graph, partly);
  expect(like).toEqual(partly);
  expect(like.nodes.map(({ id }) => id)).toContain('one-norm');
  expect(like.params.get('one/weight')).toBe(graph.params.get('one/weight'));
  expect(like.params.get('two/weight')).not.toBe(graph.params.get('two/weight'));
});
