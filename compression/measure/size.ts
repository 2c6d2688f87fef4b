/** Bytes of a graph's weights: dense, packed, and after gzip, since zeros and repeats only pay off where they are coded. */
import { createHash } from 'node:crypto';
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
    nonZeroParameters: count(({ data }) => data.length - zerosIn(data)),
    dense: dense.length,
    packed: Math.ceil(count(storedBits) / 8),
    denseGzip: gzipBytes(dense),
    packedGzip: gzipBytes(packed),
    file: packGraph(graph).length,
  };
}

export function zerosIn(data: Float32Array): number {
  let zeros = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros += 1;
  return zeros;
}

/** Digest → bytes after gzip, of what was asked last. */
const gzipped = new Map<string, number>();
const MOST_KEPT = 64;

/** Most passes leave many weights as they are, and gzip takes longer than anything else that is measured. */
function gzipBytes(bytes: Uint8Array): number {
  const digest = createHash('sha256').update(bytes).digest('base64');
  const size = gzipped.get(digest) ?? gzipSync(bytes, { level: 9 }).length;
  gzipped.delete(digest);
  gzipped.set(digest, size);
  if (gzipped.size > MOST_KEPT) gzipped.delete(gzipped.keys().next().value!);
  return size;
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
  if (bits === 8) {
    for (let i = 0; i < codes.length; i++) out[i] = codes[i]!;
    return out;
  }
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
