/**
 * SLIC superpixels (Achanta et al. 2012) of a picture, coarse to fine: k-means in CIELAB and place on a reduced picture, borders
 * drawn anew at every larger size, fragments joined to their neighbours. What the saliency network's segment stream is fed.
 */
import type { SaliencyModel } from '../manifest/models.js';
import { connect } from './connect.js';
import { half, type Lab, toLab } from './lab.js';

export type SegmentRules = NonNullable<SaliencyModel['preprocessing']['segments']>;

interface Clusters {
  readonly count: number;
  /** L, a, b, x, y of each. */
  readonly centres: Float64Array;
  readonly labels: Int32Array;
  readonly reach: readonly [x: number, y: number];
}

/** Labels of a picture's segments at each scale; numbered as they are met row by row. */
export interface Segments {
  readonly labels: Int32Array;
  readonly count: number;
}

export function segment(rgb: Uint8Array, width: number, height: number, rules: SegmentRules): Segments[] {
  const pyramid = [toLab(rgb, width, height)];
  return rules.counts.map((count) => {
    let level = 0;
    for (let spacing = Math.sqrt((width * height) / count) / 2; spacing >= rules.leastSpacing; spacing /= 2)
      level++;
    while (pyramid.length <= level) pyramid.push(half(pyramid.at(-1)!));
    const weight = (lab: Lab) => (rules.compactness ** 2 * count) / (lab.width * lab.height);
    let lab = pyramid[level]!;
    let clusters = seeds(lab, count);
    for (let round = 0; round < rules.rounds; round++) {
      assign(lab, clusters, weight(lab));
      if (move(lab, clusters) < rules.settled) break;
    }
    while (level > 0) {
      lab = pyramid[--level]!;
      clusters = enlarge(clusters, pyramid[level + 1]!.width, lab, weight(lab));
      if (level === 0) break;
      move(lab, clusters);
      assign(lab, clusters, weight(lab));
      move(lab, clusters);
    }
    const least = Math.floor((rules.leastShare * width * height) / count);
    return { labels: clusters.labels, count: connect(lab, clusters.labels, least, count) };
  });
}

/** In rows as even as can be, each moved to the calmest of the pixels around it. */
function seeds(lab: Lab, count: number): Clusters {
  const { width, height, data } = lab;
  const rows = Math.min(
    height,
    count,
    Math.max(1, Math.ceil(count / width), Math.round(Math.sqrt((count * height) / width))),
  );
  const step = Math.sqrt((width * height) / count);
  const centres = new Float64Array(5 * count);
  const labels = new Int32Array(width * height);
  const slope = (x: number, y: number) => {
    const i = 3 * (y * width + x);
    let sum = 0;
    for (let c = i; c < i + 3; c++)
      sum += (data[c - 3]! - data[c + 3]!) ** 2 + (data[c - 3 * width]! - data[c + 3 * width]!) ** 2;
    return sum;
  };
  const isRoomy = Math.min(width / Math.ceil(count / rows), height / rows) >= 4;
  for (let row = 0, k = 0; row < rows; row++) {
    const columns = Math.floor(((row + 1) * count) / rows) - k;
    const [top, bottom] = [Math.floor((row * height) / rows), Math.floor(((row + 1) * height) / rows)];
    for (let column = 0; column < columns; column++, k++) {
      const [left, right] = [
        Math.floor((column * width) / columns),
        Math.floor(((column + 1) * width) / columns),
      ];
      for (let y = top; y < bottom; y++) labels.fill(k, y * width + left, y * width + right);
      let [x, y] = [(left + right - 1) >> 1, (top + bottom - 1) >> 1];
      if (isRoomy) {
        const [column0, row0] = [x, y];
        let calmest = Number.POSITIVE_INFINITY;
        for (let v = Math.max(1, row0 - 1); v <= Math.min(height - 2, row0 + 1); v++)
          for (let u = Math.max(1, column0 - 1); u <= Math.min(width - 2, column0 + 1); u++)
            if (slope(u, v) < calmest) [x, y, calmest] = [u, v, slope(u, v)];
      }
      centres.set(data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3), 5 * k);
      centres[5 * k + 3] = x;
      centres[5 * k + 4] = y;
    }
  }
  const across = Math.floor(count / rows);
  return { count, centres, labels, reach: [Math.max(step, width / across), Math.max(step, height / rows)] };
}

function distance(
  data: Float32Array,
  i: number,
  x: number,
  y: number,
  centres: Float64Array,
  k: number,
  weight: number,
) {
  const c = 5 * k;
  const p = 3 * i;
  const dl = data[p]! - centres[c]!;
  const da = data[p + 1]! - centres[c + 1]!;
  const db = data[p + 2]! - centres[c + 2]!;
  const dx = x - centres[c + 3]!;
  const dy = y - centres[c + 4]!;
  return dl * dl + da * da + db * db + weight * (dx * dx + dy * dy);
}

/** Every pixel to the nearest cluster that reaches it. */
function assign(
  { width, height, data }: Lab,
  { count, centres, labels, reach }: Clusters,
  weight: number,
): void {
  const nearest = new Float32Array(labels.length).fill(Number.POSITIVE_INFINITY);
  for (let k = 0; k < count; k++) {
    const [cx, cy] = [centres[5 * k + 3]!, centres[5 * k + 4]!];
    const [left, right] = [
      Math.max(0, Math.ceil(cx - reach[0])),
      Math.min(width - 1, Math.floor(cx + reach[0])),
    ];
    const [top, bottom] = [
      Math.max(0, Math.ceil(cy - reach[1])),
      Math.min(height - 1, Math.floor(cy + reach[1])),
    ];
    for (let y = top; y <= bottom; y++)
      for (let x = left, i = y * width + left; x <= right; x++, i++) {
        const d = distance(data, i, x, y, centres, k, weight);
        if (d < nearest[i]!) {
          nearest[i] = d;
          labels[i] = k;
        }
      }
  }
}

/** Every cluster to the mean of its pixels. Returns the mean move in pixels. */
function move({ width, data }: Lab, { count, centres, labels }: Clusters): number {
  const sums = new Float64Array(5 * count);
  const sizes = new Int32Array(count);
  labels.forEach((k, i) => {
    sizes[k]!++;
    for (let c = 0; c < 3; c++) sums[5 * k + c]! += data[3 * i + c]!;
    sums[5 * k + 3]! += i % width;
    sums[5 * k + 4]! += Math.floor(i / width);
  });
  let moved = 0;
  for (let k = 0; k < count; k++) {
    if (sizes[k] === 0) continue;
    for (let c = 0; c < 5; c++) {
      const value = sums[5 * k + c]! / sizes[k]!;
      if (c > 2) moved += Math.abs(value - centres[5 * k + c]!);
      centres[5 * k + c] = value;
    }
  }
  return moved / count;
}

/** The same clusters on a picture of twice the size: a pixel goes to its cell's cluster or one of the two cells next to it. */
function enlarge(clusters: Clusters, coarseWidth: number, lab: Lab, weight: number): Clusters {
  const { width, height, data } = lab;
  const centres = clusters.centres.map((value, i) => (i % 5 > 2 ? 2 * value + 0.5 : value));
  const labels = new Int32Array(width * height);
  const coarse = clusters.labels;
  const coarseHeight = coarse.length / coarseWidth;
  const beside = (at: number, size: number) => Math.min(Math.max((at >> 1) + (at & 1 ? 1 : -1), 0), size - 1);
  for (let y = 0, i = 0; y < height; y++) {
    const row = (y >> 1) * coarseWidth;
    const nextRow = beside(y, coarseHeight) * coarseWidth;
    for (let x = 0; x < width; x++, i++) {
      let best = coarse[row + (x >> 1)]!;
      const across = coarse[row + beside(x, coarseWidth)]!;
      const down = coarse[nextRow + (x >> 1)]!;
      if (across !== best || down !== best) {
        let least = distance(data, i, x, y, centres, best, weight);
        for (const k of [across, down]) {
          const d = distance(data, i, x, y, centres, k, weight);
          if (d < least) [least, best] = [d, k];
        }
      }
      labels[i] = best;
    }
  }
  return { count: clusters.count, centres, labels, reach: [2 * clusters.reach[0], 2 * clusters.reach[1]] };
}
