import { describe, expect, it } from 'vitest';
import { PocketlensError } from '../../../models/base/errors.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { costOf } from '../../../models/graph/cost.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import { smallModel } from './small-model.js';

describe('GraphBuilder', () => {
  it('names nodes by scope and counts unnamed ones', () => {
    const b = new GraphBuilder('names');
    const x = b.input('x', [1, 4]);
    const named = b.scope('outer', () => b.scope('inner', () => b.relu(x, { name: 'act' })));
    expect(named).toBe('outer/inner/act');
    expect([b.relu(named), b.relu(named), b.scope('s', () => b.relu(named))]).toEqual([
      'relu1',
      'relu2',
      's/relu1',
    ]);
    expect(() => b.scope('outer', () => b.scope('inner', () => b.relu(x, { name: 'act' })))).toThrow(
      /new name/,
    );
  });

  it('leaves a scope also when building in it fails', () => {
    const b = new GraphBuilder('scopes');
    const x = b.input('x', [1, 4]);
    expect(() => b.scope('s', () => b.squeeze(x, [1]))).toThrow(PocketlensError);
    expect(b.relu(x, { name: 'r' })).toBe('r');
  });

  it('tracks shapes and tells at once, by node, what does not fit', () => {
    const b = new GraphBuilder('shapes');
    const x = b.input('x', [null, 32, null, 3]);
    const y = b.conv(x, { name: 'c', filters: 8, kernel: [3, 3], strides: [2, 1] });
    expect(b.shapeOf(y)).toEqual([null, 16, null, 8]);
    expect(() =>
      b.add(y, b.conv(x, { filters: 7, kernel: [3, 3], strides: [2, 1] }), { name: 'sum' }),
    ).toThrow(/"sum" \(Add\)/);
    expect(() => b.conv(x, { filters: 4, kernel: [3, 3], groups: 2 })).toThrow(PocketlensError);
    expect(() => b.relu('nothing')).toThrow(/nothing/);
    expect(() => b.input('x', [1])).toThrow(/new name/);
  });

  it('shares the params of tied nodes', () => {
    const graph = smallModel();
    const [first, second] = ['first/conv', 'second/conv'].map(
      (id) => graph.nodes.find((node) => node.id === id)!,
    );
    expect(second!.params).toBe(first!.params);
    const b = new GraphBuilder('ties');
    const x = b.input('x', [1, 4]);
    const d = b.dense(x, { units: 3 });
    expect(() => b.dense(d, { units: 3, tiedTo: d })).toThrow(PocketlensError);
    expect(() => b.layerNorm(x, { tiedTo: d })).toThrow(/LayerNormalization/);
  });

  it('gives the same weights for the same seed, others for another, and each by its own name', () => {
    const weights = (seed: number) => [...smallModel(seed).params].map(([id, { data }]) => [id, [...data]]);
    expect(weights(4)).toEqual(weights(4));
    expect(weights(4)).not.toEqual(weights(5));
    const build = (withExtra: boolean) => {
      const b = new GraphBuilder('order', { seed: 2 });
      const x = b.input('x', [1, 8, 8, 2]);
      const y = withExtra ? b.conv(x, { name: 'extra', filters: 2, kernel: [1, 1] }) : x;
      return b.finish([b.conv(y, { name: 'last', filters: 3, kernel: [3, 3] })]).params.get('last/weight')!
        .data;
    };
    expect(build(true)).toEqual(build(false));
  });

  it('starts weights by He before rectifiers, by Glorot elsewhere, and opens the forget gate', () => {
    const b = new GraphBuilder('start', { seed: 1 });
    const x = b.input('x', [1, 8, 8, 64]);
    const he = b.conv(x, { name: 'he', filters: 64, kernel: [3, 3], bias: false });
    const glorot = b.conv(b.relu(b.batchNorm(he, { name: 'bn' })), {
      name: 'glorot',
      filters: 64,
      kernel: [3, 3],
    });
    const sequence = b.reshape(glorot, [0, -1, 64]);
    const graph = b.finish([b.lstm(sequence, { name: 'lstm', hidden: 2 })]);
    const data = (id: string) => graph.params.get(id)!.data;
    const deviation = (values: Float32Array) =>
      Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    expect(deviation(data('he/weight')) / Math.sqrt(2 / 576)).toBeCloseTo(1, 1);
    expect(deviation(data('glorot/weight')) / Math.sqrt(1 / 576)).toBeCloseTo(1, 1);
    expect([...data('lstm/bias')]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect([data('bn/scale'), data('bn/variance')].every((list) => list.every((v) => v === 1))).toBe(true);
    expect([data('bn/bias'), data('bn/mean')].every((list) => list.every((v) => v === 0))).toBe(true);
    const trainable = [...graph.params].filter(([, param]) => !param.trainable).map(([id]) => id);
    expect(trainable).toEqual(['bn/mean', 'bn/variance']);
  });
});

describe('inferShapes', () => {
  it('takes input shapes that agree with the graph, and no others', () => {
    const graph = smallModel();
    expect(inferShapes(graph).get('output')).toEqual([null, null, 5]);
    expect(inferShapes(graph, { image: [2, 8, 10, 1] }).get('output')).toEqual([2, 10, 5]);
    expect(inferShapes(graph, { image: [null, null, 10, 1] }).get('stem/conv')).toEqual([null, 4, 10, 4]);
    expect(() => inferShapes(graph, { image: [2, 9, 10, 1] })).toThrow(/axis 1 of input "image"/);
    expect(() => inferShapes(graph, { image: [2, 8, 10] })).toThrow(/rank 4/);
  });
});

describe('costOf', () => {
  it('counts what a person counts', () => {
    const b = new GraphBuilder('cost');
    const x = b.input('x', [null, 8, null, 3]);
    const y = b.conv(x, { name: 'c', filters: 16, kernel: [3, 3], strides: [2, 2] });
    const d = b.depthwiseConv(y, { name: 'd', kernel: [3, 3], bias: false });
    const graph = b.finish([b.dense(b.reshape(b.globalAveragePool(d), [0, 16]), { name: 'f', units: 10 })]);
    const cost = costOf(graph, { x: [1, 8, 6, 3] });
    const macs = Object.fromEntries(cost.perNode.map((node) => [node.node, node.macs]));
    expect(macs).toMatchObject({ c: 4 * 3 * 16 * 27, d: 4 * 3 * 16 * 9, f: 160, reshape1: 0 });
    expect(cost.macs).toBe(macs.c! + macs.d! + macs.f!);
    expect(cost.params).toBe(27 * 16 + 16 + 9 * 16 + 160 + 10);
    const c = cost.perNode.find((node) => node.node === 'c')!;
    expect([c.bytesRead, c.bytesWritten]).toEqual([4 * (144 + 27 * 16 + 16), 4 * 192]);
    expect(cost.bytes).toBe(cost.perNode.reduce((sum, node) => sum + node.bytesRead + node.bytesWritten, 0));
    expect(cost.peakActivationBytes).toBe(4 * 2 * 192);
    expect(() => costOf(graph)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
