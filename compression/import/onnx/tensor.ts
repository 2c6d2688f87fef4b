/** The file's tensors as constants. What a tensor declares is checked against the bytes that are there. */

import { decodeHalf } from '../../../models/graph/half.js';
import { sizeOf } from '../../../models/graph/shapes.js';
import { DataType, dataTypeName, type TensorProto } from '../../export/onnx/proto.js';
import type { Constant } from './constant.js';
import { corrupt, Unsupported } from './errors.js';

interface ElementType {
  readonly kind: Constant['type'];
  /** Bits an element of `rawData`. */
  readonly bits: number;
  readonly signed?: boolean;
  /** Which list holds the elements where `rawData` does not. */
  readonly list: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData';
  read(view: DataView, byte: number): number;
}

const integer = (bits: number, signed: boolean, read: ElementType['read']): ElementType => ({
  kind: 'integer',
  bits,
  signed,
  list: bits > 32 ? 'int64Data' : 'int32Data',
  read,
});

const ELEMENT_TYPES = new Map<number, ElementType>([
  [
    DataType.float32,
    { kind: 'float', bits: 32, list: 'floatData', read: (view, at) => view.getFloat32(at, true) },
  ],
  [
    DataType.float64,
    { kind: 'float', bits: 64, list: 'doubleData', read: (view, at) => view.getFloat64(at, true) },
  ],
  [
    DataType.float16,
    { kind: 'float', bits: 16, list: 'int32Data', read: (view, at) => halfToFloat(view.getUint16(at, true)) },
  ],
  [
    DataType.bfloat16,
    {
      kind: 'float',
      bits: 16,
      list: 'int32Data',
      read: (view, at) => brainToFloat(view.getUint16(at, true)),
    },
  ],
  [DataType.bool, { kind: 'boolean', bits: 8, list: 'int32Data', read: (view, at) => view.getUint8(at) }],
  [DataType.int8, integer(8, true, (view, at) => view.getInt8(at))],
  [DataType.uint8, integer(8, false, (view, at) => view.getUint8(at))],
  [DataType.int16, integer(16, true, (view, at) => view.getInt16(at, true))],
  [DataType.uint16, integer(16, false, (view, at) => view.getUint16(at, true))],
  [DataType.int32, integer(32, true, (view, at) => view.getInt32(at, true))],
  [DataType.uint32, integer(32, false, (view, at) => view.getUint32(at, true))],
  [DataType.int64, integer(64, true, (view, at) => bounded(view.getBigInt64(at, true)))],
  [DataType.uint64, integer(64, false, (view, at) => bounded(view.getBigUint64(at, true)))],
  // Two an octet, the first in the low half.
  [DataType.int4, integer(4, true, (view, at) => signedNibble(nibble(view, at)))],
  [DataType.uint4, integer(4, false, nibble)],
]);

/** ONNX writes "to the end" as the greatest 64-bit integer; that far nobody goes. */
function bounded(value: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > most ? most : value < -most ? -most : value);
}

function nibble(view: DataView, at: number): number {
  const byte = view.getUint8(Math.floor(at));
  return Number.isInteger(at) ? byte & 15 : byte >> 4;
}

const halfToFloat = (code: number) => decodeHalf(Uint16Array.of(code))[0]!;
const signedNibble = (code: number) => (code > 7 ? code - 16 : code);

const scratch = new DataView(new ArrayBuffer(4));
function brainToFloat(code: number): number {
  scratch.setUint32(0, code * 0x10000);
  return scratch.getFloat32(0);
}

/** @throws model_corrupt; Unsupported for strings, complex numbers, floats of 8 bits and elements in another file. */
export function readTensor(proto: TensorProto, name = proto.name ?? ''): Constant {
  const type = ELEMENT_TYPES.get(proto.dataType ?? 0);
  if (!type) throw new Unsupported(`with ${dataTypeName(proto.dataType ?? 0)} elements`);
  if (proto.dataLocation) throw new Unsupported('with elements in another file');
  const dims = proto.dims;
  if (!dims.every((d) => Number.isSafeInteger(d) && d >= 0))
    throw corrupt(`Expected sizes for tensor "${name}" but received [${dims.join(', ')}].`);
  const count = sizeOf(dims);
  const data = proto.rawData?.length
    ? fromBytes(proto.rawData, type, count, name)
    : fromList(proto, type, count, name);
  const bits = type.kind === 'integer' &&
    type.bits <= 32 && { count: type.bits, signed: type.signed === true };
  return { type: type.kind, dims: [...dims], data, ...(bits && { bits }) };
}

function checkCount(name: string, wanted: number, actual: number, unit: string): void {
  if (wanted !== actual)
    throw corrupt(`Expected ${wanted} ${unit} for tensor "${name}" but the file holds ${actual}.`);
}

function fromBytes(bytes: Uint8Array, type: ElementType, count: number, name: string): Constant['data'] {
  const width = type.bits / 8;
  checkCount(name, Math.ceil(count * width), bytes.length, 'bytes');
  if (type.kind === 'float' && type.bits === 32)
    // A copy, which is aligned too.
    return new Float32Array(new Uint8Array(bytes).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = type.kind === 'float' ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, i * width);
  return data;
}

function fromList(proto: TensorProto, type: ElementType, count: number, name: string): Constant['data'] {
  const list = proto[type.list] ?? [];
  if (type.bits < 8) {
    checkCount(name, Math.ceil((count * type.bits) / 8), list.length, 'elements');
    return fromBytes(Uint8Array.from(list), type, count, name);
  }
  checkCount(name, count, list.length, 'elements');
  if (type.kind === 'float' && type.bits === 16) {
    const view = new DataView(new ArrayBuffer(2));
    return Float32Array.from(list, (code) => {
      view.setUint16(0, code, true);
      return type.read(view, 0);
    });
  }
  if (type.kind === 'float') return Float32Array.from(list);
  const most = Number.MAX_SAFE_INTEGER;
  return Float64Array.from(list, (value) => Math.min(Math.max(value, -most), most));
}
