/** Encoded params in a safetensors file: their codes in the narrowest integer type, their scales and codebooks beside. */
import { z } from 'zod';
import { codesOf, decodeCodes, type ParamEncoding } from './encoding.js';
import type { Param, ParamId } from './ir.js';
import type { SafetensorsTensor, SafetensorsType } from './safetensors.js';
import { sizeOf } from './shapes.js';

/** What the graph's JSON says of a param's encoding. */
export const encodingDescription = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('affine'),
    bits: z.int().min(2).max(32),
    signed: z.boolean(),
    scaleShape: z.array(z.int().min(1)).max(16),
    /** False: all are 0 and not in the file. */
    zeroPoints: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('codebook') }),
]);
export type EncodingDescription = z.infer<typeof encodingDescription>;

/** Names of the tensors beside a param's codes. */
const SCALES = '::scales';
const ZERO_POINTS = '::zero-points';
const CODEBOOK = '::codebook';

const STORAGE = {
  I8: Int8Array,
  U8: Uint8Array,
  I32: Int32Array,
  F32: Float32Array,
} as const;

export function describeEncoding(encoding: ParamEncoding): EncodingDescription {
  if (encoding.kind === 'codebook') return { kind: 'codebook' };
  const { bits, signed, scaleShape, zeroPoints } = encoding;
  return {
    kind: 'affine',
    bits,
    signed,
    scaleShape: [...scaleShape],
    zeroPoints: zeroPoints.some((z) => z !== 0),
  };
}

/** Every tensor of an encoded param, by its name in the file; the codes bear the param's own. */
export function encodedTensors(id: ParamId, param: Param): Map<string, SafetensorsTensor> {
  const encoding = param.encoding!;
  const dtype = codeType(describeEncoding(encoding));
  const tensors = new Map<string, SafetensorsTensor>();
  tensors.set(id, { dtype, shape: param.shape, data: STORAGE[dtype].from(codesOf(param)) });
  if (encoding.kind === 'codebook') {
    const { values } = encoding;
    tensors.set(`${id}${CODEBOOK}`, { dtype: 'F32', shape: [values.length], data: values });
    return tensors;
  }
  const { scaleShape, scales, zeroPoints } = encoding;
  tensors.set(`${id}${SCALES}`, { dtype: 'F32', shape: scaleShape, data: scales });
  if (zeroPoints.some((z) => z !== 0))
    tensors.set(`${id}${ZERO_POINTS}`, { dtype: 'I32', shape: scaleShape, data: zeroPoints });
  return tensors;
}

/** Takes an encoded param's tensors out of `tensors`. @throws RangeError saying what is wrong with the file */
export function takeEncoded(
  tensors: Map<string, SafetensorsTensor>,
  id: ParamId,
  description: EncodingDescription,
): Omit<Param, 'trainable'> {
  const take = (name: string, dtype: SafetensorsType): SafetensorsTensor => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== dtype)
      throw new RangeError(`holds tensor "${name}" as ${tensor?.dtype ?? 'nothing'}, not ${dtype}`);
    tensors.delete(name);
    return tensor;
  };
  const { shape, data: codes } = take(id, codeType(description));
  if (description.kind === 'codebook') {
    const values = take(`${id}${CODEBOOK}`, 'F32').data as Float32Array;
    if (codes.some((code) => code >= values.length))
      throw new RangeError(`holds codes of "${id}" beyond its codebook`);
    const encoding = { kind: 'codebook', values } as const;
    return { shape, data: decodeCodes(codes, shape, encoding), encoding };
  }
  const { bits, signed, scaleShape } = description;
  const misfit = new RangeError(`holds scales of "${id}" that do not fit it`);
  // Before anything of that size is made.
  if (scaleShape.length !== shape.length || scaleShape.some((n, axis) => n > shape[axis]!)) throw misfit;
  const count = sizeOf(scaleShape);
  const scales = take(`${id}${SCALES}`, 'F32').data as Float32Array;
  const zeroPoints = description.zeroPoints
    ? (take(`${id}${ZERO_POINTS}`, 'I32').data as Int32Array)
    : new Int32Array(count);
  if (scales.length !== count || zeroPoints.length !== count) throw misfit;
  const encoding = { kind: 'affine', bits, signed, scaleShape, scales, zeroPoints } as const;
  return { shape, data: decodeCodes(codes, shape, encoding), encoding };
}

function codeType(description: EncodingDescription): 'I8' | 'U8' | 'I32' {
  if (description.kind === 'codebook') return 'U8';
  if (description.bits > 8) return 'I32';
  return description.signed ? 'I8' : 'U8';
}
