/** Where the zeros of a sparse array lie: a bitmap, or the lengths of their runs. */
import type { ByteReader, ByteWriter } from './bytes.js';
import { type CodingOptions, readSymbols, type SymbolStream, streamOf, writeSymbols } from './symbols.js';

export const ZERO_LAYOUTS = ['dense', 'bitmap', 'runs'] as const;
/** dense: zeros are stored as all values are. */
export type ZeroLayout = (typeof ZERO_LAYOUTS)[number];

/** Four elements a symbol: wide enough for entropy coding to gain, with a table that small arrays can afford. */
const BITMAP_WIDTH = 4;
/** A run of 15 or more is this symbol and the rest of it; a lesser one is its length, followed by one value. */
const LONG_RUN = 15;
const RUN_WIDTH = 4;

/** @param occupied 1 where the element is not zero. */
export function zeroStream(occupied: Uint8Array, layout: Exclude<ZeroLayout, 'dense'>): SymbolStream {
  if (layout === 'bitmap') {
    const symbols = new Uint8Array(Math.ceil(occupied.length / BITMAP_WIDTH));
    for (let i = 0; i < occupied.length; i++) symbols[i >> 2]! |= occupied[i]! << (i & 3);
    return streamOf(BITMAP_WIDTH, symbols);
  }
  let filled = 0;
  for (let i = 0; i < occupied.length; i++) filled += occupied[i]!;
  const runs = new Uint8Array(filled + Math.floor((occupied.length - filled) / LONG_RUN));
  let count = 0;
  let run = 0;
  for (let i = 0; i < occupied.length; i++) {
    if (!occupied[i]) run += 1;
    else {
      for (; run >= LONG_RUN; run -= LONG_RUN) runs[count++] = LONG_RUN;
      runs[count++] = run;
      run = 0;
    }
  }
  return streamOf(RUN_WIDTH, runs.slice(0, count));
}

/** @param stream of `zeroStream` in the same layout. */
export function writeZeros(
  writer: ByteWriter,
  stream: SymbolStream,
  layout: Exclude<ZeroLayout, 'dense'>,
  options?: CodingOptions,
): void {
  if (layout === 'runs') writer.varint(stream.symbols.length);
  writeSymbols(writer, stream, options);
}

/** 1 where a value stands. @throws model_corrupt */
export function readZeros(
  reader: ByteReader,
  size: number,
  layout: Exclude<ZeroLayout, 'dense'>,
): Uint8Array {
  const occupied = new Uint8Array(size);
  if (layout === 'bitmap') {
    const symbols = readSymbols(reader, BITMAP_WIDTH, Math.ceil(size / BITMAP_WIDTH));
    for (let i = 0; i < size; i++) occupied[i] = (symbols[i >> 2]! >> (i & 3)) & 1;
    return occupied;
  }
  const symbols = readSymbols(reader, RUN_WIDTH, reader.varint(size));
  let at = 0;
  for (const run of symbols) {
    at += run;
    if (run === LONG_RUN) continue;
    if (at >= size) throw reader.corrupt('has values beyond its end');
    occupied[at++] = 1;
  }
  return occupied;
}
