/**
 * The safetensors file format: eight bytes with the header's length, a JSON header, the tensors' bytes (little-endian,
 * row-major). Equal contents give equal bytes. Reading trusts nothing: a file may be truncated or made to harm.
 */
import { PocketlensError } from '../base/errors.js';
import { decodeHalf } from './half.js';
import { sizeOf } from './shapes.js';

export type SafetensorsType = 'F32' | 'F16' | 'I8' | 'U8' | 'I32';

export interface SafetensorsTensor {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  /** F32: Float32Array; F16: Uint16Array of its bits (`toFloat32` widens); I8, U8, I32: as the name says. */
  readonly data: Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const ARRAYS = {
  F32: Float32Array,
  F16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  I32: Int32Array,
} as const;

/** As the reference reader has it. */
const MAX_HEADER_BYTES = 100_000_000;
const ALIGNMENT = 8;

interface HeaderEntry {
  readonly dtype: SafetensorsType;
  readonly shape: number[];
  readonly data_offsets: [begin: number, end: number];
}

/** Tensors stand by element size, greatest first, then by name, so that each is aligned. */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const names = [...tensors.keys()].sort((a, b) => {
    const size = (name: string) => ARRAYS[tensors.get(name)!.dtype].BYTES_PER_ELEMENT;
    return size(b) - size(a) || (a < b ? -1 : 1);
  });
  // No prototype: a tensor may have any name.
  const header: Record<string, HeaderEntry | Record<string, string>> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = sortedByKey(metadata);
  let end = 0;
  for (const name of names) {
    const { dtype, shape, data } = tensors.get(name)!;
    if (name === '__metadata__' || data.length !== sizeOf(shape) || !(data instanceof ARRAYS[dtype])) {
      throw new PocketlensError(
        'internal',
        `Expected ${dtype} data of [${shape.join(', ')}] for tensor "${name}".`,
      );
    }
    header[name] = { dtype, shape: [...shape], data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + headerLength + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength).set(json, 8);
  let offset = 8 + headerLength;
  for (const name of names) {
    const { data } = tensors.get(name)!;
    bytes.set(toLittleEndian(data), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** @throws model_corrupt where the bytes are no sound file of this format, with the five types known here. */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, begin } = readHeader(bytes);
  const metadata = readMetadata(header);
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  const entries = names.map((name) => ({ name, ...readEntry(name, header[name], bytes.length - begin) }));
  checkLayout(entries, bytes.length - begin);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, dtype, shape, data_offsets } of entries) {
    const [from, to] = data_offsets;
    tensors.set(name, {
      dtype,
      shape,
      data: fromLittleEndian(bytes.subarray(begin + from, begin + to), dtype),
    });
  }
  return { tensors, metadata };
}

/** The values of a F32 or F16 tensor as float32; integers as they are. */
export function toFloat32({ dtype, data }: SafetensorsTensor): Float32Array {
  if (dtype === 'F16') return decodeHalf(data as Uint16Array);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

function corrupt(what: string, cause?: unknown): PocketlensError {
  return new PocketlensError('model_corrupt', `Expected a sound safetensors file but ${what}.`, {
    remedy: 'Get the file again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; begin: number } {
  if (bytes.length < 8) throw corrupt(`received only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, bytes.length - 8))) {
    throw corrupt(`its header claims ${length} of ${bytes.length} bytes`);
  }
  const begin = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, begin)));
  } catch (cause) {
    throw corrupt('its header is not JSON', cause);
  }
  if (!isRecord(header)) throw corrupt('its header is not an object');
  return { header, begin };
}

function readMetadata(header: Record<string, unknown>): Record<string, string> {
  const metadata = Object.hasOwn(header, '__metadata__') ? header.__metadata__ : {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw corrupt('its metadata is not an object of strings');
  }
  return metadata as Record<string, string>;
}

function readEntry(name: string, entry: unknown, available: number): HeaderEntry {
  if (!isRecord(entry)) throw corrupt(`the entry of tensor "${name}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(ARRAYS, dtype)) {
    throw corrupt(
      `tensor "${name}" has type ${JSON.stringify(dtype)} (known are ${Object.keys(ARRAYS).join(', ')})`,
    );
  }
  if (!isNaturals(shape)) throw corrupt(`tensor "${name}" has no valid shape`);
  if (!isNaturals(offsets) || offsets.length !== 2) throw corrupt(`tensor "${name}" has no valid offsets`);
  const [from, to] = offsets as [number, number];
  if (from > to || to > available) throw corrupt(`tensor "${name}" lies outside the file`);
  const type = dtype as SafetensorsType;
  if (to - from !== sizeOf(shape) * ARRAYS[type].BYTES_PER_ELEMENT) {
    throw corrupt(`tensor "${name}" [${shape.join(', ')}] does not fill its ${to - from} bytes`);
  }
  return { dtype: type, shape, data_offsets: [from, to] };
}

/** Every byte belongs to one tensor: no overlap, no gap, nothing after the last. */
function checkLayout(entries: readonly ({ name: string } & HeaderEntry)[], available: number): void {
  let end = 0;
  for (const { name, data_offsets } of entries.toSorted(
    (a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  )) {
    if (data_offsets[0] !== end)
      throw corrupt(`tensor "${name}" does not begin where the one before it ends`);
    end = data_offsets[1];
  }
  if (end !== available) throw corrupt(`${available - end} bytes follow the last tensor`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNaturals = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= 16 && value.every((v) => Number.isSafeInteger(v) && v >= 0);

function sortedByKey(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function toLittleEndian(data: SafetensorsTensor['data']): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return isLittleEndian ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT);
}

function fromLittleEndian(bytes: Uint8Array, dtype: SafetensorsType): SafetensorsTensor['data'] {
  const Type = ARRAYS[dtype];
  // A copy: aligned, and free of the file's buffer (`slice` of a Node Buffer would share it).
  const own = isLittleEndian ? new Uint8Array(bytes) : swapped(bytes, Type.BYTES_PER_ELEMENT);
  return new Type(own.buffer as ArrayBuffer);
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (let i = 0; i < copy.length; i += size) copy.subarray(i, i + size).reverse();
  return copy;
}
