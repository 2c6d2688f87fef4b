/** Numbers as whole ones of 8 or 16 bits: exactly enough to compare with, and a quarter or half of the room. */
import type { GoldenTensor } from '../manifest/parts.js';

export interface PackedTensor {
  readonly spec: Omit<GoldenTensor, 'path'>;
  readonly bytes: Uint8Array;
  /** What the stored numbers stand for. */
  readonly values: Float32Array;
}

/** @param grid for values that are whole multiples: stored as they are in 8 bits */
export function packTensor(
  data: Float32Array,
  shape: readonly number[],
  grid?: { readonly scale: number; readonly offset: number },
): PackedTensor {
  const { scale, offset } = grid ?? rangeOf(data);
  const codes = grid ? new Uint8Array(data.length) : new Uint16Array(data.length);
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    codes[i] = Math.round((data[i]! - offset) / scale);
    values[i] = codes[i]! * scale + offset;
  }
  const spec: PackedTensor['spec'] = { dtype: grid ? 'uint8' : 'uint16', shape: [...shape], scale, offset };
  return { spec, bytes: new Uint8Array(codes.buffer), values };
}

/** A 65535th of the range a step, rounded up to a power of two so that the numbers are short and exact. */
function rangeOf(data: Float32Array): { scale: number; offset: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const scale = 2 ** Math.ceil(Math.log2(Math.max(most - least, 1e-6) / 65534));
  return { scale, offset: Math.floor(least / scale) * scale };
}
