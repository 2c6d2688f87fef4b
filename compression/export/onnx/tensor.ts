/** Constants of the exported file and the attributes of its nodes. */
import { encodeHalf } from '../../../models/graph/half.js';
import { type AttributeProto, AttributeType, DataType, type TensorProto } from './proto.js';

/** ONNX stores little-endian elements; a big-endian host would need a swap, and Node runs on none that we support. */
function littleEndianBytes(data: Float32Array | Uint16Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export function floatTensor(name: string, dims: readonly number[], data: Float32Array): TensorProto {
  return { name, dims: [...dims], dataType: DataType.float32, rawData: littleEndianBytes(data) };
}

/** Rounded to float16. */
export function halfTensor(name: string, dims: readonly number[], data: Float32Array): TensorProto {
  return { name, dims: [...dims], dataType: DataType.float16, rawData: littleEndianBytes(encodeHalf(data)) };
}

export function int64Tensor(name: string, values: readonly number[]): TensorProto {
  const data = BigInt64Array.from(values, (value) => BigInt(value));
  return { name, dims: [values.length], dataType: DataType.int64, rawData: littleEndianBytes(data) };
}

/** A number that is to be written as a float attribute even when it is integral. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type AttributeValue = number | Float | string | readonly number[];

/** Integers by default; wrap in `Float` what ONNX wants as float. */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  if (value instanceof Float) return { name, type: AttributeType.float, f: value.value };
  if (typeof value === 'number') return { name, type: AttributeType.int, i: value };
  if (typeof value === 'string')
    return { name, type: AttributeType.string, s: new TextEncoder().encode(value) };
  return { name, type: AttributeType.ints, ints: [...value] };
}
