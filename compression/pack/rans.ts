/**
 * Range asymmetric numeral systems (Duda 2013, "Asymmetric numeral systems: entropy coding combining speed of Huffman
 * coding with compression rate of arithmetic coding"): an entropy coder within a fraction of a percent of the order-0
 * entropy, also where a symbol takes far less than a bit. Integers only, so the same bytes everywhere.
 */
import type { ByteReader, ByteWriter } from './bytes.js';

/** Frequencies sum to 2^SCALE_BITS. */
const SCALE_BITS = 14;
const SCALE = 1 << SCALE_BITS;
/** The coder's state lies in [LOW, 256 · LOW) between symbols. */
const LOW = 1 << 23;

/** How often each symbol occurs, as shares of 2^14: at least 1 for every symbol that occurs. */
export function frequenciesOf(counts: Uint32Array): Uint16Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const frequencies = Uint16Array.from(counts, (count) =>
    count === 0 ? 0 : Math.max(1, Math.floor((count * SCALE) / total)),
  );
  // What rounding left over goes to (or comes from) the greatest, which feels it least.
  let rest = SCALE - frequencies.reduce((sum, f) => sum + f, 0);
  while (rest !== 0) {
    const greatest = frequencies.indexOf(Math.max(...frequencies));
    const change = rest > 0 ? rest : Math.max(rest, -(frequencies[greatest]! >> 1));
    frequencies[greatest]! += change;
    rest -= change;
  }
  return frequencies;
}

export function writeFrequencies(writer: ByteWriter, frequencies: Uint16Array): void {
  let sum = 0;
  for (let s = 0; sum < SCALE; s++) {
    const frequency = frequencies[s]!;
    writer.varint(frequency);
    sum += frequency;
    if (frequency > 0) continue;
    let run = 0;
    while (frequencies[s + run + 1] === 0) run += 1;
    writer.varint(run);
    s += run;
  }
}

export function readFrequencies(reader: ByteReader, alphabet: number): Uint16Array {
  const frequencies = new Uint16Array(alphabet);
  let sum = 0;
  for (let s = 0; sum < SCALE; s++) {
    if (s >= alphabet) throw reader.corrupt('has a table of too few frequencies');
    frequencies[s] = reader.varint(SCALE - sum);
    sum += frequencies[s]!;
    if (frequencies[s] === 0) s += reader.varint(alphabet);
  }
  return frequencies;
}

function startsOf(frequencies: Uint16Array): Uint16Array {
  const starts = new Uint16Array(frequencies.length);
  for (let s = 1; s < starts.length; s++) starts[s] = starts[s - 1]! + frequencies[s - 1]!;
  return starts;
}

/** @param symbols all with a frequency above 0. */
export function encodeRans(symbols: Uint8Array, frequencies: Uint16Array): Uint8Array {
  const starts = startsOf(frequencies);
  let bytes = new Uint8Array(symbols.length + 16);
  let length = 0;
  // Below 2^31 at any time, so that all is arithmetic of 32-bit integers.
  let state = LOW | 0;
  // Backwards, and the bytes are turned round at the end: the decoder then runs forwards.
  for (let i = symbols.length - 1; i >= 0; i--) {
    const symbol = symbols[i]!;
    const frequency = frequencies[symbol]!;
    if (length + 8 > bytes.length) {
      const grown = new Uint8Array(2 * bytes.length);
      grown.set(bytes);
      bytes = grown;
    }
    // Compared without its last byte: 256 times as much may be 2^31.
    const most = (LOW >>> SCALE_BITS) * frequency;
    while (state >>> 8 >= most) {
      bytes[length++] = state & 255;
      state >>>= 8;
    }
    const quotient = (state / frequency) | 0;
    state = ((quotient << SCALE_BITS) + (state - Math.imul(quotient, frequency)) + starts[symbol]!) | 0;
  }
  for (let k = 0; k < 4; k++, state >>>= 8) bytes[length++] = state & 255;
  return bytes.slice(0, length).reverse();
}

/** @throws model_corrupt unless exactly `count` symbols fill exactly the bytes */
export function decodeRans(
  reader: ByteReader,
  bytes: Uint8Array,
  frequencies: Uint16Array,
  count: number,
): Uint8Array {
  const starts = startsOf(frequencies);
  const symbolAt = new Uint8Array(SCALE);
  frequencies.forEach((frequency, s) => {
    symbolAt.fill(s, starts[s]!, starts[s]! + frequency);
  });
  if (bytes.length < 4) throw reader.corrupt('has too few bytes of code');
  let state = ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
  if (state < LOW || state >= 256 * LOW) throw reader.corrupt('has code that begins wrongly');
  let at = 4;
  const symbols = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const slot = state & (SCALE - 1);
    const symbol = symbolAt[slot]!;
    symbols[i] = symbol;
    state = frequencies[symbol]! * (state >>> SCALE_BITS) + slot - starts[symbol]!;
    while (state < LOW) {
      if (at >= bytes.length) throw reader.corrupt('has code that ends too early');
      state = (state << 8) | bytes[at++]!;
    }
  }
  if (state !== LOW || at !== bytes.length)
    throw reader.corrupt('has code that does not end where it should');
  return symbols;
}
