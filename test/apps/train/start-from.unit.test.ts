import { describe, expect, it } from 'vitest';
import { startFrom } from '../../../apps/train/start-from.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { buildRecognizer } from '../../../models/recognizer/network.js';

const shallow = recognizerConfigSchema.parse({
  charset: 'ab',
  encoder: { channels: [4, 4, 4, 4, 8], blocks: [0, 1, 0] },
  decoder: { type: 'convolutional', blocks: 1, kernel: 3 },
});
const deep = { ...shallow, encoder: { ...shallow.encoder, blocks: [0, 2, 1] as [number, number, number] } };

describe('startFrom', () => {
  it('takes what fits and leaves new residual blocks nearly silent', () => {
    const source = buildRecognizer(shallow, 1);
    const graph = startFrom(buildRecognizer(deep, 2), source);
    const scales: number[] = [];
    for (const [id, param] of graph.params) {
      const known = source.params.get(id);
      if (known) expect(param.data).toEqual(known.data);
      else if (id.endsWith('/norm/scale')) scales.push(...param.data);
    }
    expect(scales).toHaveLength(8);
    expect(scales.every((scale) => scale > 0 && scale < 0.2)).toBe(true);
  });
  it('refuses the weights of another network', () => {
    const other = { ...buildRecognizer(shallow, 1), params: new Map() };
    expect(() => startFrom(buildRecognizer(deep, 2), other)).toThrow(/weights/);
  });
});
