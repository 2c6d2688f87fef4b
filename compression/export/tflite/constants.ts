/** Constants of a program as tensors of a file: floats, halves, integer codes. */
import { encodeHalf } from '../../../models/graph/half.js';
import { sizeOf } from '../../../models/graph/shapes.js';
import type { Constant } from '../nhwc/program.js';
import { transposeData } from '../transpose-data.js';
import type { Reordered } from './builtin.js';
import type { TensorEntry } from './model-tables.js';

/** Codes of a weight as TFLite has them: signed, around 0. */
export interface WeightCodes {
  readonly codes: Int8Array;
  readonly shape: readonly number[];
  /** One, or one for each position of `axis`. */
  readonly scales: Float32Array;
  readonly axis?: number;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** The constant as it is, or as float16 where it is a weight and `half` is set. */
export function plainConstant(entry: Reordered, half: boolean): TensorEntry {
  const { data, shape } = reordered(entry);
  const { name, type } = entry.tensor;
  if (half && entry.tensor.constant?.half)
    return { name: `${name}/half`, shape, type: 'float16', bytes: bytesOf(encodeHalf(data as Float32Array)) };
  return { name, shape, type, bytes: bytesOf(data) };
}

/** As a tensor of codes. */
export function codedConstant(name: string, { codes, shape, scales, axis }: WeightCodes): TensorEntry {
  const grid = { scales, zeroPoint: 0, ...(axis !== undefined && { axis }) };
  return { name: `${name}/codes`, shape, type: 'int8', bytes: bytesOf(codes), grid };
}

/** undefined where it has none, or such as TFLite cannot say: more than 8 bits, not symmetric, scales along two axes. */
export function weightCodes(entry: Reordered): WeightCodes | undefined {
  const encoding = entry.tensor.constant?.encoding;
  if (!encoding || encoding.affine.bits > 8) return undefined;
  const { scaleShape, scales, zeroPoints } = encoding.affine;
  const from = entry.tensor.shape as readonly number[];
  const axes = scaleShape.flatMap((n, axis) => (n > 1 ? [axis] : []));
  const zero = zeroPoints[0]!;
  if (zeroPoints.some((z) => z !== zero)) return undefined;
  const shifted = Float32Array.from(encoding.codes, (code) => code - zero);
  if (shifted.some((code) => code < -128 || code > 127)) return undefined;
  const { data, shape } = reordered(entry, { data: shifted });
  const coded = { codes: Int8Array.from(data), shape, scales };
  if (axes.length === 0) return coded;
  const count = sizeOf(axes.map((axis) => scaleShape[axis]!));
  if (axes.some((axis) => scaleShape[axis] !== from[axis])) return undefined;
  if (entry.perm) {
    const axis = entry.perm.indexOf(axes[0]!);
    return axes.length === 1 ? { ...coded, axis } : undefined;
  }
  // Axes that are joined are the last ones, with all their positions.
  const axis = shape.length - 1;
  const isLast = sizeOf(from.slice(axes.at(-1)! + 1)) === 1;
  return isLast && shape[axis] === count ? { ...coded, axis } : undefined;
}

function reordered(
  { tensor, perm, shape }: Reordered,
  constant: Constant = tensor.constant!,
): { data: Float32Array | Int32Array; shape: readonly number[] } {
  const own = tensor.shape as readonly number[];
  if (!perm) return { data: constant.data, shape: shape ?? own };
  return transposeData(constant.data as Float32Array, own, perm);
}

/** A constant's identity: two tensors with equal keys are one. */
export function constantKey({ tensor, perm, shape }: Reordered, form: string): string {
  return `${form} ${perm ?? ''} ${shape ?? ''} ${tensor.type} ${tensor.name}`;
}
