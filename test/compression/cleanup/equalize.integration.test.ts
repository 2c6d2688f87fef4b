import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { correctBias, correctBiasBy } from '../../../compression/cleanup/correct-bias.js';
import { equalizeWeights } from '../../../compression/cleanup/equalize-weights.js';
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import type { Feeds } from '../../../compression/pass.js';
import { quantize } from '../../../compression/quantize/quantize.js';
import { Random } from '../../../models/base/random.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { type AffineEncoding, codesOf, decodeCodes } from '../../../models/graph/encoding.js';
import type { Graph, ValueId } from '../../../models/graph/ir.js';
import { saveGraph } from '../../../models/graph/serialize.js';
import { maxDifference, randomFeed, runInTfjs, withRandomStatistics } from '../export/onnx/parity.js';

let folder = '';
beforeAll(async () => {
  await loadEngine({ quiet: true });
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-cleanup-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SHAPE = [2, 8, 8, 3];
type Build = (b: GraphBuilder, x: ValueId) => ValueId;

/** Channels of very unlike size, as batch normalisation leaves them. */
function built(build: Build): Graph {
  const b = new GraphBuilder('test', { seed: 3 });
  const graph = withRandomStatistics(b.finish([build(b, b.input('x', [null, 8, 8, 3]))]));
  const params = new Map(graph.params);
  for (const node of graph.nodes) {
    if (node.op === 'Conv' && node.params.weight) {
      const weight = params.get(node.params.weight)!;
      const cout = weight.shape[3]!;
      const random = new Random(1, node.id);
      const sizes = Array.from({ length: cout }, () => Math.exp(random.normal(0, 1.5)));
      params.set(node.params.weight, { ...weight, data: weight.data.map((w, i) => w * sizes[i % cout]!) });
    }
  }
  return { ...graph, params };
}
function difference(a: Graph, b: Graph): number {
  const feeds = { x: randomFeed(SHAPE, 5) };
  const expected = runInTfjs(a, feeds);
  const scale = expected.flatMap(({ data }) => [...data]).reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  return maxDifference(expected, runInTfjs(b, feeds)) / scale;
}
/** Weights rounded to so many bits, one scale a tensor, as encoded params. */
function rounded(graph: Graph, bits: number): Graph {
  const params = new Map(graph.params);
  for (const [id, param] of params) {
    if (!id.endsWith('weight')) continue;
    const most = 2 ** (bits - 1) - 1;
    const scale = Math.fround(param.data.reduce((m, w) => Math.max(m, Math.abs(w)), 0) / most);
    const encoding: AffineEncoding = {
      kind: 'affine',
      bits,
      signed: true,
      scaleShape: param.shape.map(() => 1),
      scales: Float32Array.of(scale),
      zeroPoints: Int32Array.of(0),
    };
    const codes = Array.from(param.data, (w) => Math.round(w / scale));
    params.set(id, { ...param, encoding, data: decodeCodes(codes, param.shape, encoding) });
  }
  return { ...graph, params };
}

const conv = (b: GraphBuilder, x: ValueId, name: string, filters = 6) =>
  b.conv(x, { name, filters, kernel: [3, 3] });

describe('equalize-weights', () => {
  const chains: [string, Build, string[]][] = [
    ['Conv, Relu, Conv', (b, x) => conv(b, b.relu(conv(b, x, 'a')), 'b'), ['a']],
    [
      'Conv, Conv without bias',
      (b, x) =>
        b.conv(b.conv(x, { name: 'a', filters: 5, kernel: [3, 3], bias: false }), {
          name: 'b',
          filters: 2,
          kernel: [1, 1],
        }),
      ['a'],
    ],
    [
      'a depthwise convolution between',
      (b, x) => {
        const y = b.relu(b.conv(x, { name: 'expand', filters: 8, kernel: [1, 1] }));
        const z = b.relu(b.depthwiseConv(y, { name: 'depthwise', kernel: [3, 3] }));
        return b.conv(z, { name: 'project', filters: 4, kernel: [1, 1] });
      },
      ['expand', 'depthwise'],
    ],
    [
      'groups',
      (b, x) => b.conv(b.relu(conv(b, x, 'a')), { name: 'b', filters: 4, kernel: [3, 3], groups: 2 }),
      ['a'],
    ],
    [
      'pools, pads and resizes between',
      (b, x) => {
        const y = b.pad(b.maxPool(b.relu(conv(b, x, 'a')), { kernel: [2, 2] }), [0, 1, 1, 0, 0, 1, 1, 0]);
        return conv(b, b.resize(b.averagePool(y, { kernel: [2, 2] }), { scales: [2, 2] }), 'b');
      },
      ['a'],
    ],
    [
      'a dense layer after the mean',
      (b, x) => b.dense(b.globalAveragePool(b.relu(conv(b, x, 'a'))), { name: 'b', units: 3 }),
      ['a'],
    ],
    [
      'a transposed convolution',
      (b, x) =>
        conv(
          b,
          b.relu(
            b.convTranspose(b.relu(conv(b, x, 'a')), {
              name: 'b',
              filters: 4,
              kernel: [2, 2],
              strides: [2, 2],
            }),
          ),
          'c',
        ),
      ['a', 'b'],
    ],
  ];
  it.each(chains)('%s: the same function, channels alike', async (_, build, first) => {
    const graph = built(build);
    const before = structuredClone([...graph.params]);
    const { graph: equal, report } = await equalizeWeights().apply(graph, { seed: 1 });
    expect(report.layers.map(({ node }) => node)).toEqual(first);
    expect(difference(graph, equal)).toBeLessThanOrEqual(1e-5);
    expect([...graph.params]).toEqual(before);
    expect(difference(graph, rounded(equal, 5))).toBeLessThan(difference(graph, rounded(graph, 5)));
  });

  it('makes the largest weight of a channel the same in both layers', async () => {
    const graph = built((b, x) => conv(b, b.relu(conv(b, x, 'a')), 'b'));
    const { graph: equal } = await equalizeWeights().apply(graph, { seed: 1 });
    const [a, b] = ['a/weight', 'b/weight'].map((id) => equal.params.get(id)!.data);
    for (let c = 0; c < 6; c++) {
      const out = a!.reduce((m, w, i) => (i % 6 === c ? Math.max(m, Math.abs(w)) : m), 0);
      const into = b!.reduce((m, w, i) => (Math.floor(i / 6) % 6 === c ? Math.max(m, Math.abs(w)) : m), 0);
      expect(out).toBeCloseTo(into, 5);
    }
  });

  const whole: [string, Build, RegExp][] = [
    ['an activation that does not scale', (b, x) => conv(b, b.relu6(conv(b, x, 'a')), 'b'), /Clip/],
    ['a normalisation between', (b, x) => conv(b, b.batchNorm(conv(b, x, 'a')), 'b'), /BatchNormalization/],
    [
      'two readers',
      (b, x) => {
        const y = b.relu(conv(b, x, 'a', 3));
        return b.add(conv(b, y, 'b', 3), y);
      },
      /more than once/,
    ],
    [
      'tied layers',
      (b, x) =>
        b.conv(b.relu(b.conv(b.relu(conv(b, x, 'in', 3)), { name: 'a', filters: 3, kernel: [3, 3] })), {
          filters: 3,
          kernel: [3, 3],
          tiedTo: 'a',
        }),
      /shares/,
    ],
  ];
  it.each(whole)('%s: left as it is, with the reason', async (_, build, reason) => {
    const graph = built(build);
    const { graph: same, report } = await equalizeWeights().apply(graph, { seed: 1 });
    expect(report.layers).toEqual([]);
    expect(report.skipped.some((entry) => reason.test(entry.reason))).toBe(true);
    expect(difference(graph, same)).toBe(0);
  });

  it('survives channels without weights', async () => {
    const graph = built((b, x) => conv(b, b.relu(conv(b, x, 'a')), 'b'));
    graph.params.get('a/weight')!.data.forEach((_, i, data) => {
      if (i % 6 === 2) data[i] = 0;
    });
    const { graph: equal } = await equalizeWeights().apply(graph, { seed: 1 });
    expect(difference(graph, equal)).toBeLessThanOrEqual(1e-5);
  });
});

describe('correct-bias', () => {
  const float = built((b, x) => {
    const y = b.relu(b.batchNorm(b.conv(x, { name: 'a', filters: 8, kernel: [3, 3], bias: false })));
    const z = b.relu(conv(b, y, 'b', 8));
    return b.dense(b.globalAveragePool(z), { name: 'c', units: 4 });
  });
  const { graph: folded } = foldBatchNorm(float);
  const feeds: Feeds[] = Array.from({ length: 6 }, (_, i) => {
    const { shape, data } = randomFeed([1, 8, 8, 3], 100 + i);
    return { x: { shape, data: data.map((v) => Math.abs(v)) } };
  });
  const evaluate = async () => ({ quality: 0, metrics: {} });
  const meanError = (graph: Graph) => {
    const sums = new Float64Array(4);
    for (const feed of feeds) {
      const [[wanted], [now]] = [runInTfjs(folded, feed), runInTfjs(graph, feed)];
      now!.data.forEach((v, c) => {
        sums[c]! += (v - wanted!.data[c]!) / feeds.length;
      });
    }
    return sums.reduce((most, s) => Math.max(most, Math.abs(s)), 0);
  };

  it('brings the means of rounded layers back', async () => {
    const small = rounded(folded, 4);
    const { graph: corrected, report } = await correctBiasBy(small, float, feeds);
    expect(meanError(small)).toBeGreaterThan(1e-2);
    expect(meanError(corrected)).toBeLessThan(1e-4);
    expect(report.layers.map(({ node }) => node)).toEqual(['a', 'b', 'c']);
    expect(corrected.params.get('b/weight')).toEqual(small.params.get('b/weight'));
  });

  /** Of the outputs of layer "b", which few bits shrink. */
  const deviations = (graph: Graph) => {
    const values = feeds.map((feed) => runInTfjs({ ...graph, outputs: ['b'] }, feed)[0]!.data);
    const channels = Array.from({ length: 8 }, (_, c) =>
      values.flatMap((data) => [...data.filter((_v, i) => i % 8 === c)]),
    );
    return channels.map((all) => {
      const mean = all.reduce((sum, v) => sum + v, 0) / all.length;
      return Math.sqrt(all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / all.length);
    });
  };

  it.each(['channel', 'group'] as const)(
    'brings deviations back, each %s by its scales',
    async (granularity) => {
      const weights = { bits: 3, granularity, group: 4, clipping: 'mse' } as const;
      const { graph: small } = await quantize({ activations: 'none', weights }).apply(folded, { seed: 1 });
      const { graph: corrected, report } = await correctBiasBy(small, float, feeds);
      const [wanted, before, after] = [folded, small, corrected].map(deviations) as [
        number[],
        number[],
        number[],
      ];
      const off = (found: number[]) => Math.max(...found.map((v, c) => Math.abs(v / wanted[c]! - 1)));
      expect(off(before)).toBeGreaterThan(0.01);
      expect(off(after)).toBeLessThan(1e-3);
      expect(meanError(corrected)).toBeLessThan(1e-4);
      for (const layer of ['a', 'b', 'c']) {
        const [had, has] = [small, corrected].map(({ params }) => params.get(`${layer}/weight`)!);
        expect(codesOf(has!)).toEqual(codesOf(had!));
        expect(has!.data).not.toEqual(had!.data);
      }
      expect(report.layers.every(({ figures }) => Number(figures.medianFactor) > 0.7)).toBe(true);
      const means = await correctBiasBy(small, float, feeds, { deviations: false });
      expect(means.graph.params.get('b/weight')).toEqual(small.params.get('b/weight'));
    },
  );

  it('keeps integer layers integer: the scales of biases follow those of weights', async () => {
    const task = { inputShapes: { x: [1, 8, 8, 3] }, calibration: async () => feeds, evaluate };
    const weights = { bits: 3 } as const;
    const { graph: small } = await quantize({ weights, stems: 'integer' }).apply(folded, { seed: 1, task });
    const { graph: corrected } = await correctBiasBy(small, float, feeds);
    const ratios = ['weight', 'bias'].map((role) => {
      const [had, has] = [small, corrected].map(
        ({ params }) => (params.get(`b/${role}`)!.encoding as AffineEncoding).scales,
      );
      return [...has!].map((scale, c) => scale / had![c]!);
    });
    expect(ratios[0]!.some((ratio) => Math.abs(ratio - 1) > 0.01)).toBe(true);
    ratios[1]!.forEach((ratio, c) => {
      expect(ratio).toBeCloseTo(ratios[0]![c]!, 5);
    });
  });

  it('knows the reference’s folding where one normalisation stays', async () => {
    const partly = built((b, x) => {
      const y = b.relu(b.batchNorm(b.conv(x, { name: 'a', filters: 8, kernel: [3, 3], bias: false })));
      const z = b.batchNorm(b.concat([y, y]), { name: 'kept' });
      return b.dense(b.globalAveragePool(conv(b, z, 'b', 8)), { name: 'c', units: 4 });
    });
    const { graph: foldedPartly, report } = foldBatchNorm(partly);
    expect(report.kept).toHaveLength(1);
    // 8 bits shift little; against the reference before its folding "a" would move by the normalisation.
    const { report: corrections } = await correctBiasBy(rounded(foldedPartly, 8), partly, feeds);
    const { figures } = corrections.layers.find(({ node }) => node === 'a')!;
    expect(figures.largestShift).toBeLessThan(0.3);
  });

  it('keeps a bias in its codes', async () => {
    const small = rounded(folded, 4);
    const bias = small.params.get('c/bias')!;
    const encoding: AffineEncoding = {
      kind: 'affine',
      bits: 32,
      signed: true,
      scaleShape: [1],
      scales: Float32Array.of(2 ** -12),
      zeroPoints: Int32Array.of(0),
    };
    const codes = Array.from(bias.data, (v) => Math.round(v * 2 ** 12));
    const data = decodeCodes(codes, bias.shape, encoding);
    const encoded = { ...small, params: new Map(small.params).set('c/bias', { ...bias, data, encoding }) };
    const { graph: corrected } = await correctBiasBy(encoded, float, feeds);
    expect(corrected.params.get('c/bias')!.encoding).toEqual(encoding);
    expect(meanError(corrected)).toBeLessThan(2 ** -12);
  });

  it('as a pass loads its reference and asks for data', async () => {
    const path = join(folder, 'float.safetensors');
    await saveGraph(path, float);
    const task = {
      inputShapes: { x: [1, 8, 8, 3] },
      calibration: async (count: number) => feeds.slice(0, count),
      evaluate,
    };
    const small = rounded(folded, 4);
    const { graph } = await correctBias({ reference: path }).apply(small, { seed: 1, task });
    expect(meanError(graph)).toBeLessThan(1e-4);
    await expect(correctBias({ reference: path }).apply(small, { seed: 1 })).rejects.toMatchObject({
      code: 'invalid_config',
    });
    const other = built((b, x) => conv(b, x, 'elsewhere'));
    await expect(correctBiasBy(other, float, feeds)).rejects.toMatchObject({ code: 'invalid_config' });
  });
});
