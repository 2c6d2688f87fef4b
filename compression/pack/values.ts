/**
 * An array of 32-bit patterns (float32 or int32) in the fewest bytes: each value as four byte planes, as float16 where that
 * is exact, as an index into a palette of at most 256 patterns, or as the code of an encoding that the caller knows; each
 * with its zeros in place, as a bitmap or as runs; each stream as plain bits or entropy-coded. The smallest is taken.
 */
import { decodeHalf, exactHalves } from '../../models/graph/half.js';
import type { ByteReader, ByteWriter } from './bytes.js';
import { distinctOf } from './distinct.js';
import {
  type CodingOptions,
  entropyBits,
  estimateBytes,
  readSymbols,
  type SymbolStream,
  streamOf,
  writeSymbols,
} from './symbols.js';
import { readZeros, writeZeros, ZERO_LAYOUTS, type ZeroLayout, zeroStream } from './zeros.js';

export const REPRESENTATIONS = ['float32', 'float16', 'palette', 'codes'] as const;
export type Representation = (typeof REPRESENTATIONS)[number];

/** Codes that an encoding gives the values, and back. */
export interface ValueCodes {
  /** 1 to 8 bits. */
  readonly width: number;
  readonly symbols: Uint8Array;
}

export interface ValueDecoder {
  readonly width: number;
  /** Symbols of all elements → bit patterns; an element that is stored as a zero has symbol 0 and is overwritten. */
  decode(symbols: Uint8Array): Uint32Array;
}

/** Patterns in a palette. */
const MOST_PALETTE = 256;

export interface Layout {
  readonly representation: Representation;
  readonly zeros: ZeroLayout;
  /** Order-0 entropy of the streams, bits: a bound for this layout, without tables. */
  readonly entropyBits: number;
}

interface Candidate extends Layout {
  readonly palette: Uint32Array;
  readonly streams: readonly SymbolStream[];
  readonly bytes: number;
  /** Where the zeros are, unless they are in place. */
  readonly positions: SymbolStream | undefined;
}

/** @param codes leave out where no encoding gives exactly these patterns. */
export function writeValues(
  writer: ByteWriter,
  bits: Uint32Array,
  codes?: ValueCodes,
  options: CodingOptions = {},
): Layout {
  const occupied = new Uint8Array(bits.length);
  let filled = 0;
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] === 0) continue;
    occupied[i] = 1;
    filled += 1;
  }
  const dense = representationsOf(bits, codes?.width, codes?.symbols);
  const kept =
    filled === bits.length
      ? []
      : representationsOf(
          compact(bits, occupied, new Uint32Array(filled)),
          codes?.width,
          codes && compact(codes.symbols, occupied, new Uint8Array(filled)),
        );
  let best: Candidate | undefined;
  for (const zeros of kept.length === 0 ? (['dense'] as const) : ZERO_LAYOUTS) {
    // Runs of nothing but zeros take no bytes at all: too few for a reader that bounds what a byte may stand for.
    if (zeros === 'runs' && options.entropy === false) continue;
    const positions = zeros === 'dense' ? undefined : zeroStream(occupied, zeros);
    const extraBytes = positions ? estimateBytes(positions, options) : 0;
    for (const { representation, palette, streams } of positions ? kept : dense) {
      const all = positions ? [positions, ...streams] : streams;
      const bytes =
        extraBytes +
        4 * palette.length +
        streams.reduce((sum, stream) => sum + estimateBytes(stream, options), 0);
      if (best && best.bytes <= bytes) continue;
      const entropy = all.reduce((sum, stream) => sum + entropyBits(stream), 32 * palette.length);
      best = { representation, palette, streams, zeros, bytes, positions, entropyBits: entropy };
    }
  }
  const { representation, zeros, palette, streams, positions } = best!;
  writer.byte(REPRESENTATIONS.indexOf(representation) * ZERO_LAYOUTS.length + ZERO_LAYOUTS.indexOf(zeros));
  if (positions && zeros !== 'dense') writeZeros(writer, positions, zeros, options);
  if (representation === 'palette') {
    writer.varint(palette.length);
    writer.uint32s(palette);
  }
  for (const stream of streams) writeSymbols(writer, stream, options);
  return { representation, zeros, entropyBits: best!.entropyBits };
}

/** @throws model_corrupt */
export function readValues(reader: ByteReader, size: number, decoder?: ValueDecoder): Uint32Array {
  const kind = reader.byte(REPRESENTATIONS.length * ZERO_LAYOUTS.length - 1);
  const representation = REPRESENTATIONS[Math.floor(kind / ZERO_LAYOUTS.length)]!;
  const zeros = ZERO_LAYOUTS[kind % ZERO_LAYOUTS.length]!;
  const occupied = zeros === 'dense' ? undefined : readZeros(reader, size, zeros);
  let count = size;
  if (occupied) {
    count = 0;
    for (let i = 0; i < size; i++) count += occupied[i]!;
  }
  if (representation === 'codes') {
    if (!decoder) throw reader.corrupt('has codes without an encoding');
    const symbols = readSymbols(reader, decoder.width, count);
    const patterns = decoder.decode(occupied ? spread(symbols, occupied, new Uint8Array(size)) : symbols);
    if (occupied) for (let i = 0; i < size; i++) if (!occupied[i]) patterns[i] = 0;
    return patterns;
  }
  const patterns = readPatterns(reader, representation, count);
  return occupied ? spread(patterns, occupied, new Uint32Array(size)) : patterns;
}

function readPatterns(
  reader: ByteReader,
  representation: Exclude<Representation, 'codes'>,
  count: number,
): Uint32Array {
  if (representation === 'palette') {
    const palette = reader.uint32s(reader.varint(MOST_PALETTE));
    const symbols = readSymbols(reader, widthOf(palette.length), count);
    const patterns = new Uint32Array(symbols.length);
    for (let i = 0; i < symbols.length; i++) {
      const symbol = symbols[i]!;
      if (symbol >= palette.length) throw reader.corrupt(`has no value ${symbol} in its palette`);
      patterns[i] = palette[symbol]!;
    }
    return patterns;
  }
  const planes = Array.from({ length: representation === 'float32' ? 4 : 2 }, () =>
    readSymbols(reader, 8, count),
  );
  const joined = new Uint32Array(count);
  for (const plane of planes) for (let i = 0; i < count; i++) joined[i] = (joined[i]! << 8) | plane[i]!;
  if (representation === 'float32') return joined.map((r) => (r >>> 1) | (r << 31));
  const halves = Uint16Array.from(joined, (r) => (r >>> 1) | (r << 15));
  return bitsOf(decodeHalf(halves));
}

function spread<T extends Uint8Array | Uint32Array>(values: T, occupied: Uint8Array, out: T): T {
  let next = 0;
  for (let i = 0; i < out.length; i++) if (occupied[i]) out[i] = values[next++]!;
  return out;
}

/** The elements that `keep` marks. */
function compact<T extends Uint8Array | Uint32Array>(values: T, keep: Uint8Array, out: T): T {
  let next = 0;
  for (let i = 0; i < keep.length; i++) if (keep[i]) out[next++] = values[i]!;
  return out;
}

type Plain = Pick<Candidate, 'representation' | 'palette' | 'streams'>;

function representationsOf(bits: Uint32Array, codeWidth?: number, codes?: Uint8Array): Plain[] {
  const none = new Uint32Array(0);
  const found: Plain[] = [];
  if (codes && codeWidth)
    found.push({ representation: 'codes', palette: none, streams: [streamOf(codeWidth, codes)] });
  const distinct = distinctOf(bits, MOST_PALETTE);
  if (distinct) {
    const { values: palette, symbols } = distinct;
    found.push({
      representation: 'palette',
      palette,
      streams: [streamOf(widthOf(palette.length), symbols)],
    });
  }
  // The sign goes last, so that the first plane is the exponent, which is what has little entropy.
  const halves = exactHalves(floatsOf(bits));
  if (halves) {
    const rotated = halves.map((h) => (h << 1) | (h >>> 15));
    found.push({
      representation: 'float16',
      palette: none,
      streams: [8, 0].map((at) => planeOf(rotated, at)),
    });
  }
  const rotated = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) rotated[i] = (bits[i]! << 1) | (bits[i]! >>> 31);
  found.push({
    representation: 'float32',
    palette: none,
    streams: [24, 16, 8, 0].map((at) => planeOf(rotated, at)),
  });
  return found;
}

/** The byte that begins at bit `at` of each word. */
function planeOf(words: Uint32Array | Uint16Array, at: number): SymbolStream {
  const symbols = new Uint8Array(words.length);
  for (let i = 0; i < words.length; i++) symbols[i] = words[i]! >>> at;
  return streamOf(8, symbols);
}

export function widthOf(count: number): number {
  return count <= 2 ? 1 : 32 - Math.clz32(count - 1);
}

/** The same memory. */
export function bitsOf(values: Float32Array | Int32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

export function floatsOf(bits: Uint32Array): Float32Array {
  return new Float32Array(bits.buffer, bits.byteOffset, bits.length);
}
