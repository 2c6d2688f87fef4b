/**
 * Text in few bytes: repeats are replaced by references (Ziv and Lempel 1977), and what is left goes through the same entropy
 * coder as the weights. A graph's JSON shrinks to about a fifth.
 */
import { ByteReader, ByteWriter, packCorrupt } from './bytes.js';
import { type CodingOptions, readSymbols, streamOf, writeSymbols } from './symbols.js';

const SHORTEST = 4;
const LONGEST = 1 << 16;
/** How many earlier places are tried for a match. */
const TRIES = 64;
/** A text may be this many times as long as its bytes, beyond the first MiB; what repeats more is stored plainly. */
const MOST_EXPANSION = 64;
const FREE_BYTES = 1 << 20;

const PLAIN = 0;
const CODED = 1;

export function packText(text: string, options: CodingOptions = {}): Uint8Array {
  const source = new TextEncoder().encode(text);
  const writer = new ByteWriter();
  writer.byte(CODED);
  writer.varint(source.length);
  const { literals, runs, lengths, distances } = references(source);
  writer.varint(runs.length);
  for (const numbers of [runs, lengths, distances]) writeNumbers(writer, numbers, options);
  writer.varint(literals.length);
  writeSymbols(writer, streamOf(8, literals), options);
  const coded = writer.finish();
  if (coded.length <= source.length && source.length <= mostOf(coded.length)) return coded;
  const plain = new Uint8Array(source.length + 1);
  plain[0] = PLAIN;
  plain.set(source, 1);
  return plain;
}

const mostOf = (bytes: number) => FREE_BYTES + MOST_EXPANSION * bytes;

/** @throws model_corrupt */
export function unpackText(bytes: Uint8Array, name: string): string {
  const reader = new ByteReader(bytes, name);
  const source = reader.byte(CODED) === PLAIN ? reader.bytes(reader.left) : readCoded(reader, bytes.length);
  reader.end();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
  } catch (cause) {
    throw packCorrupt(`${name} is not UTF-8`, cause);
  }
}

function readCoded(reader: ByteReader, available: number): Uint8Array {
  const out = new Uint8Array(reader.varint(mostOf(available)));
  const steps = reader.varint(out.length + 1);
  const runs = readNumbers(reader, steps, out.length);
  const lengths = readNumbers(reader, steps, out.length);
  const distances = readNumbers(reader, steps, out.length);
  const literals = readSymbols(reader, 8, reader.varint(out.length));
  let at = 0;
  let used = 0;
  for (let i = 0; i < steps; i++) {
    const [run, length, distance] = [runs[i]!, lengths[i]!, distances[i]!];
    if (
      at + run + length > out.length ||
      used + run > literals.length ||
      (length > 0 && distance >= at + run)
    )
      throw reader.corrupt('refers beyond its text');
    out.set(literals.subarray(used, used + run), at);
    used += run;
    at += run;
    // Byte by byte: a reference may reach into what it makes.
    for (const end = at + length; at < end; at++) out[at] = out[at - distance - 1]!;
  }
  if (at !== out.length || used !== literals.length) throw reader.corrupt('does not fill its text');
  return out;
}

interface References {
  readonly literals: Uint8Array;
  /** Step by step: so many literals, then `length` bytes from `distance` + 1 back. */
  readonly runs: readonly number[];
  readonly lengths: readonly number[];
  readonly distances: readonly number[];
}

function references(source: Uint8Array): References {
  const literals: number[] = [];
  const runs: number[] = [];
  const lengths: number[] = [];
  const distances: number[] = [];
  const newest = new Map<number, number>();
  const older = new Int32Array(source.length).fill(-1);
  const keyAt = (i: number) =>
    (source[i]! | (source[i + 1]! << 8) | (source[i + 2]! << 16) | (source[i + 3]! << 24)) >>> 0;
  const remember = (i: number) => {
    if (i + SHORTEST > source.length) return;
    const key = keyAt(i);
    older[i] = newest.get(key) ?? -1;
    newest.set(key, i);
  };
  const longest = (i: number) => {
    let best = { length: 0, distance: 0 };
    if (i + SHORTEST > source.length) return best;
    const most = Math.min(LONGEST, source.length - i);
    let candidate = newest.get(keyAt(i)) ?? -1;
    for (let tries = 0; candidate >= 0 && tries < TRIES; tries++, candidate = older[candidate]!) {
      let length = SHORTEST;
      while (length < most && source[candidate + length] === source[i + length]) length += 1;
      if (length > best.length) best = { length, distance: i - candidate - 1 };
    }
    return best;
  };
  let run = 0;
  let i = 0;
  while (i < source.length) {
    const here = longest(i);
    remember(i);
    // A literal more is worth it where the match from the next byte on is longer.
    const wait = here.length >= SHORTEST && here.length < 64 && longest(i + 1).length > here.length + 1;
    if (here.length < SHORTEST || wait) {
      literals.push(source[i]!);
      run += 1;
      i += 1;
      continue;
    }
    runs.push(run);
    lengths.push(here.length);
    distances.push(here.distance);
    for (let k = 1; k < here.length; k++) remember(i + k);
    i += here.length;
    run = 0;
  }
  if (run > 0) {
    runs.push(run);
    lengths.push(0);
    distances.push(0);
  }
  return { literals: Uint8Array.from(literals), runs, lengths, distances };
}

/** Each number as how many bits it has, entropy-coded, and those bits below the highest. */
function writeNumbers(writer: ByteWriter, numbers: readonly number[], options: CodingOptions): void {
  const sizes = Uint8Array.from(numbers, (n) => 31 - Math.clz32(n + 1));
  writeSymbols(writer, streamOf(5, sizes), options);
  const low: number[] = [];
  numbers.forEach((n, i) => {
    for (let bit = 0; bit < sizes[i]!; bit++) low.push(((n + 1) >>> bit) & 1);
  });
  writeSymbols(writer, streamOf(1, Uint8Array.from(low)), { entropy: false });
}

function readNumbers(reader: ByteReader, count: number, most: number): number[] {
  const sizes = readSymbols(reader, 5, count);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const low = readSymbols(reader, 1, total);
  let at = 0;
  return Array.from(sizes, (size) => {
    let n = 1;
    let value = 0;
    for (let bit = 0; bit < size; bit++, n *= 2) value += low[at++]! * n;
    const number = value + n - 1;
    if (number > most) throw reader.corrupt(`holds ${number} where at most ${most} may stand`);
    return number;
  });
}
