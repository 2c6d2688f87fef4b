import { describe, expect, it } from 'vitest';
import { quantizeTensor } from '../../../compression/quantize/quantize-tensor.js';
import type { ParamEncoding } from '../../../models/graph/encoding.js';
import type { Graph, Param } from '../../../models/graph/ir.js';
import { decodeSafetensors, encodeSafetensors } from '../../../models/graph/safetensors.js';
import { decodeGraph, encodeGraph } from '../../../models/graph/serialize.js';
import { validate } from '../../../models/graph/validate.js';
import { smallModel } from './small-model.js';

const WEIGHT = 'logits/weight';

function withParam(change: (param: Param) => Partial<Param>): Graph {
  const graph = smallModel();
  const param = graph.params.get(WEIGHT)!;
  return { ...graph, params: new Map(graph.params).set(WEIGHT, { ...param, ...change(param) }) };
}

const affine = (bits: number, symmetric: boolean) =>
  withParam(({ data, shape }) =>
    quantizeTensor(data, shape, { output: 1, input: 0 }, { bits, symmetric, granularity: 'group', group: 2 }),
  );

const codebook = () =>
  withParam(({ data }) => ({
    data: data.map((value) => (value > 0 ? 0.5 : -0.25)),
    encoding: { kind: 'codebook', values: Float32Array.of(-0.25, 0.5) },
  }));

/** Of a bias: codes beyond what float32 holds exactly. */
const long = () =>
  withParam(({ data }) => ({
    data: data.map((_, i) => Math.fround((i + 2 ** 29) * 0.25)),
    encoding: {
      kind: 'affine',
      bits: 32,
      signed: true,
      scaleShape: [1, 1],
      scales: Float32Array.of(0.25),
      zeroPoints: new Int32Array(1),
    },
  }));

describe('encoded params in a file', () => {
  it.each([
    ['signed', () => affine(8, true), 'I8'],
    ['with zero points', () => affine(4, false), 'U8'],
    ['a codebook', codebook, 'U8'],
    ['32 bits', long, 'I32'],
  ] as const)('%s come back bit by bit, stored as codes', (_, make, dtype) => {
    const graph = make();
    const bytes = encodeGraph(graph);
    expect(decodeSafetensors(bytes).tensors.get(WEIGHT)!.dtype).toBe(dtype);
    const back = decodeGraph(bytes);
    expect(back.params.get(WEIGHT)).toEqual(graph.params.get(WEIGHT));
    expect(back.params.size).toBe(graph.params.size);
    expect(Buffer.from(encodeGraph(back)).equals(Buffer.from(bytes))).toBe(true);
  });

  it('leave a file without them as it was', () => {
    const { metadata } = decodeSafetensors(encodeGraph(smallModel()));
    expect(JSON.parse(metadata.graph!)).toMatchObject({ version: 1 });
    expect(metadata.graph).not.toContain('encodings');
  });

  it.each([
    ['scales that are missing', (tensors: Map<string, unknown>) => tensors.delete(`${WEIGHT}::scales`)],
    [
      'scales of another number',
      (tensors: Map<string, unknown>) =>
        tensors.set(`${WEIGHT}::scales`, { dtype: 'F32', shape: [1], data: Float32Array.of(1) }),
    ],
    [
      'a scale of 0',
      (tensors: Map<string, { data: Float32Array }>) => tensors.get(`${WEIGHT}::scales`)!.data.fill(0),
    ],
    [
      'zero points out of range',
      (tensors: Map<string, { data: Int32Array }>) => tensors.get(`${WEIGHT}::zero-points`)!.data.fill(99),
    ],
    [
      'codes out of range',
      (tensors: Map<string, { data: Uint8Array }>) => tensors.get(WEIGHT)!.data.fill(200),
    ],
  ])('are refused with %s', (_, damage) => {
    const file = decodeSafetensors(encodeGraph(affine(4, false)));
    const tensors = new Map(file.tensors);
    (damage as (t: unknown) => unknown)(tensors);
    const bytes = encodeSafetensors({ ...file, tensors });
    expect(() => decodeGraph(bytes)).toThrow(expect.objectContaining({ code: 'model_corrupt' }));
  });
});

describe('validate', () => {
  const sound = affine(4, true).params.get(WEIGHT)!.encoding as ParamEncoding & { kind: 'affine' };
  it.each<[string, Partial<Param>]>([
    ['data that no code decodes to', { data: smallModel().params.get(WEIGHT)!.data }],
    ['scales of another rank', { encoding: { ...sound, scaleShape: [1] } }],
    ['too few zero points', { encoding: { ...sound, zeroPoints: new Int32Array(1) } }],
    ['too few bits', { encoding: { ...sound, bits: 1 } }],
    ['a codebook that does not ascend', { encoding: { kind: 'codebook', values: Float32Array.of(1, 1) } }],
    ['an empty codebook', { encoding: { kind: 'codebook', values: new Float32Array(0) } }],
  ])('refuses %s, naming the param', (_, change) => {
    const graph = affine(4, true);
    const params = new Map(graph.params).set(WEIGHT, { ...graph.params.get(WEIGHT)!, ...change });
    expect(() => validate({ ...graph, params })).toThrow(
      expect.objectContaining({ code: 'invalid_graph', message: expect.stringContaining(WEIGHT) }),
    );
  });
});
