/**
 * How strongly neighbouring cells of a grid belong together by the contours between them ("intervening contour"; Arbelaez,
 * Maire, Fowlkes and Malik 2011, "Contour Detection and Hierarchical Image Segmentation", section on globalization).
 */
import type { FloatMap } from '../../base/image.js';

export interface AffinityOptions {
  /** Cells further apart than this many cells have no affinity. */
  readonly radius: number;
  /** The affinity is exp(-c / deviation), c the strongest contour on the segment between two cells, its ends included. */
  readonly deviation: number;
}

/** The affinities of all pairs of cells at one displacement. */
interface Plane {
  /** What is added to a cell's index to get the other's; positive. */
  readonly step: number;
  /** By cell; 0 where the other lies outside. */
  readonly weights: Float64Array;
}

/** A sparse symmetric matrix, its diagonal 0: each pair of cells once, by displacement. */
export class ContourAffinity {
  /** Number of cells. */
  readonly size: number;
  /** The sum of each cell's affinities. */
  readonly degrees: Float64Array;
  readonly #planes: readonly Plane[];

  /** @param contour probability in [0, 1] that a contour passes through the cell */
  constructor(contour: FloatMap, { radius, deviation }: AffinityOptions) {
    this.size = contour.data.length;
    this.degrees = new Float64Array(this.size);
    this.#planes = displacements(contour, radius).map(([dx, dy]) => ({
      step: dy * contour.width + dx,
      weights: affinities(contour, dx, dy, deviation),
    }));
    this.#multiply(new Float64Array(this.size).fill(1), this.degrees);
  }

  /** Divides each affinity by the square roots of both degrees: what is left is 1 - the normalized Laplacian. */
  normalise(): void {
    const norms = this.degrees.map((degree) => (degree > 0 ? 1 / Math.sqrt(degree) : 0));
    for (const { step, weights } of this.#planes)
      for (let i = 0; i + step < this.size; i++) weights[i]! *= norms[i]! * norms[i + step]!;
  }

  /** Writes the matrix times `x` to `out`. */
  readonly multiply = (x: Float64Array, out: Float64Array): void => {
    out.fill(0);
    this.#multiply(x, out);
  };

  #multiply(x: Float64Array, out: Float64Array): void {
    for (const { step, weights } of this.#planes) {
      for (let i = 0, j = step; j < this.size; i++, j++) {
        const weight = weights[i]!;
        out[i]! += weight * x[j]!;
        out[j]! += weight * x[i]!;
      }
    }
  }
}

/** One of each two opposite displacements within the radius that fit in the grid. */
function displacements({ width, height }: FloatMap, radius: number): [dx: number, dy: number][] {
  const found: [number, number][] = [];
  for (let dy = 0; dy <= Math.min(radius, height - 1); dy++)
    for (let dx = -Math.min(radius, width - 1); dx <= Math.min(radius, width - 1); dx++)
      if ((dy > 0 || dx > 0) && dx * dx + dy * dy <= radius * radius) found.push([dx, dy]);
  return found;
}

function affinities(
  { width, height, data }: FloatMap,
  dx: number,
  dy: number,
  deviation: number,
): Float64Array {
  const count = Math.max(Math.abs(dx), dy);
  const segment = Array.from({ length: count + 1 }, (_, i) => {
    return Math.round((dy * i) / count) * width + Math.round((dx * i) / count);
  });
  const weights = new Float64Array(data.length);
  const firstX = Math.max(0, -dx);
  const endX = width - Math.max(0, dx);
  for (let y = 0; y < height - dy; y++) {
    for (let x = firstX; x < endX; x++) {
      const cell = y * width + x;
      let strongest = 0;
      for (let k = 0; k <= count; k++) strongest = Math.max(strongest, data[cell + segment[k]!]!);
      weights[cell] = Math.exp(-strongest / deviation);
    }
  }
  return weights;
}
