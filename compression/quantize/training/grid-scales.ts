/** Finds the scales of values that are whole multiples of them: what training with rounded weights leaves behind. */
import { scaleIndices } from '../../../models/graph/encoding.js';
import { sizeOf } from '../../../models/graph/shapes.js';

/** Float32 neighbours that are tried beside a quotient: a product's rounding may hide as much. */
const NEIGHBOURS = [0, 1, -1, 2, -2];

/**
 * The greatest scale of each block with which every value is exactly float32(code · scale), codes of `least` … `most`;
 * 0 for a block of zeros. Undefined where a block has none.
 */
export function gridScales(
  data: Float32Array,
  shape: readonly number[],
  scaleShape: readonly number[],
  [least, most]: readonly [number, number],
): Float32Array | undefined {
  const blockOf = scaleIndices(shape, scaleShape);
  const blocks = Array.from({ length: sizeOf(scaleShape) }, () => new Set<number>());
  data.forEach((value, i) => {
    if (value !== 0) blocks[blockOf[i]!]!.add(value);
  });
  const scales = new Float32Array(blocks.length);
  for (const [k, values] of blocks.entries()) {
    const scale = values.size === 0 ? 0 : blockScale([...values], least, most);
    if (scale === undefined) return undefined;
    scales[k] = scale;
  }
  return scales;
}

function blockScale(values: readonly number[], least: number, most: number): number | undefined {
  const smallest = values.reduce(
    (found, value) => Math.min(found, Math.abs(value)),
    Number.POSITIVE_INFINITY,
  );
  for (let code = 1; code <= Math.max(most, -least); code++) {
    for (const steps of NEIGHBOURS) {
      const scale = neighbour(Math.fround(smallest / code), steps);
      const fits = (value: number) => {
        const steps = Math.round(value / scale);
        return steps >= least && steps <= most && Math.fround(steps * scale) === value;
      };
      if (scale > 0 && values.every(fits)) return scale;
    }
  }
  return undefined;
}

const bits32 = new Uint32Array(1);
const float32 = new Float32Array(bits32.buffer);

/** The positive float32 so many steps above (or below). */
function neighbour(value: number, steps: number): number {
  float32[0] = value;
  bits32[0]! += steps;
  return float32[0]!;
}
