/** SLIC superpixels (Achanta et al. 2012): segments of alike pixels that follow the edges of what is pictured. */
import { expected } from '../../base/errors.js';
import type { ColourImage } from '../../base/image.js';
import { assign, enlarge, move, seedGrid } from './clusters.js';
import { connect } from './connect.js';
import { halve, type LabImage, labPlanes } from './lab.js';

export interface Superpixels {
  readonly width: number;
  readonly height: number;
  /** Segment of every pixel, row by row, in [0, count); numbered as they are met row by row. */
  readonly labels: Int32Array;
  /** Number of segments, each 4-connected and with a pixel at least. */
  readonly count: number;
}

export interface SuperpixelOptions {
  /** How much place counts against colour: the distance of two seeds weighs as much as so many units of CIELAB. 8 where left out. */
  readonly compactness?: number;
  /** The smallest segment as a share of the mean size that was asked for, in [0, 1]. 0.25 where left out. */
  readonly leastShare?: number;
  /** Most rounds of k-means on the reduced image; fewer where the clusters settle before. 8 where left out. */
  readonly rounds?: number;
}

export const SUPERPIXEL_DEFAULTS = { compactness: 8, leastShare: 0.25, rounds: 8 } as const;

/** Seeds are no closer than this in pixels of the reduced image on which k-means runs. */
export const LEAST_SPACING = 5;
/** Clusters that move less than this on average, in pixels of the reduced image, have settled. */
export const SETTLED = 0.1;

/**
 * Cuts an image into segments by k-means in colour (CIELAB) and place, each cluster looking no further than its
 * neighbourhood. Deterministic. k-means runs on a reduced image while segments are some pixels wide there; their
 * borders are then drawn anew at every larger size: as good as all rounds at full size, in a fraction of the time.
 * @param image any size from 1×1
 * @param count most segments; a few fewer come out where fragments are joined to their neighbours, and no more than
 *   there are pixels
 * @throws PocketlensError invalid_argument
 */
export function superpixels(image: ColourImage, count: number, options: SuperpixelOptions = {}): Superpixels {
  return segmentPyramid(labPyramid(image), count, options);
}

/** The image in CIELAB, then halves of it, made when they are first needed. */
export type LabPyramid = LabImage[];

/** @throws PocketlensError invalid_argument */
export function labPyramid(image: ColourImage): LabPyramid {
  const { width, height, data } = image;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw expected('invalid_argument', 'a width and height of 1 or more', 'the image', [width, height]);
  if (data.length !== 3 * width * height)
    throw expected(
      'invalid_argument',
      `${3 * width * height} bytes`,
      `a ${width}×${height} image`,
      data.length,
    );
  return [labPlanes(image)];
}

/** As `superpixels`; what several counts of one image share is computed once. */
export function segmentPyramid(
  pyramid: LabPyramid,
  count: number,
  options: SuperpixelOptions = {},
): Superpixels {
  const { compactness, leastShare, rounds } = { ...SUPERPIXEL_DEFAULTS, ...options };
  if (!(Number.isInteger(count) && count > 0))
    throw expected('invalid_argument', 'a positive integer', 'the number of superpixels', count);
  if (!(compactness > 0 && compactness < Infinity))
    throw expected('invalid_argument', 'a positive number', 'compactness', compactness);
  if (!(leastShare >= 0 && leastShare <= 1))
    throw expected('invalid_argument', 'a number from 0 to 1', 'leastShare', leastShare);
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw expected('invalid_argument', 'a positive integer', 'rounds', rounds);
  const image = pyramid[0]!;
  const { width, height } = image;
  const clusterCount = Math.min(count, width * height);

  let level = coarsestLevel(width, height, clusterCount);
  for (let i = 1; i <= level; i++) pyramid[i] ??= halve(pyramid[i - 1]!);
  let lab = pyramid[level]!;
  let state = seedGrid(lab, clusterCount);
  const weight = () => (compactness * compactness * clusterCount) / (lab.width * lab.height);
  for (let round = 0; round < rounds; round++) {
    assign(lab, state, weight());
    // Nothing looks at the clusters again where this was the last assignment.
    if ((level > 0 || round + 1 < rounds) && move(lab, state) < SETTLED) break;
  }
  while (level > 0) {
    const half = lab;
    lab = pyramid[--level]!;
    state = enlarge(state, half, lab, weight());
    if (level === 0) break;
    move(lab, state);
    assign(lab, state, weight());
    move(lab, state);
  }
  const least = Math.floor((leastShare * width * height) / clusterCount);
  return { width, height, labels: state.labels, count: connect(image, state.labels, least, clusterCount) };
}

/** How often to halve the image before k-means. */
function coarsestLevel(width: number, height: number, count: number): number {
  let level = 0;
  let spacing = Math.min(Math.sqrt((width * height) / count), width, height) / 2;
  for (; spacing >= LEAST_SPACING; spacing /= 2) level++;
  return level;
}
