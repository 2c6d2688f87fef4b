import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PocketlensError } from '../../../models/base/errors.js';
import { Random } from '../../../models/base/random.js';
import { decodeHalf, encodeHalf, exactHalves } from '../../../models/graph/half.js';
import type { Graph } from '../../../models/graph/ir.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsTensor,
  toFloat32,
} from '../../../models/graph/safetensors.js';
import { decodeGraph, encodeGraph, loadGraph, saveGraph } from '../../../models/graph/serialize.js';
import { operatorCases } from './operator-cases.js';
import { smallModel } from './small-model.js';

const bitsOf = (data: Float32Array) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');

function expectSameGraph(actual: Graph, wanted: Graph): void {
  const { params: actualParams, ...actualRest } = actual;
  const { params: wantedParams, ...wantedRest } = wanted;
  expect(actualRest).toEqual(wantedRest);
  expect(new Set(actualParams.keys())).toEqual(new Set(wantedParams.keys()));
  for (const [id, param] of wantedParams) {
    const own = actualParams.get(id)!;
    expect([own.shape, own.trainable, bitsOf(own.data)]).toEqual([
      param.shape,
      param.trainable,
      bitsOf(param.data),
    ]);
  }
}

/** The code of what `f` throws; anything but a PocketlensError is a failure. */
function codeOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(PocketlensError);
    return (error as PocketlensError).code;
  }
  return 'none';
}

describe('graphs', () => {
  it('come back bit by bit, and to the same bytes', () => {
    const graph = smallModel();
    const bytes = encodeGraph(graph);
    const back = decodeGraph(bytes);
    expectSameGraph(back, graph);
    expect(Buffer.from(encodeGraph(back)).equals(Buffer.from(bytes))).toBe(true);
  });

  it.each(operatorCases)('$name', ({ build }) => {
    const { graph } = build();
    expectSameGraph(decodeGraph(encodeGraph(graph)), graph);
  });

  it('keep the bits of signed zeros and subnormals', () => {
    const graph = smallModel();
    const param = graph.params.get('logits/bias')!;
    const data = Float32Array.from([-0, 1e-45, -1e-40, 3.4e38, 0]);
    const odd = { ...graph, params: new Map(graph.params).set('logits/bias', { ...param, data }) };
    expect(bitsOf(decodeGraph(encodeGraph(odd)).params.get('logits/bias')!.data)).toBe(bitsOf(data));
  });

  it('give the same bytes whatever the order of params and of keys', () => {
    const graph = smallModel();
    const nodes = graph.nodes.map((node) => ({
      ...node,
      attrs: Object.fromEntries(Object.entries(node.attrs).reverse()),
    }));
    const shuffled = { ...graph, nodes, params: new Map([...graph.params].reverse()) };
    expect(Buffer.from(encodeGraph(shuffled)).equals(Buffer.from(encodeGraph(graph)))).toBe(true);
  });

  it('are plain safetensors: every byte accounted for, aligned', () => {
    const bytes = Buffer.from(encodeGraph(smallModel()));
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    const { __metadata__: metadata, ...tensors } = header;
    expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true);
    const ends = Object.values(tensors as Record<string, { data_offsets: [number, number] }>).map(
      (t) => t.data_offsets[1],
    );
    expect(8 + length + Math.max(...ends)).toBe(bytes.length);
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
  ])('with %s in a weight are refused both ways', (_, value) => {
    const graph = smallModel();
    const bytes = Buffer.from(encodeGraph(graph));
    bytes.writeFloatLE(value, bytes.length - 4);
    expect(codeOf(() => decodeGraph(bytes))).toBe('model_corrupt');
    graph.params.get('logits/bias')!.data[0] = value;
    expect(codeOf(() => encodeGraph(graph))).toBe('invalid_graph');
  });
});

describe('hostile files', () => {
  const plain = Buffer.from(encodeGraph(smallModel()));
  const headerLength = Number(plain.readBigUInt64LE(0));
  const header = JSON.parse(plain.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    Record<string, unknown>
  >;
  const withHeader = (value: unknown) => {
    const json = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([length, json, plain.subarray(8 + headerLength)]);
  };
  const changed = (name: string, change: Record<string, unknown>) =>
    withHeader({ ...header, [name]: { ...header[name], ...change } });
  const description = (change: (graph: Record<string, unknown>) => void) => {
    const graph = JSON.parse(header.__metadata__!.graph as string);
    change(graph);
    return changed('__metadata__', { graph: JSON.stringify(graph) });
  };
  const claim = (length: bigint) => {
    const copy = Buffer.from(plain);
    copy.writeBigUInt64LE(length);
    return copy;
  };
  const bias = 'logits/bias';

  it('the unchanged header is fine', () => {
    expect(codeOf(() => decodeGraph(withHeader(header)))).toBe('none');
  });

  it.each<[string, Buffer]>([
    ['empty', Buffer.alloc(0)],
    ['seven bytes', plain.subarray(0, 7)],
    ['the header only', plain.subarray(0, 8 + headerLength)],
    ['one byte short', plain.subarray(0, -1)],
    ['one byte long', Buffer.concat([plain, Buffer.alloc(1)])],
    ['a huge header', claim(2n ** 63n)],
    ['a header past the end', claim(BigInt(plain.length - 7))],
    ['a header cut off', claim(BigInt(headerLength - 40))],
    ['a header of zero', claim(0n)],
    ['a header that is a list', withHeader([1, 2])],
    ['a header that is null', withHeader(null)],
    ['a deep header', withHeader('['.repeat(200_000))],
    ['metadata of numbers', withHeader({ ...header, __metadata__: { graph: 1 } })],
    ['no metadata', withHeader({ ...header, __metadata__: {} })],
    ['a metadata graph that is no JSON', changed('__metadata__', { graph: '{' })],
    ['an entry that is a number', withHeader({ ...header, [bias]: 7 })],
    ['an unknown type', changed(bias, { dtype: 'F64' })],
    ['a type from the prototype', changed(bias, { dtype: 'constructor' })],
    ['the wrong type of the right size', changed(bias, { dtype: 'I32' })],
    ['a shape that does not fill the bytes', changed(bias, { shape: [6] })],
    ['a negative size', changed(bias, { shape: [-5] })],
    ['sizes beyond exact numbers', changed(bias, { shape: [2 ** 50, 2 ** 50, 0] })],
    ['a fraction', changed(bias, { shape: [2.5, 2] })],
    ['overlapping offsets', changed(bias, { data_offsets: [0, 20] })],
    ['offsets past the end', changed(bias, { data_offsets: [plain.length, plain.length + 20] })],
    ['offsets that run backwards', changed(bias, { data_offsets: [20, 0] })],
    [
      'a tensor too few',
      withHeader(Object.fromEntries(Object.entries(header).filter(([name]) => name !== bias))),
    ],
    ['a later version', description((graph) => Object.assign(graph, { version: 3 }))],
    ['a value that nothing produces', description((graph) => Object.assign(graph, { outputs: ['nowhere'] }))],
    ['nodes out of order', description((graph) => (graph.nodes as unknown[]).reverse())],
    [
      'a frozen param that is not there',
      description((graph) => Object.assign(graph, { frozen: ['nothing'] })),
    ],
    [
      'an input shape of another size',
      description((graph) => Object.assign(graph, { inputs: [{ id: 'image', shape: [1, 8, 8, 3] }] })),
    ],
  ])('%s', (_, bytes) => {
    expect(codeOf(() => decodeGraph(bytes))).toBe('model_corrupt');
  });

  it('an operator from the future is told apart', () => {
    const bytes = description((graph) => Object.assign((graph.nodes as object[])[0]!, { op: 'Frobnicate' }));
    expect(codeOf(() => decodeGraph(bytes))).toBe('unsupported_operator');
  });

  it('1,500 mutated files: read, or refused with a code', () => {
    const codes = new Map<string, number>();
    for (let i = 0; i < 1500; i++) {
      const random = new Random(17, 'mutation', i);
      let bytes = Buffer.from(plain);
      const edits = random.int(1, 4);
      for (let k = 0; k < edits; k++) {
        // Mostly in the header, where the structure is.
        const at = random.chance(0.85) ? random.int(0, 8 + headerLength) : random.int(0, bytes.length - 1);
        const how = random.int(0, 3);
        if (how === 0) bytes[at % bytes.length] = random.int(0, 255);
        else if (how === 1) bytes[at % bytes.length]! ^= 1 << random.int(0, 7);
        else if (how === 2)
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.int(1, 9))]);
        else
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            bytes.subarray(at - random.int(0, Math.min(at, 20))),
          ]);
      }
      const code = codeOf(() => decodeGraph(bytes));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(
      [...codes.keys()].filter((code) => !['none', 'model_corrupt', 'unsupported_operator'].includes(code)),
    ).toEqual([]);
    expect(codes.get('model_corrupt')).toBeGreaterThan(500);
  });
});

describe('files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pocketlens-graph-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are written whole, with nothing beside them', async () => {
    const path = join(folder, 'model.safetensors');
    await saveGraph(path, smallModel(1));
    await saveGraph(path, smallModel(2));
    expectSameGraph(await loadGraph(path), smallModel(2));
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    expect((await readFile(path)).equals(Buffer.from(encodeGraph(smallModel(2))))).toBe(true);
  });

  it('that cannot be written or read are told by path', async () => {
    await expect(saveGraph(join(folder, 'none', 'x'), smallModel())).rejects.toMatchObject({
      code: 'output_unwritable',
    });
    await expect(loadGraph(join(folder, 'none'))).rejects.toMatchObject({ code: 'model_not_found' });
    const path = join(folder, 'torn.safetensors');
    await writeFile(path, encodeGraph(smallModel()).subarray(0, 900));
    await expect(loadGraph(path)).rejects.toMatchObject({
      code: 'model_corrupt',
      message: expect.stringContaining(path),
    });
    await rm(path);
  });
});

describe('tensors of every type', () => {
  const tensors = new Map<string, SafetensorsTensor>([
    ['b', { dtype: 'F32', shape: [2, 2], data: Float32Array.from([1, -2.5, 3e-9, 4]) }],
    ['a', { dtype: 'F16', shape: [3], data: encodeHalf(Float32Array.from([1, -0.5, 65504])) }],
    ['c', { dtype: 'I8', shape: [1, 3], data: Int8Array.from([-128, 0, 127]) }],
    ['d', { dtype: 'U8', shape: [2], data: Uint8Array.from([0, 255]) }],
    ['__proto__', { dtype: 'I32', shape: [], data: Int32Array.from([-(2 ** 31)]) }],
    ['7', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
  ]);

  it('come back', () => {
    const back = decodeSafetensors(encodeSafetensors({ tensors, metadata: { z: '1', a: 'é' } }));
    expect(back.metadata).toEqual({ z: '1', a: 'é' });
    expect(back.tensors).toEqual(tensors);
    expect([...toFloat32(back.tensors.get('a')!)]).toEqual([1, -0.5, 65504]);
    expect([...toFloat32(back.tensors.get('c')!)]).toEqual([-128, 0, 127]);
  });

  it('are read from bytes at any offset of a buffer', () => {
    const bytes = encodeSafetensors({ tensors, metadata: {} });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors).toEqual(tensors);
  });

  it('give known bytes', () => {
    const one = new Map([['w', { dtype: 'F32', shape: [1], data: Float32Array.from([1]) } as const]]);
    const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(56);
    const wanted = Buffer.concat([
      Buffer.from([56, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(header),
      Buffer.from([0, 0, 0x80, 0x3f]),
    ]);
    expect(Buffer.from(encodeSafetensors({ tensors: one, metadata: {} }))).toEqual(wanted);
  });
});

describe('half precision', () => {
  it('every half survives the way through float32', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const back = encodeHalf(decodeHalf(all));
    const isNaN16 = (bits: number) => (bits & 0x7fff) > 0x7c00;
    expect([...all].filter((bits) => !isNaN16(bits) && back[bits] !== bits)).toEqual([]);
    expect([...all].filter((bits) => isNaN16(bits) && !isNaN16(back[bits]!))).toEqual([]);
  });

  it('are told from what lies between them', () => {
    const finite = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
      (bits) => (bits & 0x7c00) < 0x7c00,
    );
    expect(exactHalves(decodeHalf(finite))).toEqual(finite);
    expect(exactHalves(Float32Array.of(Number.POSITIVE_INFINITY, -0))).toEqual(
      Uint16Array.of(0x7c00, 0x8000),
    );
    for (const value of [0.1, 65520, 2 ** -25, 1 + 2 ** -11])
      expect(exactHalves(Float32Array.of(1, value))).toBeUndefined();
  });

  it('rounds to the nearest half, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: -65000, max: 65000 }), (value) => {
        const [bits] = encodeHalf(Float32Array.from([value]));
        const neighbours = [bits! - 1, bits!, bits! + 1].filter((b) => b >= 0 && (b & 0x7fff) <= 0x7bff);
        const distances = neighbours.map((b) => Math.abs(decodeHalf(Uint16Array.from([b]))[0]! - value));
        const own = Math.abs(decodeHalf(Uint16Array.from([bits!]))[0]! - value);
        expect(own).toBe(Math.min(...distances));
        if (distances.filter((d) => d === own).length > 1 && own > 0) expect(bits! & 1).toBe(0);
      }),
    );
    expect([...encodeHalf(Float32Array.from([65519.9, 65520, 2 ** -25, 2 ** -24 * 0.75]))]).toEqual([
      0x7bff, 0x7c00, 0, 1,
    ]);
  });
});
