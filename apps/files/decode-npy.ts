/**
 * NumPy's .npy files (NEP 1): magic, version, a header that is a Python dict, then the elements. Numbers of any size come
 * out as float32. Reading trusts nothing: nothing of the header is evaluated, and the file must hold what it declares.
 */
import { expected, type PocketlensError } from '../../models/base/errors.js';
import { decodeHalf } from '../../models/graph/half.js';

export interface NpyArray {
  readonly shape: readonly number[];
  /** Row by row (C order). */
  readonly data: Float32Array;
}

const MAGIC = '\x93NUMPY';
const MOST_HEADER_BYTES = 65_536;
/** As many as NumPy 2 has. */
const MOST_AXES = 64;

type Reader = (view: DataView, at: number) => number;
const half: Reader = (view, at) => decodeHalf(Uint16Array.of(view.getUint16(at, true)))[0]!;

/** Kind and bytes of an element, as NumPy writes them, and how one is read. */
const TYPES: Readonly<Record<string, { readonly bytes: number; readonly read: Reader }>> = {
  f2: { bytes: 2, read: half },
  f4: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  f8: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  i4: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  i8: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  u4: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  u8: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  b1: { bytes: 1, read: (view, at) => Number(view.getUint8(at) !== 0) },
};

const SAVE = 'Save it by numpy.save(file, numpy.ascontiguousarray(array, dtype="<f4")).';

/** @param name for messages. @throws invalid_data */
export function decodeNpy(bytes: Uint8Array, name: string): NpyArray {
  const fault = (wanted: string, received: unknown): PocketlensError =>
    expected('invalid_data', wanted, name, received, { remedy: SAVE });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, end } = headerOf(bytes, view, fault);
  const { descr, order, shape } = fieldsOf(header, fault);
  const [, endian, kind] = /^([<>|=]?)([a-zA-Z]\d*)$/.exec(descr) ?? [];
  const type = kind !== undefined && Object.hasOwn(TYPES, kind) ? TYPES[kind] : undefined;
  if (!type) throw fault('numbers of 1 to 8 bytes', descr);
  if (endian === '>' && type.bytes > 1) throw fault('little-endian numbers', descr);
  if (order === 'True' && shape.filter((d) => d !== 1).length > 1) throw fault('C order', 'Fortran order');
  const count = shape.reduce((product, d) => product * d, 1);
  const wanted = count * type.bytes;
  if (bytes.length - end !== wanted)
    throw fault(`${wanted} bytes of elements [${shape.join(', ')}]`, bytes.length - end);
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, end + i * type.bytes);
  return { shape, data };
}

type Fault = (wanted: string, received: unknown) => PocketlensError;

function headerOf(bytes: Uint8Array, view: DataView, fault: Fault): { header: string; end: number } {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < 12) throw fault('an .npy file', 'other bytes');
  const [major, minor] = [bytes[6]!, bytes[7]!];
  if (major < 1 || major > 3) throw fault('version 1 to 3 of the format', `${major}.${minor}`);
  const [at, length] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > MOST_HEADER_BYTES || at + length > bytes.length)
    throw fault('a whole header', `${length} bytes of ${bytes.length}`);
  const encoding = major === 3 ? 'utf-8' : 'latin1';
  return {
    header: new TextDecoder(encoding).decode(bytes.subarray(at, at + length)),
    end: at + length,
  };
}

/** The dict's three entries, in any order, each of the one form that NumPy writes. */
function fieldsOf(header: string, fault: Fault): { descr: string; order: string; shape: number[] } {
  const entry =
    /^\s*(?:'(\w+)'|"(\w+)")\s*:\s*(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)|\(([\d\sL,]*)\))\s*(?:,|$)/;
  const text = header.trim();
  const isDict = text.startsWith('{') && text.endsWith('}');
  const fields = new Map<string, string>();
  let rest = isDict ? text.slice(1, -1) : '';
  while (rest.trim() !== '') {
    const found = entry.exec(rest);
    if (!found) break;
    const [whole, key, otherKey, ...values] = found;
    fields.set(key ?? otherKey!, values.find((value) => value !== undefined) ?? '');
    rest = rest.slice(whole.length);
  }
  const [descr, order, sizes] = ['descr', 'fortran_order', 'shape'].map((key) => fields.get(key));
  const shape = (sizes ?? '').split(',').map((size) => size.trim().replace(/L$/, ''));
  if (shape.at(-1) === '') shape.pop();
  const isSound =
    isDict &&
    rest.trim() === '' &&
    fields.size === 3 &&
    descr !== undefined &&
    (order === 'True' || order === 'False') &&
    sizes !== undefined &&
    shape.length <= MOST_AXES &&
    shape.every((size) => /^\d{1,15}$/.test(size));
  if (!isSound) throw fault('a header with the type, the order and the shape of numbers', oneLine(header));
  return { descr, order, shape: shape.map(Number) };
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ').trim();
}
