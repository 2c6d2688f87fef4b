/** Encoded params as integer constants that a DequantizeLinear decodes. */
import { codesOf } from '../../../models/graph/encoding.js';
import type { Param } from '../../../models/graph/ir.js';
import { transposeData } from '../transpose-data.js';
import { DataType, type TensorProto } from './proto.js';

export interface IntegerConstant {
  readonly type: 'int8' | 'uint8' | 'int32';
  readonly codes: Int8Array | Uint8Array | Int32Array;
  readonly shape: readonly number[];
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  /** Which axis of the codes the scales lie along; undefined: one scale for all. */
  readonly axis?: number;
}

/** Codes of 8 bits and fewer take a byte, longer ones (biases) four. */
const ARRAYS = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array } as const;

/**
 * @param perm order of axes to give; @param shape the codes' shape after that, where axes of 1 are appended or left out
 *   at the front
 * @returns undefined where ONNX cannot say it so: codebooks, a scale each group of channels, unsigned codes above 8 bits
 */
export function integerConstant(
  param: Param,
  perm?: readonly number[],
  shape?: readonly number[],
): IntegerConstant | undefined {
  const { encoding } = param;
  if (encoding?.kind !== 'affine') return undefined;
  const { bits, signed, scaleShape, scales, zeroPoints } = encoding;
  const long = bits > 8;
  if (long && (!signed || perm !== undefined || zeroPoints.some((z) => z !== 0))) return undefined;
  const scaled = scaleShape.flatMap((n, axis) => (n > 1 ? [axis] : []));
  if (scaled.length > 1 || scaled.some((axis) => scaleShape[axis] !== param.shape[axis])) return undefined;
  const dropped = Math.max(0, param.shape.length - (shape?.length ?? param.shape.length));
  const type = long ? 'int32' : signed ? 'int8' : 'uint8';
  const plain = codesOf(param);
  // Codes of a byte are exact in float32.
  const ordered = perm
    ? transposeData(Float32Array.from(plain), param.shape, perm)
    : { data: plain, shape: param.shape };
  return {
    type,
    codes: ARRAYS[type].from(ordered.data),
    shape: shape ?? ordered.shape,
    scales,
    zeroPoints,
    ...(scaled.length === 1 && { axis: (perm ? perm.indexOf(scaled[0]!) : scaled[0]!) - dropped }),
  };
}

export function integerTensor(
  name: string,
  dims: readonly number[],
  type: IntegerConstant['type'],
  values: ArrayLike<number>,
): TensorProto {
  const data = ARRAYS[type].from(values);
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: [...dims], dataType: DataType[type], rawData };
}
