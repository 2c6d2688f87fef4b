/** Writing and reading of bytes, and the error that every mistake in a packed file ends in. */
import { crc32 as crc32From } from 'node:zlib';
import { PocketlensError } from '../../models/base/errors.js';

export function packCorrupt(what: string, cause?: unknown): PocketlensError {
  return new PocketlensError('model_corrupt', `Expected a sound packed model but ${what}.`, {
    remedy: 'Get the file again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Seven bits a byte, the lowest first; natural numbers up to 2^53 − 1. */
  varint(value: number): void {
    let left = value;
    while (left >= 128) {
      this.byte((left % 128) | 128);
      left = Math.floor(left / 128);
    }
    this.byte(left);
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** Little-endian. */
  uint32s(values: Uint32Array): void {
    for (const value of values)
      for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 255);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Every method throws model_corrupt where the bytes end too early or a value is beyond its bound. */
export class ByteReader {
  #at = 0;

  constructor(
    private readonly source: Uint8Array,
    private readonly name: string,
  ) {}

  get left(): number {
    return this.source.length - this.#at;
  }

  /** At most `most`. */
  byte(most = 255): number {
    const value = this.bytes(1)[0]!;
    if (value > most) throw this.corrupt(`holds ${value} where at most ${most} may stand`);
    return value;
  }

  /** From `least` to `most`. */
  varint(most: number, least = 0): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++, factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte & 128) continue;
      if (value > most || value < least)
        throw this.corrupt(`holds ${value} where ${least} to ${most} may stand`);
      return value;
    }
    throw this.corrupt('holds a number that does not end');
  }

  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    if (count > this.left) throw this.corrupt(`ends ${count - this.left} bytes too early`);
    this.#at += count;
    return this.source.subarray(this.#at - count, this.#at);
  }

  uint32s(count: number): Uint32Array {
    const bytes = this.bytes(4 * count);
    return Uint32Array.from(
      { length: count },
      (_, i) =>
        (bytes[4 * i]! | (bytes[4 * i + 1]! << 8) | (bytes[4 * i + 2]! << 16) | (bytes[4 * i + 3]! << 24)) >>>
        0,
    );
  }

  end(): void {
    if (this.left > 0) throw this.corrupt(`has ${this.left} bytes too many`);
  }

  corrupt(what: string): PocketlensError {
    return packCorrupt(`${this.name} ${what}`);
  }
}

/** CRC-32 (ISO 3309) of the parts, one after the other. */
export function crc32(parts: Iterable<Uint8Array>): number {
  let crc = 0;
  for (const part of parts) crc = crc32From(part, crc);
  return crc;
}
