/**
 * Activations as integer codes. The graph rounds a value where the file quantizes it; the file's codes are then that value
 * by another name, until a DequantizeLinear of the same scale, or a product of integers, takes them.
 */
import { type AffineEncoding, codeRange, decodeCodes } from '../../../../models/graph/encoding.js';
import { type Constant, numbersOf } from '../constant.js';
import type { DraftNode, DraftParams } from '../draft.js';
import { corrupt, Unsupported } from '../errors.js';
import { codeBits } from '../fold/codes.js';
import { lastAxisLast } from '../last-axis-last.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising, Special, StoredValue } from '../raising.js';
import { weightOf } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';

/** Codes of a value that has been rounded to what they stand for. */
interface Codes extends Special {
  readonly kind: 'codes';
  readonly value: StoredValue;
  /** Known scale and zero point, or undefined where a run finds them. */
  readonly grid?: { readonly scale: number; readonly zeroPoint: number };
}

/** The scale or the zero point of the codes of a value, found at run time. */
interface RuntimeNumber extends Special {
  readonly kind: 'runtime scale' | 'runtime zero point';
  readonly of: string;
}

/** What MatMulInteger gives: sums that are yet to be multiplied by the scales. */
interface IntegerSums extends Special {
  readonly kind: 'integer sums';
  readonly value: StoredValue;
  readonly codes: Constant;
  readonly zeroPoints: Constant | undefined;
}

/** The scale of a value's codes times known scales of weights. */
interface ScaleProduct extends Special {
  readonly kind: 'scale product';
  readonly of: string;
  readonly scales: Constant;
}

type Quantized = Codes | RuntimeNumber | IntegerSums | ScaleProduct;

const quantized = (tensor: string, raising: Raising): Quantized | undefined =>
  raising.special(tensor) as Quantized | undefined;

/** One number that is a constant of the file; undefined where a run finds it. */
function known(node: OnnxNode, raising: Raising, index: number, what: string): number {
  const constant = raising.constant(node.need(index));
  if (!constant) throw new Unsupported(`with ${what} that is no constant`);
  if (constant.data.length !== 1) throw new Unsupported(`with ${what} an axis, of a value`);
  return Number(constant.data[0]);
}

export const importQuantizeLinear: OperatorImporter = (node, raising) => {
  const scale = known(node, raising, 1, 'a scale');
  const bits = codeBits(node, raising.constant(node.input(2)));
  const zeroPoint = node.input(2) === undefined ? 0 : known(node, raising, 2, 'a zero point');
  if (!(scale > 0))
    throw corrupt(`Node "${node.name}" (QuantizeLinear): Expected a positive scale but received ${scale}.`);
  const narrowed = bits.count === 8 ? clippedBits(node, raising, scale, zeroPoint, bits.signed) : undefined;
  const { id, perm } = narrowed?.value ?? raising.stored(node.need(0));
  const params = {
    scale: raising.params.made(Float32Array.of(scale)),
    zeroPoint: raising.params.frozen(raising.params.made(Float32Array.of(zeroPoint))),
  };
  const attrs = { bits: narrowed?.bits ?? bits.count, signed: bits.signed };
  const value = isRoundedAlike(raising.draft.node(id), attrs, params)
    ? id
    : raising.emit('QuantizeDequantize', [id], attrs, params, raising.nameAfter(node.outputs[0]!));
  const codes: Codes = { kind: 'codes', value: { id: value, perm }, grid: { scale, zeroPoint } };
  raising.bindSpecial(node.outputs[0]!, codes);
};

/** Rounding once more in the same way changes nothing. */
function isRoundedAlike(
  before: DraftNode | undefined,
  { bits, signed }: { readonly bits: number; readonly signed: boolean },
  params: DraftParams,
): boolean {
  return (
    before?.op === 'QuantizeDequantize' &&
    before.attrs.bits === bits &&
    before.attrs.signed === signed &&
    ['scale', 'zeroPoint'].every((role) => before.params[role]!.data[0] === params[role]!.data[0])
  );
}

/** Fewer than 8 bits are written as a Clip to their range before the codes of 8 bits. */
function clippedBits(node: OnnxNode, raising: Raising, scale: number, zeroPoint: number, signed: boolean) {
  const input = node.need(0);
  if (raising.constant(input) || !raising.isUsedOnce(input)) return undefined;
  const { id, perm } = raising.stored(input);
  const clip = raising.draft.node(id);
  if (clip?.op !== 'Clip' || !raising.isBoundOnce(id)) return undefined;
  for (let bits = 2; bits < 8; bits++) {
    const [least, most] = codeRange({ bits, signed });
    const bound = (code: number) => Math.fround((code - zeroPoint) * scale);
    if (zeroPoint < least || zeroPoint > most) continue;
    if (
      Math.fround(Number(clip.attrs.min)) !== bound(least) ||
      Math.fround(Number(clip.attrs.max)) !== bound(most)
    )
      continue;
    return { bits, value: { id: clip.inputs[0]!, perm } };
  }
  return undefined;
}

/** Codes of weights are decoded where the file is folded (`../fold/codes.ts`). */
export const importDequantizeLinear: OperatorImporter = (node, raising) => {
  const codes = quantized(node.need(0), raising);
  if (codes?.kind !== 'codes') throw new Unsupported('of other than constants and codes of QuantizeLinear');
  const scale = raising.special(node.need(1));
  if (codes.grid) {
    const zeroPoint = node.input(2) === undefined ? 0 : known(node, raising, 2, 'a zero point');
    if (known(node, raising, 1, 'a scale') !== codes.grid.scale || zeroPoint !== codes.grid.zeroPoint)
      throw new Unsupported('with another scale than that of its QuantizeLinear');
  } else if (scale?.kind !== 'runtime scale' || (scale as RuntimeNumber).of !== codes.value.id) {
    throw new Unsupported('with a scale of other codes');
  }
  raising.bind(node.outputs[0]!, codes.value);
};

/** Codes keep to the order of the value that they stand for. */
export const transposeCodes: OperatorImporter = (node, raising) => {
  const codes = quantized(node.need(0), raising);
  if (codes?.kind !== 'codes') throw new Unsupported('of integers');
  const { id, perm } = codes.value;
  const order = node.ints('perm', perm.map((_, i) => i).reverse());
  if (order.length !== perm.length || !perm.every((axis) => order.includes(axis)))
    throw corrupt(`Node "${node.name}" (Transpose): Expected an order of ${perm.length} axes.`);
  const turned: Codes = { ...codes, value: { id, perm: perm.map((axis) => order.indexOf(axis)) } };
  raising.bindSpecial(node.outputs[0]!, turned);
};

export const importDynamicQuantizeLinear: OperatorImporter = (node, raising) => {
  const { id, perm } = raising.stored(node.need(0));
  const [codes, scale, zeroPoint] = node.outputs;
  const value = raising.emit('DynamicQuantizeDequantize', [id], {}, {}, raising.nameAfter(codes!));
  raising.bindSpecial(codes!, { kind: 'codes', value: { id: value, perm } } satisfies Codes);
  if (scale) raising.bindSpecial(scale, { kind: 'runtime scale', of: value } satisfies RuntimeNumber);
  if (zeroPoint)
    raising.bindSpecial(zeroPoint, { kind: 'runtime zero point', of: value } satisfies RuntimeNumber);
};

/** The product of a value's codes and constant ones; Cast and Mul by the scales follow. */
export const importMatMulInteger: OperatorImporter = (node, raising) => {
  const codes = quantized(node.need(0), raising);
  const weights = weightOf(node, raising, 1, 'a second operand');
  if (codes?.kind !== 'codes' || weights.dims.length !== 2 || weights.bits?.count !== 8)
    throw new Unsupported('of other than codes and a constant matrix');
  const zero = node.input(2) === undefined ? undefined : quantized(node.input(2)!, raising);
  const isOwn = zero?.kind === 'runtime zero point' && zero.of === codes.value.id;
  if (!isOwn) throw new Unsupported('with a zero point of other codes');
  const zeroPoints = node.input(3) === undefined ? undefined : weightOf(node, raising, 3, 'a zero point');
  const sums: IntegerSums = { kind: 'integer sums', value: codes.value, codes: weights, zeroPoints };
  raising.bindSpecial(node.outputs[0]!, sums);
};

/** Whether a Mul is a step of integer arithmetic. */
export function isIntegerArithmetic(operands: readonly string[], raising: Raising): boolean {
  return operands.some((tensor) => raising.special(tensor) !== undefined);
}

/** scale · scales of weights, or sums · scales. */
export const multiplyCodes: OperatorImporter = (node, raising) => {
  const output = node.outputs[0]!;
  const operands = [node.need(0), node.need(1)];
  const specials = operands.map((tensor) => quantized(tensor, raising));
  const constant = operands.map((tensor) => raising.constant(tensor)).find((c) => c !== undefined);
  const scale = specials.find((special) => special?.kind === 'runtime scale') as RuntimeNumber | undefined;
  const sums = specials.find((special) => special?.kind === 'integer sums');
  const factor = specials.find((special) => special?.kind === 'scale product');
  if (scale && constant) {
    raising.bindSpecial(output, {
      kind: 'scale product',
      of: scale.of,
      scales: constant,
    } satisfies ScaleProduct);
    return;
  }
  if (!sums || factor?.of !== sums.value.id) throw new Unsupported('of integer codes');
  const weight = raising.params.of(sums.codes, 'decoded', () => decoded(node, sums, factor.scales));
  const order = lastAxisLast(sums.value.perm);
  const x = raising.inOrder(sums.value, order);
  raising.result(output, 'MatMul', [x], {}, order, { weight });
};

function decoded(node: OnnxNode, { codes, zeroPoints }: IntegerSums, scales: Constant): Constant {
  const [values, factors] = [numbersOf(codes), numbersOf(scales)];
  const columns = codes.dims[1]!;
  const offsets = zeroPoints ? numbersOf(zeroPoints) : [0];
  if (
    !values ||
    !factors ||
    !offsets ||
    ![1, columns].includes(factors.length) ||
    ![1, columns].includes(offsets.length)
  )
    throw corrupt(`Node "${node.name}" (Mul): Expected a scale for each of ${columns} columns.`);
  const encoding: AffineEncoding = {
    kind: 'affine',
    bits: 8,
    signed: codes.bits!.signed,
    scaleShape: [1, factors.length],
    scales: Float32Array.from(factors),
    zeroPoints: Int32Array.from({ length: factors.length }, (_, i) => offsets[offsets.length === 1 ? 0 : i]!),
  };
  const perColumn = offsets.length > factors.length;
  if (perColumn) throw new Unsupported('with more zero points than scales');
  return { type: 'float', dims: codes.dims, data: decodeCodes(values, codes.dims, encoding), encoding };
}

/** Sums of integers as floats. */
export function isCastOfSums(node: OnnxNode, raising: Raising): boolean {
  return quantized(node.need(0), raising)?.kind === 'integer sums';
}
