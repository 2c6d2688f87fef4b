/**
 * Makes segments of cluster labels: each 4-connected, none too small, no more than asked for. Works on runs (stretches of
 * one label in a row), of which there are far fewer than pixels.
 */
import type { LabImage } from './lab.js';

/**
 * Splits labels into their 4-connected parts and joins each part smaller than `least` pixels to the neighbour of the
 * nearest mean colour; then the smallest ones, until no more than `most` are left. Labels are replaced by 0, 1, 2, … in
 * the order in which the segments are met row by row. Returns how many there are.
 */
export function connect(lab: LabImage, labels: Int32Array, least: number, most: number): number {
  const runs = findRuns(lab, labels);
  joinParts(runs);
  joinSmall(runs, least, 1);
  for (let left = roots(runs); left.length > most; left = roots(runs)) {
    const sizes = left.map((root) => runs.stats[4 * root]!).sort((p, q) => p - q);
    joinSmall(runs, sizes[sizes.length - most - 1]! + 1, most);
  }
  return number(runs, labels);
}

interface Runs {
  readonly count: number;
  /** Where each begins; starts[count] is the number of pixels. */
  readonly starts: Int32Array;
  readonly labels: Int32Array;
  /** First run of each row; rows[height] is the number of runs. */
  readonly rows: Int32Array;
  /** Union–find of runs: a run's parent, itself for a root. A root is the first of its runs. */
  readonly parents: Int32Array;
  /** Of every root: its number of pixels, then their mean L, a and b. */
  readonly stats: Float64Array;
}

function findRuns({ width, height, l, a, b }: LabImage, labels: Int32Array): Runs {
  let count = height;
  for (let y = 0, i = 1; y < height; y++, i++)
    for (const end = (y + 1) * width; i < end; i++) if (labels[i] !== labels[i - 1]) count++;
  const runs: Runs = {
    count,
    starts: new Int32Array(count + 1),
    labels: new Int32Array(count),
    rows: new Int32Array(height + 1),
    parents: new Int32Array(count),
    stats: new Float64Array(4 * count),
  };
  let run = 0;
  for (let y = 0, i = 0; y < height; y++) {
    runs.rows[y] = run;
    for (const end = (y + 1) * width; i < end; run++) {
      const label = labels[i]!;
      const start = i;
      let sl = 0;
      let sa = 0;
      let sb = 0;
      do {
        sl += l[i]!;
        sa += a[i]!;
        sb += b[i]!;
        i++;
      } while (i < end && labels[i] === label);
      runs.starts[run] = start;
      runs.labels[run] = label;
      runs.parents[run] = run;
      const pixels = i - start;
      runs.stats[4 * run] = pixels;
      runs.stats[4 * run + 1] = sl / pixels;
      runs.stats[4 * run + 2] = sa / pixels;
      runs.stats[4 * run + 3] = sb / pixels;
    }
  }
  runs.rows[height] = count;
  runs.starts[count] = width * height;
  return runs;
}

function find(parents: Int32Array, run: number): number {
  let r = run;
  while (parents[r] !== r) {
    const next = parents[parents[r]!]!;
    parents[r] = next;
    r = next;
  }
  return r;
}

function roots({ count, parents }: Runs): number[] {
  const list: number[] = [];
  for (let r = 0; r < count; r++) if (parents[r] === r) list.push(r);
  return list;
}

function unite({ parents, stats }: Runs, p: number, q: number): void {
  const root = Math.min(p, q);
  const child = Math.max(p, q);
  parents[child] = root;
  const pixels = stats[4 * root]! + stats[4 * child]!;
  const share = stats[4 * child]! / pixels;
  stats[4 * root] = pixels;
  for (let c = 1; c < 4; c++) stats[4 * root + c]! += share * (stats[4 * child + c]! - stats[4 * root + c]!);
}

/** Calls `meet` for every two runs that touch one above the other. */
function eachOverlap({ starts, rows }: Runs, meet: (above: number, below: number) => void): void {
  const width = starts[rows[1]!]!;
  for (let y = 1; y + 1 < rows.length; y++) {
    let p = rows[y - 1]!;
    for (let q = rows[y]!; q < rows[y + 1]!; ) {
      meet(p, q);
      const endAbove = starts[p + 1]! + width;
      const end = starts[q + 1]!;
      if (endAbove <= end) p++;
      if (end <= endAbove) q++;
    }
  }
}

function joinParts(runs: Runs): void {
  const { labels, parents } = runs;
  eachOverlap(runs, (above, below) => {
    if (labels[above] !== labels[below]) return;
    const p = find(parents, above);
    const q = find(parents, below);
    if (p !== q) unite(runs, p, q);
  });
}

/** Joins roots below `least` pixels to neighbours, smallest first, while more than `most` roots are left. */
function joinSmall(runs: Runs, least: number, most: number): void {
  const { count, parents, stats } = runs;
  const isSmall = (root: number) => stats[4 * root]! < least;
  let all = roots(runs);
  let left = all.length;
  let edges = bordersOfSmall(runs, least);
  const best = new Int32Array(count);
  const distance = new Float64Array(count);
  const offer = (p: number, q: number, d: number) => {
    if (d > distance[p]! || (d === distance[p]! && q >= best[p]!)) return;
    distance[p] = d;
    best[p] = q;
  };
  // Rounds as in Borůvka's algorithm: every small root picks its neighbour, so at least half of them vanish in each.
  while (left > most) {
    const small = all.filter(isSmall);
    for (const root of small) distance[root] = Infinity;
    let kept = 0;
    for (let e = 0; e < edges.length; e += 2) {
      const p = find(parents, edges[e]!);
      const q = find(parents, edges[e + 1]!);
      if (p === q) continue;
      const d = colourDistance(stats, p, q);
      if (isSmall(p)) offer(p, q, d);
      if (isSmall(q)) offer(q, p, d);
      edges[kept++] = p;
      edges[kept++] = q;
    }
    if (small.length === 0 || kept === 0) return;
    edges = edges.subarray(0, kept);
    small.sort((p, q) => stats[4 * p]! - stats[4 * q]! || p - q);
    for (const root of small) {
      // What others have joined meanwhile may be large enough by now.
      const p = find(parents, root);
      const q = find(parents, best[root]!);
      if (left <= most || p === q || !isSmall(p)) continue;
      unite(runs, p, q);
      left--;
    }
    all = small.filter((root) => parents[root] === root);
  }
}

/** Pairs of touching roots of which one is below `least` pixels; a pair may come more than once. */
function bordersOfSmall(runs: Runs, least: number): Int32Array {
  const { count, parents, rows, stats } = runs;
  const root = new Int32Array(count);
  const small = new Uint8Array(count);
  for (let r = 0; r < count; r++) {
    root[r] = find(parents, r);
    small[r] = stats[4 * root[r]!]! < least ? 1 : 0;
  }
  const edges: number[] = [];
  const add = (r: number, s: number) => {
    if ((small[r]! | small[s]!) === 1 && root[r] !== root[s]) edges.push(root[r]!, root[s]!);
  };
  for (let y = 0; y + 1 < rows.length; y++) for (let r = rows[y]! + 1; r < rows[y + 1]!; r++) add(r - 1, r);
  eachOverlap(runs, add);
  return Int32Array.from(edges);
}

function colourDistance(stats: Float64Array, p: number, q: number): number {
  const l = stats[4 * p + 1]! - stats[4 * q + 1]!;
  const a = stats[4 * p + 2]! - stats[4 * q + 2]!;
  const b = stats[4 * p + 3]! - stats[4 * q + 3]!;
  return l * l + a * a + b * b;
}

function number({ count, starts, parents }: Runs, labels: Int32Array): number {
  const names = new Int32Array(count);
  let segments = 0;
  for (let r = 0; r < count; r++) {
    const name = parents[r] === r ? segments++ : names[find(parents, r)]!;
    names[r] = name;
    // Mostly a few pixels: cheaper than a call of fill.
    for (let i = starts[r]!; i < starts[r + 1]!; i++) labels[i] = name;
  }
  return segments;
}
