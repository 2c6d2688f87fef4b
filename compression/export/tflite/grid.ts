import type { Grid } from '../nhwc/program.js';

/** value = (code − zeroPoint) · scale, codes being signed and of 8 bits. */
export interface CodedGrid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The same steps as signed codes of 8 bits. */
export function eightBits({ scale, zeroPoint, bits, signed }: Grid): CodedGrid {
  return { scale, zeroPoint: signed || bits < 8 ? zeroPoint : zeroPoint - 128 };
}

export function sameGrid(a: CodedGrid, b: CodedGrid): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}
