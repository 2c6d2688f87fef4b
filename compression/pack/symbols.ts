/** Streams of small integers: as plain bits or entropy-coded, whichever is smaller. */
import { type ByteReader, ByteWriter } from './bytes.js';
import { decodeRans, encodeRans, frequenciesOf, readFrequencies, writeFrequencies } from './rans.js';

export interface SymbolStream {
  /** Bits of a symbol, 1 to 8. */
  readonly width: number;
  readonly symbols: Uint8Array;
  /** How often each of the 2^width symbols occurs. */
  readonly counts: Uint32Array;
}

export function streamOf(width: number, symbols: Uint8Array): SymbolStream {
  const counts = new Uint32Array(1 << width);
  for (let i = 0; i < symbols.length; i++) counts[symbols[i]!]! += 1;
  return { width, symbols, counts };
}

export interface CodingOptions {
  /** Default true. False: plain bits only, no runs: a byte stands for at most 8 numbers. */
  readonly entropy?: boolean;
}

const PLAIN = 0;
const CODED = 1;

/** How many symbols the stream has is the reader's to know. */
export function writeSymbols(
  writer: ByteWriter,
  { width, symbols, counts }: SymbolStream,
  { entropy = true }: CodingOptions = {},
): void {
  const plainBytes = Math.ceil((symbols.length * width) / 8);
  if (entropy && symbols.length > 0) {
    const table = new ByteWriter();
    const frequencies = frequenciesOf(counts);
    writeFrequencies(table, frequencies);
    if (table.length < plainBytes) {
      const bytes = encodeRans(symbols, frequencies);
      table.varint(bytes.length);
      if (table.length + bytes.length < plainBytes) {
        writer.byte(CODED);
        writer.bytes(table.finish());
        writer.bytes(bytes);
        return;
      }
    }
  }
  writer.byte(PLAIN);
  writer.bytes(packBits(symbols, width));
}

/** @throws model_corrupt */
export function readSymbols(reader: ByteReader, width: number, count: number): Uint8Array {
  if (reader.byte(CODED) === CODED) {
    const frequencies = readFrequencies(reader, 1 << width);
    const bytes = reader.bytes(reader.varint(reader.left));
    return decodeRans(reader, bytes, frequencies, count);
  }
  return unpackBits(reader.bytes(Math.ceil((count * width) / 8)), width, count);
}

/** Bytes that `writeSymbols` will take, within a few. */
export function estimateBytes(stream: SymbolStream, { entropy = true }: CodingOptions = {}): number {
  const { width, symbols, counts } = stream;
  const plain = Math.ceil((symbols.length * width) / 8);
  if (!entropy || symbols.length === 0) return 1 + plain;
  const table = new ByteWriter();
  writeFrequencies(table, frequenciesOf(counts));
  return 1 + Math.min(plain, table.length + 6 + Math.ceil(entropyBits(stream) / 8));
}

/** Order-0 entropy of all symbols together, bits: what no coder that sees each symbol by itself can go below. */
export function entropyBits({ symbols, counts }: SymbolStream): number {
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= count * Math.log2(count / symbols.length);
  return bits;
}

/** The lowest bit of the first symbol is the lowest of the first byte. */
function packBits(symbols: Uint8Array, width: number): Uint8Array {
  if (width === 8) return symbols;
  const bytes = new Uint8Array(Math.ceil((symbols.length * width) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < symbols.length; i++) {
    held |= symbols[i]! << bits;
    for (bits += width; bits >= 8; bits -= 8, held >>>= 8) bytes[at++] = held & 255;
  }
  if (bits > 0) bytes[at] = held & 255;
  return bytes;
}

function unpackBits(bytes: Uint8Array, width: number, count: number): Uint8Array {
  const symbols = new Uint8Array(count);
  const mask = (1 << width) - 1;
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (bits < width) {
      held |= bytes[at++]! << bits;
      bits += 8;
    }
    symbols[i] = held & mask;
    held >>>= width;
    bits -= width;
  }
  return symbols;
}
