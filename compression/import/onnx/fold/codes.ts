/** Weights as integer codes: decoded here, and how they were encoded is remembered. */
import { roundHalfEven } from '../../../../models/base/round-half-even.js';
import { type AffineEncoding, codeRange, decodeCodes } from '../../../../models/graph/encoding.js';
import { DataType } from '../../../export/onnx/proto.js';
import { type Constant, numbersOf } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import { axisOf, type Folder, needed } from './folder.js';

/** One scale for all, one an axis's position, or (operator set 21) one a block of an axis. */
export function scaleShapeOf(node: OnnxNode, dims: readonly number[], scales: Constant): number[] {
  const ones = dims.map(() => 1);
  if (scales.data.length === 1) return ones;
  const blocked = scales.dims.length === dims.length && dims.length > 1;
  if (blocked) {
    const given = node.int('block_size', 0);
    const fits = dims.every((d, axis) => {
      const n = scales.dims[axis]!;
      const block = Math.ceil(d / n);
      return n >= 1 && Math.ceil(d / block) === n && (n === d || given === 0 || given === block);
    });
    if (!fits) throw new Unsupported('with blocks of unequal length');
    return [...scales.dims];
  }
  const axis = axisOf(node.int('axis', 1), dims.length, node);
  if (scales.data.length !== dims[axis])
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected ${dims[axis]} scales but received ${scales.data.length}.`,
    );
  ones[axis] = dims[axis]!;
  return ones;
}

const CODE_TYPES: Readonly<Record<number, Constant['bits']>> = {
  [DataType.uint8]: { count: 8, signed: false },
  [DataType.int8]: { count: 8, signed: true },
  [DataType.uint4]: { count: 4, signed: false },
  [DataType.int4]: { count: 4, signed: true },
};

/** What a QuantizeLinear rounds to: its zero point's type, or (operator set 21) the one it names, or 8 bits without a sign. */
export function codeBits(node: OnnxNode, zero: Constant | undefined): NonNullable<Constant['bits']> {
  const bits = zero ? zero.bits : CODE_TYPES[node.int('output_dtype', 0) || DataType.uint8];
  if (bits?.count !== 8 && bits?.count !== 4)
    throw new Unsupported('to codes that are no integers of 4 or 8 bits');
  return bits;
}

const foldDequantize: Folder = (node, inputs) => {
  const codes = needed(node, inputs, 0);
  const scales = needed(node, inputs, 1);
  const zeros = inputs[2];
  const { bits } = codes;
  if (!bits || (bits.count !== 4 && bits.count !== 8 && bits.count !== 32))
    throw new Unsupported('of codes that are no integers of 4, 8 or 32 bits');
  const values = numbersOf(codes);
  const factors = numbersOf(scales);
  const offsets = zeros && numbersOf(zeros);
  if (!values || !factors || (zeros && !offsets)) throw new Unsupported('of sizes known only at run time');
  if (zeros && zeros.data.length !== scales.data.length)
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected a zero point a scale but received ${zeros.data.length} for ${scales.data.length}.`,
    );
  const encoding: AffineEncoding = {
    kind: 'affine',
    bits: bits.count,
    signed: bits.signed,
    scaleShape: scaleShapeOf(node, codes.dims, scales),
    scales: Float32Array.from(factors),
    zeroPoints: offsets ? Int32Array.from(offsets) : new Int32Array(factors.length),
  };
  if (!encoding.scales.every((scale) => Number.isFinite(scale) && scale > 0))
    throw corrupt(`Node "${node.name}" (${node.op}): Expected positive scales but received others.`);
  const data = decodeCodes(values, codes.dims, encoding);
  return [{ type: 'float', dims: codes.dims, data, encoding }];
};

/** Weights that the file rounds itself: the codes that a DequantizeLinear will take. */
const foldQuantize: Folder = (node, inputs) => {
  const floats = needed(node, inputs, 0);
  const scales = needed(node, inputs, 1);
  const zeros = inputs[2];
  const values = numbersOf(floats);
  const factors = numbersOf(scales);
  const bits = codeBits(node, zeros);
  const offsets = zeros ? numbersOf(zeros) : new Float64Array(scales.data.length);
  if (!values || !factors || !offsets) throw new Unsupported('of sizes known only at run time');
  const scaleShape = scaleShapeOf(node, floats.dims, scales);
  if (scales.data.length !== 1 && scaleShape.filter((n) => n > 1).length > 1)
    throw new Unsupported('of constants in blocks');
  const axis = scaleShape.findIndex((n) => n > 1);
  const inner = axis < 0 ? floats.data.length : floats.dims.slice(axis + 1).reduce((p, d) => p * d, 1);
  const [least, most] = codeRange({ bits: bits.count, signed: bits.signed });
  const codes = Float64Array.from(values, (value, i) => {
    const k = axis < 0 ? 0 : Math.floor(i / inner) % scaleShape[axis]!;
    const code = roundHalfEven(Math.fround(value / factors[k]!)) + offsets[k]!;
    return Math.min(Math.max(code, least), most);
  });
  return [{ type: 'integer', dims: floats.dims, data: codes, bits }];
};

export const CODES_FOLDERS: Readonly<Record<string, Folder>> = {
  DequantizeLinear: foldDequantize,
  QuantizeLinear: foldQuantize,
};
