/** Params without some positions, or with zeros in their place. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { ParamEncoding } from '../../../models/graph/encoding.js';
import type { Param, ParamId } from '../../../models/graph/ir.js';
import { sizeOf } from '../../../models/graph/shapes.js';

type Axes = ReadonlyMap<number, ReadonlySet<number>>;

/** @param withData false: the shape alone, for counting. @throws invalid_config for blocks of scales along the axis */
export function sliceParam(id: ParamId, param: Param, axes: Axes, withData = true): Param {
  let { shape, data, encoding } = param;
  for (const [axis, removed] of axes) {
    if (withData) {
      data = withoutPositions(data, shape, axis, removed);
      if (encoding) encoding = sliceEncoding(id, encoding, shape, axis, removed);
    }
    shape = shape.with(axis, shape[axis]! - removed.size);
  }
  if (!withData) data = new Float32Array(0);
  return { ...param, shape, data, ...(encoding && { encoding }) };
}

/** Zeros at the positions; the encoding goes, because zero need not be one of its codes. */
export function zeroPositions({ encoding: _, ...param }: Param, axes: Axes): Param {
  const data = param.data.slice();
  for (const [axis, zeroed] of axes) {
    const inner = sizeOf(param.shape.slice(axis + 1));
    const size = param.shape[axis]!;
    for (let i = 0; i < data.length; i++) if (zeroed.has(Math.floor(i / inner) % size)) data[i] = 0;
  }
  return { ...param, data };
}

function withoutPositions(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  removed: ReadonlySet<number>,
): Float32Array {
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const size = shape[axis]!;
  const kept = Array.from({ length: size }, (_, i) => i).filter((i) => !removed.has(i));
  const result = new Float32Array(outer * kept.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const i of kept) {
      const start = (o * size + i) * inner;
      result.set(data.subarray(start, start + inner), at);
      at += inner;
    }
  }
  return result;
}

function sliceEncoding(
  id: ParamId,
  encoding: ParamEncoding,
  shape: readonly number[],
  axis: number,
  removed: ReadonlySet<number>,
): ParamEncoding {
  if (encoding.kind === 'codebook' || encoding.scaleShape[axis] === 1) return encoding;
  const { scaleShape, scales, zeroPoints } = encoding;
  if (scaleShape[axis] !== shape[axis]) {
    throw new PocketlensError(
      'invalid_config',
      `Expected one scale a channel for the quantized param "${id}" but received blocks of channels.`,
      { remedy: 'Prune channels before quantizing.' },
    );
  }
  return {
    ...encoding,
    scaleShape: scaleShape.with(axis, scaleShape[axis]! - removed.size),
    scales: withoutPositions(scales, scaleShape, axis, removed),
    zeroPoints: Int32Array.from(withoutPositions(Float32Array.from(zeroPoints), scaleShape, axis, removed)),
  };
}
