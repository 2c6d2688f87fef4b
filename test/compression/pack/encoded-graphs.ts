/** Graphs whose params are pruned, in few bits or clustered, in every way that the packed file knows. */
import { Random } from '../../../models/base/random.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { codeRange, decodeCodes, type ParamEncoding, scaleIndices } from '../../../models/graph/encoding.js';
import type { Graph, Param } from '../../../models/graph/ir.js';

export function smallGraph(): Graph {
  const b = new GraphBuilder('small', { seed: 4 });
  const x = b.input('x', [null, 8, null, 3]);
  const stem = b.relu(b.batchNorm(b.conv(x, { name: 'stem', filters: 16, kernel: [3, 3], bias: false })));
  const deep = b.relu(b.conv(stem, { name: 'deep', filters: 32, kernel: [3, 3] }));
  return b.finish([b.dense(b.globalAveragePool(deep), { name: 'scores', units: 10 })], {
    classes: 'äöü\n"x"',
  });
}

/** Changes every weight of rank 2 and more. */
export function withWeights(graph: Graph, change: (param: Param, random: Random) => Param, seed = 1): Graph {
  const params = new Map(
    [...graph.params].map(([id, param]) => [
      id,
      param.shape.length < 2 ? param : change(param, new Random(seed, id)),
    ]),
  );
  return { ...graph, params };
}

/** Rounded to codes of `bits` bits; `group` input channels a scale, all of them where it is left out. */
export function affine(
  param: Param,
  bits: number,
  options: { signed?: boolean; group?: number } = {},
): Param {
  const { signed = true, group } = options;
  const { shape, data } = param;
  const input = shape.length - 2;
  const scaleShape = shape.map((d, axis) =>
    axis === shape.length - 1 ? d : axis === input && group ? Math.ceil(d / group) : 1,
  );
  const block = scaleIndices(shape, scaleShape);
  const greatest = new Float32Array(scaleShape.reduce((product, d) => product * d, 1));
  data.forEach((v, i) => {
    greatest[block[i]!] = Math.max(greatest[block[i]!]!, Math.abs(v));
  });
  const [least, most] = codeRange({ bits, signed });
  const zeroPoint = signed ? 0 : 2 ** (bits - 1);
  const scales = greatest.map((g) => (g || 1) / Math.max(1, 2 ** (bits - 1) - 1));
  const zeroPoints = new Int32Array(scales.length).fill(zeroPoint);
  const encoding: ParamEncoding = { kind: 'affine', bits, signed, scaleShape, scales, zeroPoints };
  const codes = data.map((v, i) =>
    Math.min(most, Math.max(least, Math.round(v / scales[block[i]!]!) + zeroPoint)),
  );
  return { ...param, data: decodeCodes(codes, shape, encoding), encoding };
}

/** Each weight replaced by the nearest of evenly spread values. */
export function clustered(param: Param, count: number): Param {
  const greatest = param.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const values = Float32Array.from({ length: count }, (_, i) => greatest * ((2 * i) / (count - 1) - 1));
  const data = param.data.map((v) => values.reduce((a, b) => (Math.abs(b - v) < Math.abs(a - v) ? b : a)));
  return { ...param, data, encoding: { kind: 'codebook', values } };
}

export function sparse(param: Param, share: number, random: Random): Param {
  return { ...param, data: param.data.map((v) => (random.chance(share) ? 0 : v)) };
}

const asHalf = (param: Param): Param => ({
  ...param,
  data: param.data.map((v) => Math.round(v * 256) / 256),
});

/** Name → graph. */
export function encodedGraphs(graph = smallGraph()): Record<string, Graph> {
  const make = (change: (param: Param, random: Random) => Param) => withWeights(graph, change);
  return {
    float32: graph,
    'float16-exact': make(asHalf),
    'affine 8 bits a channel': make((p) => affine(p, 8)),
    'affine 8 bits, unsigned': make((p) => affine(p, 8, { signed: false })),
    'affine 5 bits': make((p) => affine(p, 5)),
    'affine 4 bits, groups of 8': make((p) => affine(p, 4, { group: 8 })),
    'affine 2 bits': make((p) => affine(p, 2)),
    'affine 16 bits': make((p) => affine(p, 16)),
    'codebook of 16': make((p) => clustered(p, 16)),
    'codebook of 256': make((p) => clustered(p, 256)),
    '80 % zeros': make((p, random) => sparse(p, 0.8, random)),
    '99 % zeros': make((p, random) => sparse(p, 0.99, random)),
    '80 % zeros, then 4 bits': make((p, random) => affine(sparse(p, 0.8, random), 4)),
    'half the zeros negative': make((p, random) => ({
      ...p,
      data: p.data.map((v) => (random.chance(0.5) ? (random.chance(0.5) ? -0 : 0) : v)),
    })),
    'codes with negative zeros': make((p, random) => {
      const encoded = affine(sparse(p, 0.5, random), 4);
      return { ...encoded, data: encoded.data.map((v) => (v === 0 ? -0 : v)) };
    }),
    'all zeros': make((p) => ({ ...p, data: new Float32Array(p.data.length) })),
  };
}

/** Every part of a graph, numbers as bit patterns. */
export function bitwise(graph: Graph): unknown {
  const bits = (a: Float32Array) => [...new Uint32Array(a.buffer, a.byteOffset, a.length)];
  const params = [...graph.params].map(([id, { shape, data, trainable, encoding }]) => ({
    id,
    shape,
    trainable,
    data: bits(data),
    encoding: encoding && {
      ...encoding,
      ...(encoding.kind === 'affine'
        ? { scales: bits(encoding.scales), zeroPoints: [...encoding.zeroPoints] }
        : { values: bits(encoding.values) }),
    },
  }));
  return { ...graph, params };
}
