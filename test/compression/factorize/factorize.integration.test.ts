import { beforeAll, describe, expect, it } from 'vitest';
import { METHODS } from '../../../compression/factorize/decompose/methods.js';
import { type FactorizeOptions, factorize } from '../../../compression/factorize/factorize.js';
import { multiplyOut } from '../../../compression/factorize/multiply-out.js';
import type { CompressionTask, PassContext } from '../../../compression/pass.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { costOf } from '../../../models/graph/cost.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import {
  maxDifference,
  parity,
  randomFeed,
  runInTfjs,
  TOLERANCE,
  withRandomStatistics,
} from '../export/onnx/parity.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const INPUT = [2, 9, 11, 8];

function built(build: (b: GraphBuilder, x: ValueId) => ValueId): Graph {
  const b = new GraphBuilder('test', { seed: 3 });
  return withRandomStatistics(b.finish([build(b, b.input('x', [null, null, null, 8]))]));
}

/** The weight of "layer" made of fewer terms than it could hold, so that a low rank is exact. */
function ofRank(graph: Graph, rank: number): Graph {
  const [id, param] = [...graph.params].find(([name]) => name.endsWith('layer/weight'))!;
  const cout = param.shape.at(-1)!;
  const data = param.data.map((_, at) => {
    const [row, o] = [Math.floor(at / cout), at % cout];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += Math.sin(1 + row * (k + 1.7)) * Math.cos(2 + o * (k + 0.6));
    return 0.3 * sum;
  });
  return { ...graph, params: new Map([...graph.params, [id, { ...param, data }]]) };
}

const layers: [string, Graph][] = [
  ['a 3×3 convolution', built((b, x) => b.conv(x, { name: 'layer', filters: 24, kernel: [3, 3] }))],
  [
    'strides [2, 1] without bias',
    built((b, x) => b.conv(x, { name: 'layer', filters: 24, kernel: [3, 3], strides: [2, 1], bias: false })),
  ],
  [
    'dilations and uneven pads',
    built((b, x) =>
      b.conv(x, { name: 'layer', filters: 24, kernel: [3, 3], dilations: [2, 1], pads: [1, 2, 3, 0] }),
    ),
  ],
  ['no pads', built((b, x) => b.conv(x, { name: 'layer', filters: 24, kernel: [3, 5], pads: 'valid' }))],
  [
    'a 1×5 convolution with strides [2, 3]',
    built((b, x) => b.conv(x, { name: 'layer', filters: 24, kernel: [1, 5], strides: [2, 3] })),
  ],
  [
    'a padded 1×1 convolution with strides',
    built((b, x) =>
      b.conv(x, { name: 'layer', filters: 24, kernel: [1, 1], strides: [2, 2], pads: [1, 0, 0, 1] }),
    ),
  ],
  ['a dense layer', built((b, x) => b.dense(x, { name: 'layer', units: 24 }))],
];

const context: PassContext = { seed: 1 };
const apply = async (graph: Graph, options: Parameters<typeof factorize>[0], given = context) => {
  const before = structuredClone([...graph.params]);
  const result = await factorize(options).apply(graph, given);
  expect([...graph.params]).toEqual(before);
  validate(result.graph);
  return result;
};

function difference(a: Graph, b: Graph): number {
  const feeds = { x: randomFeed(INPUT, 5) };
  return maxDifference(runInTfjs(a, feeds), runInTfjs(b, feeds));
}

function rootMeanSquare(a: Graph, b: Graph): number {
  const feeds = { x: randomFeed(INPUT, 5) };
  const [y, z] = [runInTfjs(a, feeds)[0]!.data, runInTfjs(b, feeds)[0]!.data];
  return Math.sqrt(y.reduce((sum, value, i) => sum + (value - z[i]!) ** 2, 0) / y.length);
}

describe.each(layers)('%s', (_, graph) => {
  it('is multiplied out again', async () => {
    const { graph: thin } = await apply(graph, { method: 'svd', rank: 3, multiple: 1, minSaving: 0 });
    const whole = multiplyOut(thin);
    expect(whole.nodes).toEqual(graph.nodes);
    expect([...whole.params.keys()].sort()).toEqual([...graph.params.keys()].sort());
    expect(difference(thin, whole)).toBeLessThan(1e-5);
  });

  it.each(METHODS)('by %s at the full rank does what it did', async (method) => {
    // A saving below 0 can't be asked for, so the full rank is reached on a layer that needs few terms.
    const thin = ofRank(graph, 2);
    const result = await apply(thin, { method, energy: 1 - 1e-12, multiple: 1, minSaving: 0 });
    expect(result.report.layers).toHaveLength(1);
    expect(result.graph.nodes.length).toBeGreaterThan(1);
    expect(difference(thin, result.graph)).toBeLessThan(1e-4);
    expect(await parity(result.graph, { x: randomFeed(INPUT, 6) })).toBeLessThan(TOLERANCE);
  });

  it('errs less the higher the rank', async () => {
    const errors: number[] = [];
    for (const rank of [1, 2, 4, 6]) {
      const result = await apply(graph, { method: 'svd', rank, multiple: 1, minSaving: 0 });
      if (result.report.layers.length > 0) errors.push(rootMeanSquare(graph, result.graph));
    }
    expect(errors.length).toBeGreaterThanOrEqual(3);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(errors.at(-1)).toBeLessThan(errors[0]!);
  });
});

/** Convolutions of every kind, two of them tied. */
function network(): Graph {
  const b = new GraphBuilder('network', { seed: 5 });
  const x = b.input('x', [null, 16, null, 8]);
  let y = b.relu(b.batchNorm(b.conv(x, { name: 'stem', filters: 32, kernel: [3, 3], bias: false })));
  y = b.relu(b.conv(y, { name: 'tied1', filters: 32, kernel: [3, 3] }));
  y = b.relu(b.conv(y, { name: 'tied2', filters: 32, kernel: [3, 3] }));
  y = b.relu(b.depthwiseConv(y, { name: 'depthwise', kernel: [3, 3] }));
  y = b.conv(y, { name: 'grouped', filters: 32, kernel: [3, 3], groups: 4 });
  y = b.relu(b.convTranspose(y, { name: 'up', filters: 16, kernel: [2, 2], strides: [2, 2] }));
  const graph = b.finish([b.dense(b.globalAveragePool(y), { name: 'scores', units: 40 })]);
  const nodes = graph.nodes.map((node) =>
    node.id === 'tied2' ? { ...node, params: { ...node.params, weight: 'tied1/weight' } } : node,
  );
  const params = new Map(graph.params);
  params.delete('tied2/weight');
  return validate(withRandomStatistics({ ...graph, nodes, params }));
}

const inputShapes = { x: [1, 16, 24, 8] };

function taskFor(graph: Graph, more: Partial<CompressionTask> = {}): CompressionTask {
  const feeds = Array.from({ length: 3 }, (_, i) => ({ x: randomFeed(inputShapes.x, i) }));
  return {
    inputShapes,
    calibration: async (count) => feeds.slice(0, count),
    evaluate: async (other) => ({
      quality: -maxDifference(runInTfjs(graph, feeds[0]!), runInTfjs(other, feeds[0]!)),
      metrics: {},
    }),
    ...more,
  };
}

describe('a network', () => {
  const graph = network();
  const withTask: PassContext = { seed: 1, task: taskFor(graph) };

  it.each(['tied1', 'tied2'])('leaves tied layers whole where %s is excluded', async (excluded) => {
    const { graph: thin, report } = await apply(graph, { rank: 0.3, exclude: [excluded] });
    expect(thin.nodes.filter(({ id }) => id.startsWith('tied')).map(({ id }) => id)).toEqual([
      'tied1',
      'tied2',
    ]);
    const reasons = report.skipped.filter(({ node }) => node.startsWith('tied'));
    expect(reasons.map(({ node }) => node)).toEqual(['tied1', 'tied2']);
    for (const { reason } of reasons) expect(reason).toContain('it is excluded');
  });

  it('keeps tied layers tied, and tells why others stay', async () => {
    const result = await apply(graph, { method: 'tucker', rank: 0.5 });
    expect(result.report.layers.map(({ node }) => node)).toEqual(expect.arrayContaining(['tied1', 'tied2']));
    const cores = result.graph.nodes.filter(({ id }) => /tied.\/core/.test(id));
    expect(cores.map(({ params }) => params.weight)).toEqual(['tied1/core/weight', 'tied1/core/weight']);
    const expands = result.graph.nodes.filter(({ id }) => /tied.\/expand/.test(id));
    expect(expands.map(({ params }) => params.bias)).toEqual(['tied1/bias', 'tied2/bias']);
    const reasons = Object.fromEntries(result.report.skipped.map(({ node, reason }) => [node, reason]));
    expect(reasons).toMatchObject({
      depthwise: 'it is depthwise',
      grouped: 'it is a grouped convolution',
      up: 'there is no method for ConvTranspose',
    });
  });

  it('leaves out what is not included, what is excluded and what is encoded', async () => {
    const values = Float32Array.from([0, 1]);
    const param = graph.params.get('tied1/weight')!;
    const encoded: Graph = {
      ...graph,
      params: new Map([
        ...graph.params,
        [
          'tied1/weight',
          { ...param, data: param.data.map((v) => Number(v > 0)), encoding: { kind: 'codebook', values } },
        ],
      ]),
    };
    const { report } = await apply(encoded, { rank: 0.3, include: ['s*', 'tied*'], exclude: ['stem'] });
    expect(report.layers.map(({ node }) => node)).toEqual(['scores']);
    const reasons = Object.fromEntries(report.skipped.map(({ node, reason }) => [node, reason]));
    expect(reasons.stem).toMatch(/excluded/);
    expect(reasons.tied1).toMatch(/codes/);
    expect(reasons.up).toMatch(/include/);
  });

  it.each<[string, Partial<FactorizeOptions>]>([
    ['macs', { budget: { macs: 0.6 } }],
    ['bytes', { budget: { bytes: 0.6 } }],
    ['macs, by the weights alone', { budget: { macs: 0.6 }, measure: 'weights' }],
  ])('meets a budget of %s', async (_, options) => {
    const result = await apply(graph, options, withTask);
    const cost = (of: Graph) => {
      const { macs, params } = costOf(of, inputShapes);
      return options.budget && 'macs' in options.budget ? macs : params;
    };
    expect(cost(result.graph)).toBeLessThanOrEqual(0.6 * cost(graph));
    expect(cost(result.graph)).toBeGreaterThan(0.4 * cost(graph));
  });

  it('counts in the report what the graph costs', async () => {
    const result = await apply(graph, { method: 'cp', rank: 0.1 }, withTask);
    const sum = (name: string) =>
      result.report.layers.reduce((all, { figures }) => all + Number(figures[name]), 0);
    // Tied layers: each names the MACs of both.
    const tied = result.report.layers.find(({ node }) => node === 'tied2')!.figures;
    const saved = sum('macsBefore') - sum('macsAfter') - (Number(tied.macsBefore) - Number(tied.macsAfter));
    expect(costOf(graph, inputShapes).macs - costOf(result.graph, inputShapes).macs).toBe(saved);
  });

  it('stays within a tolerance of output error, and of quality', async () => {
    for (const [measure, tolerance] of [
      ['output', 0.01],
      ['quality', 0.05],
    ] as const) {
      const tight = await apply(graph, { tolerance, measure }, withTask);
      const loose = await apply(graph, { tolerance: 100 * tolerance, measure }, withTask);
      expect(costOf(loose.graph, inputShapes).macs).toBeLessThan(costOf(tight.graph, inputShapes).macs);
    }
  });

  it('errs less where it is fitted to what the layers answer', async () => {
    const options = { method: 'svd', rank: 4, multiple: 1, include: ['tied*', 'stem', 'scores'] } as const;
    const feeds = await withTask.task!.calibration(3);
    const errorOf = async (fit: 'weights' | 'responses') => {
      const { graph: thin } = await apply(graph, { ...options, fit, fitSamples: 3 }, withTask);
      return feeds.reduce((sum, feed) => {
        const [wanted, found] = [runInTfjs(graph, feed)[0]!.data, runInTfjs(thin, feed)[0]!.data];
        return sum + wanted.reduce((all, value, i) => all + (value - found[i]!) ** 2, 0);
      }, 0);
    };
    expect(await errorOf('responses')).toBeLessThan(0.7 * (await errorOf('weights')));
  });

  it('tells the share of the answers that is lost', async () => {
    const only = {
      method: 'svd',
      multiple: 1,
      include: ['scores'],
      fit: 'responses',
      fitSamples: 3,
    } as const;
    const { graph: thin, report } = await apply(graph, { ...only, rank: 1 }, withTask);
    let [lost, all] = [0, 0];
    const bias = graph.params.get('scores/bias')!.data;
    for (const feed of await withTask.task!.calibration(3)) {
      const [wanted, found] = [runInTfjs(graph, feed)[0]!.data, runInTfjs(thin, feed)[0]!.data];
      wanted.forEach((value, i) => {
        lost += (value - found[i]!) ** 2;
        all += (value - bias[i % bias.length]!) ** 2;
      });
    }
    expect(report.layers[0]!.figures.relativeError).toBeCloseTo(Math.sqrt(lost / all), 4);
  });

  it('tunes what came out, where it is told to', async () => {
    const calls: unknown[] = [];
    const tune: CompressionTask['tune'] = async (other, options) => {
      calls.push(options);
      return { ...other, name: 'tuned' };
    };
    const task = taskFor(graph, { tune });
    const result = await apply(graph, { rank: 0.3, minutes: 2, learningRate: 1e-3 }, { seed: 1, task });
    expect(result.graph.name).toBe('tuned');
    expect(calls).toEqual([{ minutes: 2, name: 'factorize', learningRate: 1e-3 }]);
  });

  it.each<[string, Parameters<typeof factorize>[0], PassContext]>([
    ['an impossible budget', { budget: { macs: 10 } }, withTask],
    ['a budget of MACs without data', { budget: { macs: 0.5 } }, context],
    ['output error without data', { tolerance: 0.1, measure: 'output' }, context],
    ['fitting to answers without data', { rank: 4, fit: 'responses' }, context],
    ['tuning without data', { rank: 0.3, minutes: 1 }, context],
    ['tuning without training data', { rank: 0.3, minutes: 1 }, withTask],
  ])('refuses %s', async (_, options, given) => {
    await expect(apply(graph, options, given)).rejects.toMatchObject({ code: 'invalid_config' });
  });

  it('refuses two criteria, answers by another method, and an empty calibration set', async () => {
    expect(() => factorize({ rank: 2, energy: 0.5 })).toThrow(/at most one/);
    expect(() => factorize({ rank: 2, method: 'tucker', fit: 'responses' })).toThrow(/svd alone/);
    const task = taskFor(graph, { calibration: async () => [] });
    await expect(apply(graph, { tolerance: 0.1 }, { seed: 1, task })).rejects.toMatchObject({
      code: 'invalid_data',
    });
  });
});
