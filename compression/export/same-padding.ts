import type { Dimension } from '../../models/graph/ir.js';

/** "same" padding along one axis as TensorFlow has it, or null where it depends on a size known only at run time. */
export function samePadding(
  size: Dimension,
  extent: number,
  stride: number,
): readonly [number, number] | null {
  let total: number;
  if (size !== null) total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
  else if (stride === 1) total = extent - 1;
  else if (extent === 1) total = 0;
  else return null;
  const begin = Math.floor(total / 2);
  return [begin, total - begin];
}
