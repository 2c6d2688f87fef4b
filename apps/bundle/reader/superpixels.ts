/**
 * SLIC superpixels (Achanta et al. 2012) of a picture, coarse to fine: k-means in CIELAB and place on a reduced picture, borders
 * drawn anew at every larger size, fragments joined to their neighbours. What the saliency network's segment stream is fed.
 */
import type { SaliencyModel } from '../manifest/models.js';

export type SegmentRules = NonNullable<SaliencyModel['preprocessing']['segments']>;

/** CIELAB, three values a pixel. */
interface Lab {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

const STEPS = 8192;
const curve = Float32Array.from({ length: STEPS + 2 }, (_, i) => {
  const t = i / STEPS;
  return t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116;
});
/** Rows X, Y, Z over the D65 white, columns red, green, blue of linear sRGB. */
const toXyz = [
  [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339 / 1.08883, 0.119192 / 1.08883, 0.9503041 / 1.08883],
] as const;
const shades = toXyz.map((row) =>
  row.map((factor) =>
    Float32Array.from({ length: 256 }, (_, value) => {
      const v = value / 255;
      return STEPS * factor * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    }),
  ),
);

function toLab(rgb: Uint8Array, width: number, height: number): Lab {
  const data = new Float32Array(rgb.length);
  for (let p = 0; p < rgb.length; p += 3) {
    const f = (row: number) => {
      const [r, g, b] = shades[row]!;
      return curve[(r![rgb[p]!]! + g![rgb[p + 1]!]! + b![rgb[p + 2]!]! + 0.5) | 0]!;
    };
    const [x, y, z] = [f(0), f(1), f(2)];
    data[p] = 116 * y - 16;
    data[p + 1] = 500 * (x - y);
    data[p + 2] = 200 * (y - z);
  }
  return { width, height, data };
}

function half({ width, height, data }: Lab): Lab {
  const [w, h] = [(width + 1) >> 1, (height + 1) >> 1];
  const out = new Float32Array(3 * w * h);
  for (let y = 0, o = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < 3; c++, o++) {
        const at = (dx: number, dy: number) =>
          data[3 * (Math.min(2 * y + dy, height - 1) * width + Math.min(2 * x + dx, width - 1)) + c]!;
        out[o] = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4;
      }
  return { width: w, height: h, data: out };
}

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

/** 4-connected parts; those below `least` pixels, then the smallest until `most` are left, join the neighbour of nearest colour. */
function connect({ width, data }: Lab, labels: Int32Array, least: number, most: number): number {
  const part = new Int32Array(labels.length).fill(-1);
  const stats: { size: number; colour: [number, number, number] }[] = [];
  for (let seed = 0; seed < labels.length; seed++) {
    if (part[seed] !== -1) continue;
    const own = stats.length;
    const colour: [number, number, number] = [0, 0, 0];
    const stack = [seed];
    part[seed] = own;
    let size = 0;
    while (stack.length > 0) {
      const i = stack.pop()!;
      size++;
      for (let c = 0; c < 3; c++) colour[c]! += data[3 * i + c]!;
      const x = i % width;
      for (let side = 0; side < 4; side++) {
        if ((side === 0 && x === 0) || (side === 1 && x === width - 1)) continue;
        const j = i + (side === 0 ? -1 : side === 1 ? 1 : side === 2 ? -width : width);
        if (part[j] === -1 && labels[j] === labels[i]) {
          part[j] = own;
          stack.push(j);
        }
      }
    }
    stats.push({ size, colour: colour.map((sum) => sum / size) as [number, number, number] });
  }
  const parents = stats.map((_, k) => k);
  const find = (k: number): number => {
    let root = k;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!;
    return root;
  };
  const isRoot = (k: number) => parents[k] === k;
  let left = stats.length;
  const unite = (p: number, q: number) => {
    const [root, child] = p < q ? [p, q] : [q, p];
    parents[child] = root;
    const [to, from] = [stats[root]!, stats[child]!];
    to.size += from.size;
    to.colour.forEach((value, c) => {
      to.colour[c] = value + (from.size / to.size) * (from.colour[c]! - value);
    });
    left--;
  };
  const touching = new Set<number>();
  part.forEach((p, i) => {
    for (const j of [i + 1, i + width]) {
      if (j >= part.length || (j === i + 1 && j % width === 0) || part[j] === p) continue;
      touching.add(Math.min(p, part[j]!) * stats.length + Math.max(p, part[j]!));
    }
  });
  const edges = [...touching].map((key) => [Math.floor(key / stats.length), key % stats.length] as const);
  const joinBelow = (limit: number, enough: number) => {
    while (left > enough) {
      const small = parents.filter((_, k) => isRoot(k) && stats[k]!.size < limit);
      const offers = new Map<number, { to: number; d: number }>();
      const offer = (p: number, q: number, d: number) => {
        const best = offers.get(p);
        if (stats[p]!.size < limit && (!best || d < best.d || (d === best.d && q < best.to)))
          offers.set(p, { to: q, d });
      };
      for (const edge of edges) {
        const [p, q] = [find(edge[0]), find(edge[1])];
        if (p === q) continue;
        const d = stats[p]!.colour.reduce((sum, value, c) => sum + (value - stats[q]!.colour[c]!) ** 2, 0);
        offer(p, q, d);
        offer(q, p, d);
      }
      if (offers.size === 0) return;
      const sizes = new Map(small.map((k) => [k, stats[k]!.size]));
      small.sort((p, q) => sizes.get(p)! - sizes.get(q)! || p - q);
      for (const k of small) {
        const [p, q] = [find(k), find(offers.get(k)?.to ?? k)];
        if (left > enough && p !== q && stats[p]!.size < limit) unite(p, q);
      }
    }
  };
  joinBelow(least, 1);
  while (left > most) {
    const sizes = stats.filter((_, k) => isRoot(k)).map(({ size }) => size);
    joinBelow(sizes.sort((a, b) => a - b)[sizes.length - most - 1]! + 1, most);
  }
  const names = new Map<number, number>();
  part.forEach((p, i) => {
    const root = find(p);
    if (!names.has(root)) names.set(root, names.size);
    labels[i] = names.get(root)!;
  });
  return names.size;
}
