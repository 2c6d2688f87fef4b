/** Tensors whose elements are known while a file is read: weights, and the sizes that shapes are computed from. */
import type { AffineEncoding } from '../../../models/graph/encoding.js';
import { sizeOf } from '../../../models/graph/shapes.js';

/** A size that only a run tells: `times` · (what `symbol` stands for). */
export class SymbolicSize {
  readonly symbol: string;
  readonly times: number;

  constructor(symbol: string, times = 1) {
    this.symbol = symbol;
    this.times = times;
  }
}

/** One axis of a value. */
export type Size = number | SymbolicSize;

export function sameSize(a: Size | undefined, b: Size | undefined): boolean {
  if (a instanceof SymbolicSize && b instanceof SymbolicSize)
    return a.symbol === b.symbol && a.times === b.times;
  return a === b;
}

/** Integer elements may be sizes; booleans are 0 and 1. */
export interface Constant {
  readonly type: 'float' | 'integer' | 'boolean';
  readonly dims: readonly number[];
  /** Row-major. */
  readonly data: ArrayLike<Size>;
  /** Codes: how many bits the file gives them. */
  readonly bits?: { readonly count: number; readonly signed: boolean };
  /** Of floats that were decoded from codes, in this constant's own order of axes. */
  readonly encoding?: AffineEncoding;
}

export function integers(data: ArrayLike<Size>, dims: readonly number[] = [data.length]): Constant {
  return { type: 'integer', dims, data };
}

export function floats(data: Float32Array, dims: readonly number[] = [data.length]): Constant {
  return { type: 'float', dims, data };
}

/** Undefined where an element is known only at run time. */
export function numbersOf({ data }: Constant): ArrayLike<number> | undefined {
  if (ArrayBuffer.isView(data)) return data as unknown as ArrayLike<number>;
  for (let i = 0; i < data.length; i++) if (typeof data[i] !== 'number') return undefined;
  return data as ArrayLike<number>;
}

/** Row-major transpose of any elements: axis i of the result is axis `perm[i]`. */
export function transposeElements<T>(
  data: ArrayLike<T>,
  dims: readonly number[],
  perm: readonly number[],
): { data: T[] | Float32Array; dims: number[] } {
  const size = sizeOf(dims);
  const strides = dims.map((_, i) => sizeOf(dims.slice(i + 1)));
  const outDims = perm.map((axis) => dims[axis]!);
  const outStrides = perm.map((axis) => strides[axis]!);
  const out = data instanceof Float32Array ? new Float32Array(size) : new Array<T>(size);
  const index = new Array<number>(dims.length).fill(0);
  let from = 0;
  for (let to = 0; to < size; to++) {
    (out as T[])[to] = data[from]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += outStrides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < outDims[axis]!) break;
      from -= outStrides[axis]! * outDims[axis]!;
      index[axis] = 0;
    }
  }
  return { data: out, dims: outDims };
}

/** With its encoding, if it has one. */
export function transposeConstant(constant: Constant, perm: readonly number[]): Constant {
  if (perm.every((axis, i) => axis === i)) return constant;
  const { type, encoding, bits } = constant;
  const common = { type, ...(bits && { bits }), ...transposeElements(constant.data, constant.dims, perm) };
  if (!encoding) return common;
  const scales = transposeElements(encoding.scales, encoding.scaleShape, perm);
  const zeroPoints = transposeElements<number>(encoding.zeroPoints, encoding.scaleShape, perm);
  return {
    ...common,
    encoding: {
      ...encoding,
      scaleShape: scales.dims,
      scales: scales.data as Float32Array,
      zeroPoints: Int32Array.from(zeroPoints.data),
    },
  };
}

/** The same elements in another shape. The encoding stays where it has one scale, or only axes of 1 come or go. */
export function reshapeConstant(constant: Constant, dims: readonly number[]): Constant {
  const { encoding, ...plain } = constant;
  if (!encoding) return { ...plain, dims };
  const scaleShape = reshapedScales(constant.dims, encoding.scaleShape, dims);
  return { ...plain, dims, ...(scaleShape && { encoding: { ...encoding, scaleShape } }) };
}

function reshapedScales(
  from: readonly number[],
  scaleShape: readonly number[],
  to: readonly number[],
): number[] | undefined {
  if (sizeOf(scaleShape) === 1) return to.map(() => 1);
  const wide = (dims: readonly number[]) => dims.flatMap((d, axis) => (d === 1 ? [] : [axis]));
  const [a, b] = [wide(from), wide(to)];
  if (a.length !== b.length || a.some((axis, i) => from[axis] !== to[b[i]!])) return undefined;
  const scales = to.map(() => 1);
  a.forEach((axis, i) => {
    scales[b[i]!] = scaleShape[axis]!;
  });
  return scales;
}
