import { describe, expect, it } from 'vitest';
import { startFrom } from '../../../apps/train/start-from.js';
import { factorize } from '../../../compression/factorize/factorize.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { buildRecognizer } from '../../../models/recognizer/network.js';

const shallow = recognizerConfigSchema.parse({
  charset: 'ab',
  encoder: { channels: [4, 4, 4, 4, 8], blocks: [0, 1, 0] },
  decoder: { type: 'convolutional', blocks: 1, kernel: 3 },
});
const deep = { ...shallow, encoder: { ...shallow.encoder, blocks: [0, 2, 1] as [number, number, number] } };

describe('startFrom', () => {
  it('takes what fits; new residual blocks begin as drawn', () => {
    const source = buildRecognizer(shallow, 1);
    const fresh = buildRecognizer(deep, 2);
    const graph = startFrom(fresh, source);
    for (const [id, { data }] of graph.params)
      expect(data).toEqual((source.params.get(id) ?? fresh.params.get(id)!).data);
  });
  it('awakens channels that never fire, and leaves the others as they are', () => {
    const source = buildRecognizer(shallow, 1);
    const [scale, bias] = ['scale', 'bias'].map((role) => `encoder/stage3/block1/norm/${role}`) as [
      string,
      string,
    ];
    const params = new Map(source.params);
    params.set(scale, { ...params.get(scale)!, data: Float32Array.of(0.02, -0.02, 0.5, 0) });
    params.set(bias, { ...params.get(bias)!, data: Float32Array.of(-0.07, -0.05, -0.4, 0.3) });
    const graph = startFrom(buildRecognizer(shallow, 2), { ...source, params });
    expect([...graph.params.get(scale)!.data]).toEqual([1, ...Float32Array.of(-0.02, 0.5, 0)]);
    expect([...graph.params.get(bias)!.data]).toEqual([0, ...Float32Array.of(-0.05, -0.4, 0.3)]);
    for (const [id, { data }] of params) {
      if (id !== scale && id !== bias) expect(graph.params.get(id)!.data).toEqual(data);
    }
    expect(params.get(scale)!.data[0]).toBeCloseTo(0.02);
  });
  it('multiplies factors out', async () => {
    const source = buildRecognizer(shallow, 1);
    const options = { method: 'svd', rank: 4, multiple: 1, minSaving: 0 } as const;
    const { graph: thin, report } = await factorize(options).apply(source, { seed: 1 });
    expect(report.layers.map(({ node }) => node)).toContain('decoder/time/block1/conv');
    const graph = startFrom(buildRecognizer(shallow, 2), thin);
    expect([...graph.params.keys()].sort()).toEqual([...source.params.keys()].sort());
    for (const [id, { data }] of graph.params) {
      const base = id.replace(/weight$/, '');
      const reduce = thin.params.get(`${base}reduce/weight`);
      if (!reduce) expect(data).toEqual(thin.params.get(id)!.data);
      else {
        const expand = thin.params.get(`${base}expand/weight`)!;
        const [rank, out] = expand.shape.slice(-2) as [number, number];
        data.forEach((value, i) => {
          const row = Math.floor(i / out);
          let sum = 0;
          for (let k = 0; k < rank; k++)
            sum += reduce.data[row * rank + k]! * expand.data[k * out + (i % out)]!;
          expect(value).toBeCloseTo(sum, 5);
        });
      }
    }
  });
  it('refuses the weights of another network', () => {
    const other = { ...buildRecognizer(shallow, 1), params: new Map() };
    expect(() => startFrom(buildRecognizer(deep, 2), other)).toThrow(/weights/);
  });
});
