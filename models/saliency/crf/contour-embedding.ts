/**
 * Embeds pixels so that those which a salient contour separates lie apart (Li and Yu 2018, "Contrast-Oriented Deep Neural
 * Networks for Salient Object Detection", section on the CRF): the leading eigenvectors of the normalized Laplacian of the
 * contours' affinities, computed on a coarse grid.
 */
import type { FloatMap } from '../../base/image.js';
import { ContourAffinity } from './contour-affinity.js';
import { lanczos } from './lanczos.js';

export interface EmbeddingOptions {
  /** Cells along the longer side of the grid. */
  readonly grid: number;
  /** How many eigenvectors, the trivial one not counted. */
  readonly dimensions: number;
  /** Reach of the affinity, in cells. */
  readonly radius: number;
  /** Deviation of the contour's strength in the affinity. */
  readonly strength: number;
}

/** Added to eigenvalues: no contour, however closed, separates by infinitely more than another. */
const LEAST_EIGENVALUE = 1e-3;
const TOLERANCE = 1e-4;
const MOST_STEPS = 120;

/**
 * @param contour probability in [0, 1] that the salient contour passes through a pixel
 * @returns one map of the contour's size a dimension, the leading first. The first has a mean of 0 and a mean square of 1
 *   over the grid, each cell weighted by its degree; the k-th is smaller by the square root of λ1 / λk. Fewer maps than
 *   asked for come from fewer cells.
 */
export function contourEmbedding(contour: FloatMap, options: EmbeddingOptions): FloatMap[] {
  const coarse = coarsen(contour, options.grid);
  if (coarse.data.length < 2) return [];
  const affinity = new ContourAffinity(coarse, { radius: options.radius, deviation: options.strength });
  affinity.normalise();
  const volume = affinity.degrees.reduce((sum, degree) => sum + degree, 0);
  const trivial = affinity.degrees.map((degree) => Math.sqrt(degree / volume));
  const { values, vectors } = lanczos(affinity.multiply, affinity.size, {
    count: options.dimensions,
    tolerance: TOLERANCE,
    mostSteps: MOST_STEPS,
    without: [trivial],
  });
  const leading = 1 - values[0]! + LEAST_EIGENVALUE;
  return vectors.map((vector, k) => {
    const factor = Math.sqrt(leading / (1 - values[k]! + LEAST_EIGENVALUE));
    const data = Float32Array.from(vector, (value, i) => (factor * value) / trivial[i]!);
    return enlarge({ ...coarse, data }, contour.width, contour.height);
  });
}

/** The strongest contour within each cell, since a thin one separates as well as a broad one. */
export function coarsen({ width, height, data }: FloatMap, grid: number): FloatMap {
  const scale = Math.min(1, grid / Math.max(width, height));
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const cells = new Float32Array(columns * rows);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * columns) / width);
      cells[cell] = Math.max(cells[cell]!, data[y * width + x]!);
    }
  }
  return { width: columns, height: rows, data: cells };
}

/** Bilinear, cells at their centres. */
function enlarge(coarse: FloatMap, width: number, height: number): FloatMap {
  const columns = places(coarse.width, width);
  const rows = places(coarse.height, height);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const upper = rows.first[y]! * coarse.width;
    const lower = rows.second[y]! * coarse.width;
    const down = rows.share[y]!;
    for (let x = 0; x < width; x++) {
      const left = columns.first[x]!;
      const right = columns.second[x]!;
      const across = columns.share[x]!;
      const above = coarse.data[upper + left]! * (1 - across) + coarse.data[upper + right]! * across;
      const below = coarse.data[lower + left]! * (1 - across) + coarse.data[lower + right]! * across;
      data[y * width + x] = above * (1 - down) + below * down;
    }
  }
  return { width, height, data };
}

/** Which two cells each pixel lies between, and the second one's share in it. */
function places(cells: number, pixels: number) {
  const first = new Int32Array(pixels);
  const second = new Int32Array(pixels);
  const share = new Float64Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const place = Math.min(Math.max(((i + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
    first[i] = Math.floor(place);
    second[i] = Math.min(first[i]! + 1, cells - 1);
    share[i] = place - first[i]!;
  }
  return { first, second, share };
}
