/** The clusters of SLIC: where they start, which pixels fall to them, where they move to. */
import type { LabImage } from './lab.js';

/** Centres in colour and place; `x`, `y` in pixels of the image being worked on (0 is the centre of the first pixel). */
export interface Clusters {
  readonly count: number;
  readonly l: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Cluster of every pixel. */
  readonly labels: Int32Array;
  /** How far to either side a cluster looks for pixels: at least the distance of seeds. */
  readonly reachX: number;
  readonly reachY: number;
}

/** Seeds in rows as even as can be, none twice, every pixel labelled as its seed's. @param count at most the number of pixels */
export function seedGrid(lab: LabImage, count: number): Clusters {
  const { width, height } = lab;
  const rows = Math.min(
    height,
    Math.max(1, Math.ceil(count / width), Math.round(Math.sqrt((count * height) / width))),
    count,
  );
  const step = Math.sqrt((width * height) / count);
  const labels = new Int32Array(width * height);
  const clusters: Clusters = {
    count,
    labels,
    l: new Float64Array(count),
    a: new Float64Array(count),
    b: new Float64Array(count),
    x: new Float64Array(count),
    y: new Float64Array(count),
    reachX: Math.max(step, width / Math.floor(count / rows)),
    reachY: Math.max(step, height / rows),
  };
  for (let row = 0; row < rows; row++) {
    const first = Math.floor((row * count) / rows);
    const columns = Math.floor(((row + 1) * count) / rows) - first;
    const top = Math.floor((row * height) / rows);
    const bottom = Math.floor(((row + 1) * height) / rows);
    for (let column = 0; column < columns; column++) {
      const left = Math.floor((column * width) / columns);
      const right = Math.floor(((column + 1) * width) / columns);
      const k = first + column;
      clusters.x[k] = (left + right - 1) >> 1;
      clusters.y[k] = (top + bottom - 1) >> 1;
      for (let y = top; y < bottom; y++) labels.fill(k, y * width + left, y * width + right);
    }
  }
  // Seeds closer than this could fall together when moved.
  if (Math.min(width / Math.ceil(count / rows), height / rows) >= 4) calmSeeds(lab, clusters);
  for (let k = 0; k < count; k++) {
    const i = clusters.y[k]! * width + clusters.x[k]!;
    clusters.l[k] = lab.l[i]!;
    clusters.a[k] = lab.a[i]!;
    clusters.b[k] = lab.b[i]!;
  }
  return clusters;
}

/** Moves every seed to the lowest gradient among the 3×3 pixels around it: off edges and noisy pixels. */
function calmSeeds(lab: LabImage, { count, x, y }: Clusters): void {
  const { width, height } = lab;
  for (let k = 0; k < count; k++) {
    let best = Infinity;
    const column = x[k]!;
    const row = y[k]!;
    for (let v = Math.max(1, row - 1); v <= Math.min(height - 2, row + 1); v++) {
      for (let u = Math.max(1, column - 1); u <= Math.min(width - 2, column + 1); u++) {
        const i = v * width + u;
        const slope = difference(lab, i - 1, i + 1) + difference(lab, i - width, i + width);
        if (slope < best) {
          best = slope;
          x[k] = u;
          y[k] = v;
        }
      }
    }
  }
}

function difference({ l, a, b }: LabImage, i: number, j: number): number {
  return (l[i]! - l[j]!) ** 2 + (a[i]! - a[j]!) ** 2 + (b[i]! - b[j]!) ** 2;
}

/**
 * Gives every pixel to the nearest cluster that reaches it; a pixel that none reaches keeps its label.
 * @param weight of the squared distance in pixels against the squared distance in CIELAB
 */
export function assign({ width, height, l, a, b }: LabImage, clusters: Clusters, weight: number): void {
  const { count, labels, reachX, reachY } = clusters;
  const nearest = new Float32Array(labels.length).fill(Infinity);
  for (let k = 0; k < count; k++) {
    const cl = clusters.l[k]!;
    const ca = clusters.a[k]!;
    const cb = clusters.b[k]!;
    const cx = clusters.x[k]!;
    const cy = clusters.y[k]!;
    const top = Math.max(0, Math.ceil(cy - reachY));
    const bottom = Math.min(height - 1, Math.floor(cy + reachY));
    const left = Math.max(0, Math.ceil(cx - reachX));
    const right = Math.min(width - 1, Math.floor(cx + reachX));
    for (let y = top; y <= bottom; y++) {
      const far = weight * (y - cy) * (y - cy);
      let dx = left - cx;
      for (let i = y * width + left, end = y * width + right; i <= end; i++, dx++) {
        const dl = l[i]! - cl;
        const da = a[i]! - ca;
        const db = b[i]! - cb;
        const d = dl * dl + da * da + db * db + weight * dx * dx + far;
        if (d < nearest[i]!) {
          nearest[i] = d;
          labels[i] = k;
        }
      }
    }
  }
}

/** Moves every cluster to the mean of its pixels (one that has none stays). Returns the mean move in pixels. */
export function move(lab: LabImage, clusters: Clusters): number {
  const { width, height } = lab;
  const { count, labels } = clusters;
  const sums = new Float64Array(6 * count);
  for (let y = 0, i = 0; y < height; y++) {
    // Sums over a run of one label, as neighbours mostly share theirs.
    for (let x = 0; x < width; ) {
      const k = labels[i]!;
      const start = x;
      let l = 0;
      let a = 0;
      let b = 0;
      do {
        l += lab.l[i]!;
        a += lab.a[i]!;
        b += lab.b[i]!;
        i++;
        x++;
      } while (x < width && labels[i] === k);
      const n = x - start;
      const at = 6 * k;
      sums[at]! += n;
      sums[at + 1]! += l;
      sums[at + 2]! += a;
      sums[at + 3]! += b;
      sums[at + 4]! += (n * (start + x - 1)) / 2;
      sums[at + 5]! += n * y;
    }
  }
  let moved = 0;
  for (let k = 0; k < count; k++) {
    const n = sums[6 * k]!;
    if (n === 0) continue;
    const x = sums[6 * k + 4]! / n;
    const y = sums[6 * k + 5]! / n;
    moved += Math.abs(x - clusters.x[k]!) + Math.abs(y - clusters.y[k]!);
    clusters.l[k] = sums[6 * k + 1]! / n;
    clusters.a[k] = sums[6 * k + 2]! / n;
    clusters.b[k] = sums[6 * k + 3]! / n;
    clusters.x[k] = x;
    clusters.y[k] = y;
  }
  return moved / count;
}

/**
 * The same clusters on the image of which the one they were found on is the half. Borders are drawn anew there: a pixel is
 * assigned to the nearest among the clusters of its cell below and of the two cells that it is next to.
 */
export function enlarge(clusters: Clusters, half: LabImage, lab: LabImage, weight: number): Clusters {
  const { width, height } = lab;
  const stride = half.width;
  const place = (v: number) => 2 * v + 0.5;
  const large: Clusters = {
    ...clusters,
    labels: new Int32Array(width * height),
    x: clusters.x.map(place),
    y: clusters.y.map(place),
    reachX: 2 * clusters.reachX,
    reachY: 2 * clusters.reachY,
  };
  const coarse = clusters.labels;
  for (let y = 0, i = 0; y < height; y++) {
    const row = (y >> 1) * stride;
    const toward = (y & 1) === 0 ? (row > 0 ? -stride : 0) : (y >> 1) + 1 < half.height ? stride : 0;
    for (let x = 0; x < width; x++, i++) {
      const column = x >> 1;
      const cell = row + column;
      const own = coarse[cell]!;
      const beside =
        coarse[(x & 1) === 0 ? (column > 0 ? cell - 1 : cell) : column + 1 < stride ? cell + 1 : cell]!;
      const across = coarse[cell + toward]!;
      let label = own;
      if (beside !== own || across !== own) {
        let least = squaredDistance(lab, large, weight, own, i, x, y);
        if (beside !== own) {
          const d = squaredDistance(lab, large, weight, beside, i, x, y);
          if (d < least) {
            least = d;
            label = beside;
          }
        }
        if (
          across !== own &&
          across !== beside &&
          squaredDistance(lab, large, weight, across, i, x, y) < least
        )
          label = across;
      }
      large.labels[i] = label;
    }
  }
  return large;
}

function squaredDistance(
  lab: LabImage,
  { l, a, b, x, y }: Clusters,
  weight: number,
  k: number,
  i: number,
  px: number,
  py: number,
): number {
  const dl = lab.l[i]! - l[k]!;
  const da = lab.a[i]! - a[k]!;
  const db = lab.b[i]! - b[k]!;
  const dx = px - x[k]!;
  const dy = py - y[k]!;
  return dl * dl + da * da + db * db + weight * (dx * dx + dy * dy);
}
