/** Constants of the exported file and the attributes of its nodes. */
import { type AttributeProto, AttributeType, DataType, type TensorProto } from './proto.js';

/** ONNX stores little-endian elements; a big-endian host would need a swap, and Node runs on none that we support. */
function littleEndianBytes(data: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export function floatTensor(name: string, dims: readonly number[], data: Float32Array): TensorProto {
  return { name, dims: [...dims], dataType: DataType.float32, rawData: littleEndianBytes(data) };
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

/** Row-major transpose: axis i of the result is axis `perm[i]` of `data`. */
export function transposeData(
  data: Float32Array,
  shape: readonly number[],
  perm: readonly number[],
): { data: Float32Array; shape: number[] } {
  const rank = shape.length;
  const strides = new Array<number>(rank).fill(1);
  for (let i = rank - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  const outShape = perm.map((axis) => shape[axis]!);
  const outStrides = perm.map((axis) => strides[axis]!);
  const out = new Float32Array(data.length);
  const index = new Array<number>(rank).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += outStrides[axis]!;
      if (++index[axis]! < outShape[axis]!) break;
      index[axis] = 0;
      from -= outStrides[axis]! * outShape[axis]!;
    }
  }
  return { data: out, shape: outShape };
}
