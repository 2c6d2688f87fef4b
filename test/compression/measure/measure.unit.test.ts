import { describe, expect, it } from 'vitest';
import { activationBits, storedBits, weightBits } from '../../../compression/measure/bits.js';
import { runCost } from '../../../compression/measure/cost.js';
import { efficiencyOf } from '../../../compression/measure/efficiency.js';
import { energyOf, HOROWITZ_45NM } from '../../../compression/measure/energy.js';
import { relativeError } from '../../../compression/measure/layers.js';
import { sizeOfWeights } from '../../../compression/measure/size.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { costOf } from '../../../models/graph/cost.js';
import type { Graph, Param } from '../../../models/graph/ir.js';
import { smallGraph } from '../small-graph.js';

const SHAPES = { image: [1, 8, 8, 1] };
const plain: Param = { shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0), trainable: true };
const affine: Param = {
  ...plain,
  encoding: {
    kind: 'affine',
    bits: 4,
    signed: true,
    scaleShape: [1, 2],
    scales: Float32Array.of(1, 1),
    zeroPoints: Int32Array.of(0, 0),
  },
};
const clustered: Param = { ...plain, encoding: { kind: 'codebook', values: Float32Array.of(0, 1, 2, 3, 4) } };

describe('bits', () => {
  it('of a weight, and of all that decodes them', () => {
    expect([plain, affine, clustered].map(weightBits)).toEqual([32, 4, 3]);
    expect([plain, affine, clustered].map(storedBits)).toEqual([256, 32 + 64, 24 + 160]);
  });

  it('of activations: what a quantizer gives, what is made for it alone, and what only moves values', () => {
    const b = new GraphBuilder('q', { seed: 1 });
    const image = b.input('image', [1, 8, 8, 4]);
    const rounded = b.quantizeDequantize(image, { name: 'in' });
    const conv = b.conv(rounded, { name: 'conv', filters: 4, kernel: [3, 3] });
    const fused = b.quantizeDequantize(conv, { name: 'out', bits: 4 });
    const moved = b.reshape(fused, [1, -1, 4], { name: 'moved' });
    const soft = b.softmax(moved, { name: 'soft' });
    const bits = activationBits(b.finish([soft]));
    expect([image, rounded, conv, fused, moved, soft].map((id) => bits.get(id))).toEqual([
      32, 8, 4, 4, 4, 32,
    ]);
  });
});

describe('runCost', () => {
  it('is the float cost where nothing is encoded', () => {
    const graph = smallGraph();
    const [ours, floats] = [runCost(graph, SHAPES), costOf(graph, SHAPES)];
    expect(ours.trafficBytes).toBe(floats.bytes);
    expect(ours.peakActivationBytes).toBe(floats.peakActivationBytes);
    expect([ours.macs, ours.nonZeroMacs, ours.integerMacs]).toEqual([floats.macs, floats.macs, 0]);
  });

  it('counts only the weights other than 0 for sparse hardware', () => {
    const graph = smallGraph();
    const weight = graph.params.get('first/weight')!;
    const half = weight.data.map((v, i) => (i % 2 ? v : 0));
    const params = new Map(graph.params).set('first/weight', { ...weight, data: half });
    const [first] = runCost({ ...graph, params }, SHAPES).layers;
    expect(first!.nonZeroMacs).toBe(first!.macs / 2);
  });
});

describe('energyOf', () => {
  it('is the sum of operations and bytes at their prices', () => {
    const cost = runCost(smallGraph(), SHAPES);
    const energy = energyOf(cost);
    const arithmetic = cost.macs * (3.7 + 0.9) + cost.operations * 0.9;
    expect(energy.arithmetic).toBeCloseTo(arithmetic / 1e6, 9);
    expect(energy.weights).toBeCloseTo((cost.weightBytes * 162.5) / 1e6, 9);
    expect(energy.activations).toBeCloseTo((cost.activationBytes * 12.5) / 1e6, 9);
    expect(energy.total).toBeCloseTo(energy.arithmetic + energy.weights + energy.activations, 9);
  });

  it('sends activations that do not fit on the chip to DRAM', () => {
    const cost = runCost(smallGraph(), SHAPES);
    const none = energyOf(cost, { ...HOROWITZ_45NM, sramBytes: 0 });
    expect(none.activations / energyOf(cost).activations).toBeCloseTo(13, 5);
  });
});

describe('sizeOfWeights', () => {
  it('tells dense from packed, and that zeros pay off only where they are coded', () => {
    const graph: Graph = { ...smallGraph(), params: new Map([['w', affine]]) };
    const size = sizeOfWeights(smallGraph());
    expect(size.dense).toBe(4 * size.parameters);
    expect(size.packed).toBe(size.dense);
    const zeros = new Map(
      [...smallGraph().params].map(([id, p]) => [id, { ...p, data: p.data.map(() => 0) }]),
    );
    const empty = sizeOfWeights({ ...smallGraph(), params: zeros });
    expect(empty.dense).toBe(size.dense);
    expect(empty.denseGzip).toBeLessThan(size.denseGzip / 20);
    expect(empty.file).toBeLessThan(size.file / 2);
    expect([empty.nonZeroParameters, graph.params.size]).toEqual([0, 1]);
  });
});

describe('efficiencyOf', () => {
  const parent = { quality: 95, nonZeroParameters: 1_000_000, nonZeroMacs: 2_000_000 };
  it('is quality by cost, and points lost for each decade', () => {
    const own = efficiencyOf(parent);
    expect(own).toEqual({ perMillionParameters: 95, perMillionMacs: 47.5, hardnessNormalised: 95 / 5 / 6 });
    const tenth = { quality: 94, nonZeroParameters: 100_000, nonZeroMacs: 200_000 };
    expect(efficiencyOf(tenth, parent).lossPerDecade).toBeCloseTo(1, 9);
    expect(efficiencyOf(parent, parent).lossPerDecade).toBeUndefined();
    expect(Number.isFinite(efficiencyOf({ ...parent, quality: 100 }).hardnessNormalised)).toBe(true);
  });
});

describe('relativeError', () => {
  it('is 0 for equals, 1 where nothing is left', () => {
    expect(relativeError([3, 4], [3, 4])).toBe(0);
    expect(relativeError([0, 0], [3, 4])).toBe(1);
    expect(relativeError([0, 0], [0, 0])).toBe(0);
  });
});
