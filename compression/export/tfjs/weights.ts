/** Constants of a graph model: how each is stored, and the shards they lie in. */
import { codeRange } from '../../../models/graph/encoding.js';
import { encodeHalf } from '../../../models/graph/half.js';
import type { Constant, Tensor } from '../nhwc/program.js';

/** An entry of the file's weight manifest. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  /** value = stored · scale + min */
  readonly quantization?:
    | { readonly dtype: 'float16' }
    | { readonly dtype: 'uint8'; readonly scale: number; readonly min: number };
}

export interface StoredWeight {
  readonly entry: WeightEntry;
  readonly bytes: Uint8Array;
}

/** Browsers cache files of this size; it is what the format's own converter uses. */
const SHARD_BYTES = 4 * 1024 * 1024;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

export function plainWeight(name: string, tensor: Tensor, half: boolean): StoredWeight {
  const { data, half: isWeight } = tensor.constant!;
  const entry = { name, shape: tensor.shape as readonly number[], dtype: tensor.type };
  if (half && isWeight)
    return {
      entry: { ...entry, quantization: { dtype: 'float16' } },
      bytes: bytesOf(encodeHalf(data as Float32Array)),
    };
  return { entry, bytes: bytesOf(data) };
}

/** Codes and what decodes them: (codes − zeroPoints) · scales, which broadcast. */
export interface CodedWeight {
  readonly codes: (name: string) => StoredWeight;
  readonly scales: Tensor;
  /** undefined where all are 0 */
  readonly zeroPoints?: Tensor;
}

/** undefined where there are no codes of 8 bits or fewer, or their scales do not broadcast. */
export function codedWeight({ name, shape, constant }: Tensor): CodedWeight | undefined {
  const encoding = constant?.encoding;
  if (!encoding || encoding.affine.bits > 8) return undefined;
  const { scaleShape, scales, zeroPoints } = encoding.affine;
  if (scaleShape.some((n, axis) => n !== 1 && n !== shape[axis])) return undefined;
  const [min] = codeRange(encoding.affine);
  const constantOf = (what: string, data: Constant['data']): Tensor => ({
    name: `${name}/${what}`,
    shape: scaleShape,
    type: 'float32',
    constant: { data },
  });
  return {
    codes: (stored) => ({
      entry: {
        name: stored,
        shape: shape as readonly number[],
        dtype: 'float32',
        quantization: { dtype: 'uint8', scale: 1, min },
      },
      bytes: Uint8Array.from(encoding.codes, (code) => code - min),
    }),
    scales: constantOf('scales', scales),
    ...(zeroPoints.some((zero) => zero !== 0) && {
      zeroPoints: constantOf('zero-points', Float32Array.from(zeroPoints)),
    }),
  };
}

/** The weights one after the other, cut into files. */
export function shards(weights: readonly StoredWeight[]): Map<string, Uint8Array> {
  const all = new Uint8Array(weights.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let offset = 0;
  for (const { bytes } of weights) {
    all.set(bytes, offset);
    offset += bytes.length;
  }
  const count = Math.max(1, Math.ceil(all.length / SHARD_BYTES));
  return new Map(
    Array.from({ length: count }, (_, i) => [
      `group1-shard${i + 1}of${count}.bin`,
      all.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES),
    ]),
  );
}
