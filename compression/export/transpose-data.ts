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
