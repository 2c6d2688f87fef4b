/** Bytes of a graph's weights: dense, packed, and after gzip, since zeros and repeats only pay off where they are coded. */
import { gzipSync } from 'node:zlib';
import { codesOf } from '../../models/graph/encoding.js';
import type { Graph, Param } from '../../models/graph/ir.js';
import { packGraph } from '../pack/pack-graph.js';
import { storedBits, weightBits } from './bits.js';

export interface SizeBytes {
  readonly parameters: number;
  readonly nonZeroParameters: number;
  /** All weights as float32. */
  readonly dense: number;
  /** Codes of encoded weights in their bits, with what decodes them; the rest float32. */
  readonly packed: number;
  readonly denseGzip: number;
  readonly packedGzip: number;
  /** The whole graph as a packed file (`pack/`): zeros and frequent codes cost little in it. */
  readonly file: number;
}

/** All but `file` are of the weights alone. */
export function sizeOfWeights(graph: Graph): SizeBytes {
  const params = [...graph.params].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, param]) => param);
  const dense = concat(params.map(({ data }) => bytesOf(data)));
  const packed = concat(params.flatMap(packedParts));
  const count = (of: (param: Param) => number) => params.reduce((sum, param) => sum + of(param), 0);
  return {
    parameters: count(({ data }) => data.length),
    nonZeroParameters: count(({ data }) => data.reduce((n, value) => n + Number(value !== 0), 0)),
    dense: dense.length,
    packed: Math.ceil(count(storedBits) / 8),
    denseGzip: gzipSync(dense, { level: 9 }).length,
    packedGzip: gzipSync(packed, { level: 9 }).length,
    file: packGraph(graph).length,
  };
}

function packedParts(param: Param): Uint8Array[] {
  const { encoding, data } = param;
  if (!encoding) return [bytesOf(data)];
  const bits = weightBits(param);
  const codes = packBits(codesOf(param), bits);
  if (encoding.kind === 'codebook') return [codes, bytesOf(encoding.values)];
  return [codes, bytesOf(encoding.scales), packBits(encoding.zeroPoints, Math.max(8, bits))];
}

/** The lowest `bits` bits of each number, least significant first. */
function packBits(codes: Int32Array, bits: number): Uint8Array {
  const out = new Uint8Array(Math.ceil((codes.length * bits) / 8));
  let at = 0;
  for (const code of codes) {
    for (let b = 0; b < bits; b++, at++) if ((code >> b) & 1) out[at >> 3]! |= 1 << (at & 7);
  }
  return out;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
