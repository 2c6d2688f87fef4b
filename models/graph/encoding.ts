/**
 * How a param's values may be stored in fewer bits than float32. The param's `data` always holds exactly what decoding
 * gives, so that everything that executes a graph need not know; writers of files take the codes from here.
 */
import { PocketlensError } from '../base/errors.js';
import type { Param } from './ir.js';

/**
 * value = (code − zeroPoint) · scale, codes being integers of `bits` bits (signed: −2^(bits−1) … 2^(bits−1) − 1, else
 * 0 … 2^bits − 1). `scaleShape` has the param's rank; each of its dimensions divides the param's into blocks of equal
 * length (the last may be shorter): all 1 is per tensor, [1, 1, 1, cout] per channel, [1, 1, cin / 32, cout] per group.
 */
export interface AffineEncoding {
  readonly kind: 'affine';
  /** 2 to 8 for weights, 32 for biases. */
  readonly bits: number;
  readonly signed: boolean;
  readonly scaleShape: readonly number[];
  readonly scales: Float32Array;
  /** One a scale; all 0 where symmetric. */
  readonly zeroPoints: Int32Array;
}

/** value = values[code]: weights shared by clustering, ternary weights with one scale. */
export interface CodebookEncoding {
  readonly kind: 'codebook';
  /** Ascending, without repeats, at most 256. */
  readonly values: Float32Array;
}

export type ParamEncoding = AffineEncoding | CodebookEncoding;

/** Index of the scale that belongs to each element, in row-major order. */
export function scaleIndices(shape: readonly number[], scaleShape: readonly number[]): Uint32Array {
  const size = shape.reduce((product, d) => product * d, 1);
  const indices = new Uint32Array(size);
  const blocks = shape.map((d, axis) => Math.ceil(d / scaleShape[axis]!));
  const position = new Array<number>(shape.length).fill(0);
  // A row along the last axis at a time.
  const last = shape.length - 1;
  const row = last < 0 ? 1 : shape[last]!;
  const inRow = Uint32Array.from({ length: row }, (_, k) => Math.floor(k / (blocks[last] ?? 1)));
  for (let i = 0; i < size; i += row) {
    let index = 0;
    for (let axis = 0; axis < last; axis++)
      index = index * scaleShape[axis]! + Math.floor(position[axis]! / blocks[axis]!);
    index *= scaleShape[last] ?? 1;
    for (let k = 0; k < row; k++) indices[i + k] = index + inRow[k]!;
    for (let axis = last - 1; axis >= 0; axis--) {
      position[axis]! += 1;
      if (position[axis]! < shape[axis]!) break;
      position[axis] = 0;
    }
  }
  return indices;
}

/** Lowest and highest code. */
export function codeRange({ bits, signed }: Pick<AffineEncoding, 'bits' | 'signed'>): [number, number] {
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** The integer codes of an encoded param. @throws invalid_graph where its data is not what some codes decode to */
export function codesOf(param: Param): Int32Array {
  const { encoding, data, shape } = param;
  if (!encoding) throw broken('an encoding', 'none');
  const codes = new Int32Array(data.length);
  if (encoding.kind === 'codebook') {
    const index = new Map([...encoding.values].map((value, code) => [value, code]));
    data.forEach((value, i) => {
      const code = index.get(value);
      if (code === undefined) throw broken('values of the codebook', value);
      codes[i] = code;
    });
    return codes;
  }
  const { scales, zeroPoints } = encoding;
  const [least, most] = codeRange(encoding);
  const block = scaleIndices(shape, encoding.scaleShape);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    const k = block[i]!;
    const code = Math.round(value / scales[k]!) + zeroPoints[k]!;
    if (code < least || code > most || decodeOne(code, scales[k]!, zeroPoints[k]!) !== value) {
      throw broken(`a multiple of the scale ${scales[k]} within ${encoding.bits} bits`, value);
    }
    codes[i] = code;
  }
  return codes;
}

/** The values that codes stand for. */
export function decodeCodes(
  codes: ArrayLike<number>,
  shape: readonly number[],
  encoding: ParamEncoding,
): Float32Array {
  const values = new Float32Array(codes.length);
  if (encoding.kind === 'codebook') {
    for (let i = 0; i < values.length; i++) values[i] = encoding.values[codes[i]!]!;
    return values;
  }
  const block = scaleIndices(shape, encoding.scaleShape);
  const { scales, zeroPoints } = encoding;
  for (let i = 0; i < values.length; i++)
    values[i] = decodeOne(codes[i]!, scales[block[i]!]!, zeroPoints[block[i]!]!);
  return values;
}

/** In float32, as runtimes do it: (code − zero point) · scale; never −0. */
function decodeOne(code: number, scale: number, zeroPoint: number): number {
  return Math.fround((code - zeroPoint) * scale) + 0;
}

function broken(wanted: string, received: unknown): PocketlensError {
  return new PocketlensError(
    'invalid_graph',
    `Expected ${wanted} for an encoded param but received ${String(received)}.`,
  );
}
