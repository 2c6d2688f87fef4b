import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../compression/pack/bytes.js';
import {
  isPackedGraph,
  packGraph,
  packGraphWithReport,
  unpackGraph,
} from '../../../compression/pack/pack-graph.js';
import { packText } from '../../../compression/pack/text.js';
import { PocketlensError } from '../../../models/base/errors.js';
import { Random } from '../../../models/base/random.js';
import type { Graph, Param } from '../../../models/graph/ir.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsTensor,
} from '../../../models/graph/safetensors.js';
import { encodeGraph } from '../../../models/graph/serialize.js';
import { affine, bitwise, clustered, encodedGraphs, smallGraph, sparse } from './encoded-graphs.js';

const graphs = encodedGraphs();

describe.each(Object.entries(graphs))('%s', (_, graph) => {
  it('comes back exact to the bit', () => {
    expect(bitwise(unpackGraph(packGraph(graph)))).toEqual(bitwise(graph));
  });

  it('gives equal bytes again', () => {
    expect(packGraph(unpackGraph(packGraph(graph)))).toEqual(packGraph(graph));
  });
});

it('gives the bytes that it always gave', () => {
  const hash = createHash('sha256');
  for (const graph of Object.values(graphs)) hash.update(packGraph(graph));
  expect(hash.digest('hex').slice(0, 16)).toBe('a3c222639903a92d');
});

it('is a file that a safetensors reader opens, one tensor a param', () => {
  const { tensors } = decodeSafetensors(packGraph(graphs['affine 5 bits']!));
  expect([...tensors.keys()].sort()).toEqual(['graph', ...graphs['affine 5 bits']!.params.keys()].sort());
});

it('tells its files from others', () => {
  expect(isPackedGraph(packGraph(smallGraph()))).toBe(true);
  expect(isPackedGraph(encodeGraph(smallGraph()))).toBe(false);
  expect(isPackedGraph(new Uint8Array(3))).toBe(false);
});

it('takes a param named as its own tensor', () => {
  const graph = smallGraph();
  const rename = (id: string) => (id === 'deep/weight' ? 'graph' : id);
  const renamed: Graph = {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      params: Object.fromEntries(Object.entries(node.params).map(([role, id]) => [role, rename(id)])),
    })),
    params: new Map([...graph.params].map(([id, param]) => [rename(id), param])),
  };
  expect(bitwise(unpackGraph(packGraph(renamed)))).toEqual(bitwise(renamed));
});

describe('size', () => {
  // Normally distributed weights, as many as matter.
  const random = new Random(2, 'weights');
  const shape = [3, 3, 64, 64];
  const param = {
    shape,
    trainable: true,
    data: Float32Array.from({ length: 9 * 64 * 64 }, () => random.normal(0, 0.05)),
  };
  const one = (p: Param): Graph => ({
    name: 'one',
    inputs: [{ id: 'x', shape: [1, 8, 8, 64] }],
    outputs: ['y'],
    nodes: [
      {
        id: 'y',
        op: 'Conv',
        inputs: ['x'],
        outputs: ['y'],
        params: { weight: 'w' },
        attrs: { strides: [1, 1], dilations: [1, 1], pads: 'same', groups: 1 },
      },
    ],
    params: new Map([['w', p]]),
    meta: {},
  });
  const bitsAWeight = (p: Param) => {
    const { params } = packGraphWithReport(one(p));
    return { bits: (8 * params[0]!.bytes) / param.data.length, info: params[0]! };
  };

  it.each<[string, Param, number]>([
    ['float32', param, 28],
    ['8 bits', affine(param, 8), 7.5],
    ['4 bits', affine(param, 4), 3.3],
    ['2 bits', affine(param, 2), 1.3],
    ['16 clusters', clustered(param, 16), 3.2],
    // 0.72 bits where the zeros are, and the rest as float32.
    ['80 % zeros', sparse(param, 0.8, new Random(1, 'zeros')), 0.2 * 28 + 0.75],
    ['80 % zeros and 4 bits', affine(sparse(param, 0.8, new Random(1, 'zeros')), 4), 1.5],
  ])('of %s is near its entropy', (_, p, most) => {
    const { bits, info } = bitsAWeight(p);
    expect(bits).toBeLessThan(most);
    const scales = p.encoding ? 64 * 4 + 16 : 0;
    expect(info.bytes).toBeGreaterThanOrEqual(Math.floor(info.entropyBytes));
    expect(info.bytes).toBeLessThan(1.004 * info.entropyBytes + scales + 600);
  });

  it('reads again a graph of little but zeros, however small its file', () => {
    const zeros = { shape: [1, 1, 2304, 2048], data: new Float32Array(2304 * 2048), trainable: true };
    const graph = one(zeros);
    const wide = { ...graph, inputs: [{ id: 'x', shape: [1, 8, 8, 2304] }] };
    const back = unpackGraph(packGraph(wide)).params.get('w')!;
    expect(back.shape).toEqual(zeros.shape);
    expect(back.data.every((v) => Object.is(v, 0))).toBe(true);
  });

  it('refuses a graph whose data is not what its encoding says', () => {
    const broken = affine(param, 4);
    const data = broken.data.slice();
    data[0] = 0.1234;
    expect(() => packGraph(one({ ...broken, data }))).toThrow(/within 4 bits/);
  });
});

/** Puts the pieces of a file together again after `change`, with a right checksum. */
function forge(
  bytes: Uint8Array,
  change: (lines: string[], tensors: Map<string, SafetensorsTensor>) => void,
): Uint8Array {
  const { tensors: read, metadata } = decodeSafetensors(bytes);
  const graph = smallGraph();
  const description = decodeSafetensors(encodeGraph(graph)).metadata.graph!;
  const lines = [description, JSON.stringify([...graph.params].map(([id, { shape }]) => [id, shape]))];
  const tensors = new Map(read);
  change(lines, tensors);
  const text = packText(lines.join('\n'));
  tensors.set('graph', { dtype: 'U8', shape: [text.length], data: text });
  const ids = lines[1]!.endsWith(']]')
    ? (JSON.parse(lines[1]!) as [string, unknown][]).map(([id]) => id)
    : [];
  const parts = [text, ...ids.map((id) => tensors.get(id)?.data as Uint8Array)].filter(Boolean);
  const crc = crc32(parts).toString(16).padStart(8, '0');
  return encodeSafetensors({ tensors, metadata: { ...metadata, crc32: crc } });
}

describe('a file that is made to harm', () => {
  const bytes = packGraph(smallGraph());
  const code = (f: () => unknown) => {
    try {
      f();
    } catch (error) {
      if (error instanceof PocketlensError) return error.code;
      throw error;
    }
    return 'none';
  };

  it('is not what the forger makes of nothing', () => {
    expect(bitwise(unpackGraph(forge(bytes, () => undefined)))).toEqual(bitwise(smallGraph()));
  });

  it.each<[string, Parameters<typeof forge>[1]]>([
    [
      'declares far more weights than it can hold',
      (lines) => {
        const graph = JSON.parse(lines[1]!) as [string, number[]][];
        for (const [, shape] of graph) shape.fill(2 ** 30);
        lines[1] = JSON.stringify(graph);
      },
    ],
    [
      'declares other shapes',
      (lines) => {
        lines[1] = lines[1]!.replace('[16,32]', '[17,32]').replace('[3,3,16,32]', '[3,3,16,31]');
      },
    ],
    [
      'names a param twice',
      (lines) => {
        const list = JSON.parse(lines[1]!) as unknown[];
        lines[1] = JSON.stringify([...list, list[0]]);
      },
    ],
    [
      'lacks a param',
      (lines) => {
        lines[1] = JSON.stringify((JSON.parse(lines[1]!) as unknown[]).slice(1));
      },
    ],
    [
      'lists no JSON',
      (lines) => {
        lines[1] = '[[';
      },
    ],
    [
      'holds an empty tensor',
      (_, tensors) => {
        tensors.set('deep/weight', { dtype: 'U8', shape: [0], data: new Uint8Array(0) });
      },
    ],
    [
      'holds a tensor of noise',
      (_, tensors) => {
        const data = Uint8Array.from({ length: 999 }, (__, i) => (i * 73) & 255);
        tensors.set('deep/weight', { dtype: 'U8', shape: [data.length], data });
      },
    ],
    [
      'has bytes too many in a tensor',
      (_, tensors) => {
        const data = Uint8Array.from([...(tensors.get('deep/weight')!.data as Uint8Array), 0]);
        tensors.set('deep/weight', { dtype: 'U8', shape: [data.length], data });
      },
    ],
    [
      'holds a tensor more',
      (_, tensors) => {
        tensors.set('more', { dtype: 'U8', shape: [1], data: new Uint8Array(1) });
      },
    ],
  ])('%s', (_, change) => {
    expect(code(() => unpackGraph(forge(bytes, change)))).toBe('model_corrupt');
  });

  it('mutated in 1000 ways gives a coded error or the exact graph, soon', () => {
    const kinds = ['80 % zeros, then 4 bits', 'codebook of 16', 'float32', 'affine 4 bits, groups of 8'];
    const packed = kinds.map((kind) => ({ bytes: packGraph(graphs[kind]!), graph: bitwise(graphs[kind]!) }));
    let corrupt = 0;
    for (let i = 0; i < 1000; i++) {
      const random = new Random(9, 'mutation', i);
      const { bytes: whole, graph } = packed[i % packed.length]!;
      const mutated = random.chance(0.15) ? whole.slice(0, random.int(0, whole.length - 1)) : whole.slice();
      for (let n = random.int(1, 4); n > 0 && mutated.length > 0; n--)
        mutated[random.int(0, mutated.length - 1)] = random.int(0, 255);
      try {
        expect(bitwise(unpackGraph(mutated))).toEqual(graph);
      } catch (error) {
        if (!(error instanceof PocketlensError)) throw error;
        expect(error.code).toBe('model_corrupt');
        corrupt += 1;
      }
    }
    expect(corrupt).toBeGreaterThan(900);
  });

  it('mutated with a right checksum gives a coded error or a sound graph', () => {
    // What reaches the decoders of the streams themselves.
    let corrupt = 0;
    for (let i = 0; i < 600; i++) {
      const random = new Random(10, 'mutation', i);
      const graph = graphs[random.pick(Object.keys(graphs))]!;
      const whole = packGraph(graph);
      const mutated = forge(whole, (_, tensors) => {
        const id = random.pick([...graph.params.keys()]);
        const data = (tensors.get(id)!.data as Uint8Array).slice();
        for (let n = random.int(1, 3); n > 0; n--) {
          const at = random.chance(0.5)
            ? random.int(0, Math.min(40, data.length - 1))
            : random.int(0, data.length - 1);
          data[at] = random.int(0, 255);
        }
        tensors.set(id, { dtype: 'U8', shape: [data.length], data });
      });
      const result = code(() => unpackGraph(mutated));
      expect(['none', 'model_corrupt']).toContain(result);
      corrupt += Number(result === 'model_corrupt');
    }
    expect(corrupt).toBeGreaterThan(200);
  });
});
