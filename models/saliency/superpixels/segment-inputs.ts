/**
 * What the segment stream takes besides features: which cells of the feature grid make up a segment, which segments touch,
 * and how values of segments are written back to cells. All are matrices of fixed shape, so that pooling, neighbourhood
 * and write-back are matrix products in an exported graph.
 */
import { expected } from '../../base/errors.js';
import type { ColourImage, FloatMap } from '../../base/image.js';
import { labPyramid, type SuperpixelOptions, type Superpixels, segmentPyramid } from './superpixels.js';

/** Most segments of each scale, coarse to fine; their sum is the number of slots. */
export const SEGMENT_COUNTS: readonly number[] = [50, 120, 250];

/** A grid of feature cells spread evenly over the image. */
export interface FeatureGrid {
  readonly width: number;
  readonly height: number;
}

export interface SegmentInputOptions extends SuperpixelOptions {
  /** SEGMENT_COUNTS where left out. */
  readonly counts?: readonly number[];
  /** Cells that values are written back to; those that features are pooled from where left out. */
  readonly paintGrid?: FeatureGrid;
}

/**
 * With S slots and C = grid.height · grid.width cells (row by row). Scale i has slots offsets[i] … offsets[i] +
 * counts[i] - 1, its segments the first of them. Slots with no segment have nothing but zeros in every matrix.
 */
export interface SegmentInputs {
  /** [S, C]: the share of a segment's pixels that lies in a cell. Rows of segments sum to 1: features [C, F] to means of segments [S, F]. */
  readonly pool: Float32Array;
  /** [S, S]: the share of a segment's border, the image's edge aside, that it has with another of its scale. Rows of segments sum to 1. */
  readonly neighbours: Float32Array;
  /** [cells of the grid that is painted, S]: the share of a cell that a segment covers, over the number of scales. Rows sum to 1: values of segments [S, F] to cells [cells, F], scales averaged. */
  readonly paint: Float32Array;
  readonly slots: number;
  /** First slot of each scale. */
  readonly offsets: readonly number[];
  readonly scales: readonly Superpixels[];
}

/**
 * Segments an image at several scales and builds the matrices of the segment stream.
 * @throws PocketlensError invalid_argument
 */
export function segmentInputs(
  image: ColourImage,
  grid: FeatureGrid,
  options: SegmentInputOptions = {},
): SegmentInputs {
  const { counts = SEGMENT_COUNTS, paintGrid, ...rest } = options;
  const pyramid = labPyramid(image);
  return segmentMatrices(
    counts.map((count) => segmentPyramid(pyramid, count, rest)),
    grid,
    counts,
    paintGrid,
  );
}

/**
 * The matrices of segments that are there already (kept from an earlier epoch, mirrored, …).
 * @param scales of one image, all of one size
 * @param counts slots of each scale, no fewer than its segments
 * @param paintGrid cells of `paint`, where they are others
 * @throws PocketlensError invalid_argument
 */
export function segmentMatrices(
  scales: readonly Superpixels[],
  grid: FeatureGrid,
  counts: readonly number[] = SEGMENT_COUNTS,
  paintGrid: FeatureGrid = grid,
): SegmentInputs {
  for (const { width, height } of [grid, paintGrid])
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
      throw expected('invalid_argument', 'a width and height of 1 or more', 'the feature grid', [
        width,
        height,
      ]);
  if (scales.length !== counts.length || scales.length === 0)
    throw expected('invalid_argument', `${counts.length} scales (one or more)`, 'segments', scales.length);
  scales.forEach(({ count }, i) => {
    if (!(count <= counts[i]!))
      throw expected('invalid_argument', `at most ${counts[i]} segments`, `scale ${i}`, count);
  });
  const offsets = counts.map((_, i) => counts.slice(0, i).reduce((sum, n) => sum + n, 0));
  const slots = counts.reduce((sum, n) => sum + n, 0);
  const { width, height } = scales[0]!;
  const cells = grid.width * grid.height;
  const painted = paintGrid.width * paintGrid.height;
  const pool = new Float32Array(slots * cells);
  const paint = new Float32Array(painted * slots);
  const neighbours = new Float32Array(slots * slots);
  const poolPieces = piecesOf(width, height, grid);
  const paintPieces = piecesOf(width, height, paintGrid);
  scales.forEach((scale, i) => {
    if (scale.width !== width || scale.height !== height)
      throw expected('invalid_argument', `${width}×${height} pixels`, `scale ${i}`, [
        scale.width,
        scale.height,
      ]);
    const offset = offsets[i]!;
    const pooled = cover(scale, poolPieces, pool, offset * cells, cells, 1);
    for (const at of pooled.touched) pool[at]! /= pooled.sizes[Math.floor(at / cells) - offset]!;
    const drawn = cover(scale, paintPieces, paint, offset, 1, slots);
    const share = painted / (width * height * scales.length);
    for (const at of drawn.touched) paint[at]! *= share;
    meetNeighbours(scale, offset, slots, neighbours);
  });
  return { pool, neighbours, paint, slots, offsets, scales };
}

/** A line of pixels laid over a line of cells: pieces, a pixel being cut where a cell ends within it. */
interface Pieces {
  readonly pixels: Int32Array;
  readonly cells: Int32Array;
  /** In pixels. */
  readonly lengths: Float64Array;
}

function spread(pixels: number, cells: number): Pieces {
  const pieces: { pixel: number; cell: number; length: number }[] = [];
  // Counted in units of which the line has pixels · cells, so that all ends are whole numbers.
  for (let pixel = 0, cell = 0, at = 0; at < pixels * cells; ) {
    const end = Math.min((pixel + 1) * cells, (cell + 1) * pixels);
    pieces.push({ pixel, cell, length: (end - at) / cells });
    if (end === (pixel + 1) * cells) pixel++;
    if (end === (cell + 1) * pixels) cell++;
    at = end;
  }
  return {
    pixels: Int32Array.from(pieces, (p) => p.pixel),
    cells: Int32Array.from(pieces, (p) => p.cell),
    lengths: Float64Array.from(pieces, (p) => p.length),
  };
}

interface GridPieces {
  readonly lines: Pieces;
  readonly columns: Pieces;
}

function piecesOf(width: number, height: number, grid: FeatureGrid): GridPieces {
  return { lines: spread(height, grid.height), columns: spread(width, grid.width) };
}

/**
 * Adds to `matrix[offset + segment · segmentStep + cell · cellStep]` the pixels of every segment in every cell.
 * @returns the places that are not 0, and the pixels of each segment
 */
function cover(
  { labels, count, width }: Superpixels,
  { lines, columns }: GridPieces,
  matrix: Float32Array,
  offset: number,
  segmentStep: number,
  cellStep: number,
): { touched: number[]; sizes: Float64Array } {
  const across = columns.cells.at(-1)! + 1;
  const sizes = new Float64Array(count);
  const touched: number[] = [];
  for (let v = 0; v < lines.cells.length; v++) {
    const row = lines.pixels[v]! * width;
    const first = offset + lines.cells[v]! * across * cellStep;
    const length = lines.lengths[v]!;
    let at = -1;
    let label = 0;
    let sum = 0;
    const flush = () => {
      if (matrix[at] === 0) touched.push(at);
      matrix[at]! += sum;
      sizes[label]! += sum;
    };
    for (let u = 0; u < columns.cells.length; u++) {
      const k = labels[row + columns.pixels[u]!]!;
      const to = first + k * segmentStep + columns.cells[u]! * cellStep;
      if (to !== at) {
        if (at >= 0) flush();
        at = to;
        label = k;
        sum = 0;
      }
      sum += length * columns.lengths[u]!;
    }
    flush();
  }
  return { touched, sizes };
}

/**
 * How much border every two segments share, in pixel sides: symmetric [count, count], zeros on the diagonal.
 */
export function sharedBorders({ labels, count, width }: Superpixels): Float32Array {
  const borders = new Float32Array(count * count);
  for (let i = 0, x = 1; i < labels.length; i++, x++) {
    const p = labels[i]!;
    if (x === width) x = 0;
    else {
      const q = labels[i + 1]!;
      if (p !== q) {
        borders[p * count + q]!++;
        borders[q * count + p]!++;
      }
    }
    if (i + width < labels.length) {
      const q = labels[i + width]!;
      if (p !== q) {
        borders[p * count + q]!++;
        borders[q * count + p]!++;
      }
    }
  }
  return borders;
}

/**
 * Neighbours count by shared border: a long common edge says more than a corner, and a pixel more or less of it, which
 * chance decides, changes next to nothing. A segment that is the whole image is its own neighbour (no contrast).
 */
function meetNeighbours(scale: Superpixels, offset: number, slots: number, neighbours: Float32Array): void {
  const borders = sharedBorders(scale);
  const { count } = scale;
  for (let p = 0; p < count; p++) {
    let sum = 0;
    for (let q = 0; q < count; q++) sum += borders[p * count + q]!;
    const row = (offset + p) * slots + offset;
    if (sum === 0) neighbours[row + p] = 1;
    else for (let q = 0; q < count; q++) neighbours[row + q] = borders[p * count + q]! / sum;
  }
}

/**
 * A map with the value of its segment at every pixel.
 * @param values one a segment, e.g. the slots of one scale
 * @throws PocketlensError invalid_argument
 */
export function paintSegments({ labels, count, width, height }: Superpixels, values: Float32Array): FloatMap {
  if (values.length < count)
    throw expected('invalid_argument', `${count} values`, `${count} segments`, values.length);
  const data = new Float32Array(labels.length);
  for (let i = 0; i < labels.length; i++) data[i] = values[labels[i]!]!;
  return { width, height, data };
}
