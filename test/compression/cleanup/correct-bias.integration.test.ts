import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { correctBias, correctBiasBy } from '../../../compression/cleanup/correct-bias.js';
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import type { Feeds } from '../../../compression/pass.js';
import { pruneChannels } from '../../../compression/prune/prune-channels.js';
import { quantize } from '../../../compression/quantize/quantize.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { type AffineEncoding, codesOf, decodeCodes } from '../../../models/graph/encoding.js';
import type { Graph } from '../../../models/graph/ir.js';
import { saveGraph } from '../../../models/graph/serialize.js';
import { randomFeed, runInTfjs } from '../export/onnx/parity.js';
import { built, conv, rounded } from './unlike-channels.js';

let folder = '';
beforeAll(async () => {
  await loadEngine({ quiet: true });
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-cleanup-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

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

  it('leaves layers that have other channels than the reference has', async () => {
    const { graph: thin } = await pruneChannels({
      ratio: 0.5,
      scope: 'uniform',
      roundTo: 1,
      minChannels: 1,
    }).apply(folded, {
      seed: 1,
      task: { inputShapes: { x: [1, 8, 8, 3] }, calibration: async () => feeds, evaluate },
    });
    const { graph: corrected, report } = await correctBiasBy(thin, float, feeds);
    expect(report.skipped).toEqual([
      { node: 'a', reason: "it has 4 of the reference's 8 channels" },
      { node: 'b', reason: "it has 4 of the reference's 8 channels" },
    ]);
    expect(corrected.params.get('a/bias')).toEqual(thin.params.get('a/bias'));
    expect(meanError(corrected)).toBeLessThan(1e-4);
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
