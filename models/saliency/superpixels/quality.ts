/** How well segments keep to a mask: the measures of superpixels. */
import type { Superpixels } from './superpixels.js';

/** A mask as the pixels see it: 0 outside, 1 inside. */
export type Mask = Uint8Array;

/**
 * Undersegmentation error (Neubert and Protzel 2012), in [0, 1]: over both regions of the mask, the smaller of what a segment
 * has inside and outside, as a share of all pixels. The best mask that can be painted with the segments errs on half of it.
 */
export function undersegmentationError({ labels, count }: Superpixels, mask: Mask): number {
  const inside = new Float64Array(count);
  const size = new Float64Array(count);
  for (let i = 0; i < labels.length; i++) {
    size[labels[i]!]!++;
    inside[labels[i]!]! += mask[i]!;
  }
  let error = 0;
  for (let k = 0; k < count; k++) error += 2 * Math.min(inside[k]!, size[k]! - inside[k]!);
  return error / labels.length;
}

/** Share of the mask's border pixels that have a border of segments within `tolerance` pixels (Chebyshev); 1 where the mask has no border. */
export function boundaryRecall({ labels, width, height }: Superpixels, mask: Mask, tolerance = 2): number {
  const has = edges(labels, width, height);
  const wanted = edges(mask, width, height);
  let all = 0;
  let found = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (wanted[y * width + x] === 0) continue;
      all++;
      if (near(has, width, height, x, y, tolerance)) found++;
    }
  }
  return all === 0 ? 1 : found / all;
}

/** Pixels whose right or lower neighbour has another label. */
function edges(labels: ArrayLike<number>, width: number, height: number): Uint8Array {
  const found = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const right = x + 1 < width && labels[i] !== labels[i + 1];
      if (right || (y + 1 < height && labels[i] !== labels[i + width])) found[i] = 1;
    }
  }
  return found;
}

function near(map: Uint8Array, width: number, height: number, x: number, y: number, radius: number): boolean {
  for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++)
    for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++)
      if (map[v * width + u] === 1) return true;
  return false;
}
