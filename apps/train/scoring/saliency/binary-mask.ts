/** Which pixels belong to what stands out. */
import type { GrayImage } from '../../../../models/base/image.js';

export interface BinaryMask {
  readonly width: number;
  readonly height: number;
  /** 1 foreground, 0 background, row by row. */
  readonly data: Uint8Array;
  /** Pixels of foreground. */
  readonly foreground: number;
}

/** Graded masks are cut at half: 128 and above is foreground. */
export function binaryMask({ width, height, data }: GrayImage): BinaryMask {
  const binary = new Uint8Array(data.length);
  let foreground = 0;
  for (let i = 0; i < data.length; i++) {
    const bit = data[i]! >> 7;
    binary[i] = bit;
    foreground += bit;
  }
  return { width, height, data: binary, foreground };
}
