/**
 * k-means in one dimension, where it is a matter of cutting the sorted values into k runs: the best cuts by dynamic programming
 * (Wang and Song 2011, "Ckmeans.1d.dp") with its monotone cuts found by halving. Deterministic. Of more than 4096 values the dynamic
 * program sees weighted bins, and Lloyd's iterations on the values themselves follow.
 */

const MOST_POINTS = 4096;
const BY_COUNT = 3072;
const MOST_ITERATIONS = 100;

/** Sums over the first i values, less a common offset so that squares lose no digits. */
interface Sums {
  readonly weight: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * @param values at least one, finite.
 * @returns at most `k` centres, ascending, distinct in float32: fewer where there are fewer distinct values.
 */
export function kMeans(values: ArrayLike<number>, k: number): Float32Array {
  const sorted = Float64Array.from(values).sort();
  const points = binned(sorted);
  const clusters = Math.min(k, points.values.length);
  const offset = sorted[sorted.length >> 1]!;
  let cuts = bestCuts(sumsOf(points.values, points.weights, offset), clusters).map(
    (cut) => points.ends[cut]!,
  );
  const sums = sumsOf(sorted, undefined, offset);
  if (points.values.length < sorted.length) cuts = refined(sorted, cuts, sums, offset);
  return distinct(centresOf(cuts, sums, offset));
}

/** Code of the nearest centre of each value; the lesser of two that are equally near. */
export function nearest(values: ArrayLike<number>, centres: Float32Array): Uint8Array {
  const borders = Float64Array.from(
    { length: centres.length - 1 },
    (_, i) => (centres[i]! + centres[i + 1]!) / 2,
  );
  const codes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    let low = 0;
    let high = borders.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[i]! > borders[middle]!) low = middle + 1;
      else high = middle;
    }
    codes[i] = low;
  }
  return codes;
}

interface Points {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  /** How many of the sorted values the points up to and without this one stand for; one longer. */
  readonly ends: readonly number[];
}

/** Distinct values, or bins with their means where there are too many: cut by count and by width, for the crowd and the tails. */
function binned(sorted: Float64Array): Points {
  const n = sorted.length;
  let different = 1;
  for (let i = 1; i < n; i++) different += Number(sorted[i] !== sorted[i - 1]);
  const low = sorted[0]!;
  const width = (sorted[n - 1]! - low) / (MOST_POINTS - BY_COUNT) || 1;
  const isNew = (i: number) =>
    different <= MOST_POINTS ||
    Math.floor((i * BY_COUNT) / n) !== Math.floor(((i - 1) * BY_COUNT) / n) ||
    Math.floor((sorted[i]! - low) / width) !== Math.floor((sorted[i - 1]! - low) / width);
  const values: number[] = [];
  const weights: number[] = [];
  const ends: number[] = [];
  let begin = 0;
  for (let i = 1; i <= n; i++) {
    // Equal values are never parted.
    if (i < n && (sorted[i] === sorted[i - 1] || !isNew(i))) continue;
    let sum = 0;
    for (let j = begin; j < i; j++) sum += sorted[j]!;
    values.push(sum / (i - begin));
    weights.push(i - begin);
    ends.push(begin);
    begin = i;
  }
  return { values: Float64Array.from(values), weights: Float64Array.from(weights), ends: [...ends, n] };
}

function sumsOf(values: Float64Array, weights: Float64Array | undefined, offset: number): Sums {
  const n = values.length;
  const sums = {
    weight: new Float64Array(n + 1),
    first: new Float64Array(n + 1),
    second: new Float64Array(n + 1),
  };
  for (let i = 0; i < n; i++) {
    const w = weights?.[i] ?? 1;
    const x = values[i]! - offset;
    sums.weight[i + 1] = sums.weight[i]! + w;
    sums.first[i + 1] = sums.first[i]! + w * x;
    sums.second[i + 1] = sums.second[i]! + w * x * x;
  }
  return sums;
}

/** Squared distance of the values from … to − 1 from their mean. */
function spread({ weight, first, second }: Sums, from: number, to: number): number {
  const w = weight[to]! - weight[from]!;
  const x = first[to]! - first[from]!;
  return Math.max(0, second[to]! - second[from]! - (x * x) / w);
}

/** Where each of k runs begins, and the end. */
function bestCuts(sums: Sums, k: number): number[] {
  const n = sums.weight.length - 1;
  let previous = Float64Array.from({ length: n + 1 }, (_, to) => (to === 0 ? 0 : spread(sums, 0, to)));
  const begins: Uint16Array[] = [];
  for (let run = 1; run < k; run++) {
    const next = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
    const begin = new Uint16Array(n + 1);
    // The best beginning of the last run never falls as its end grows.
    const fill = (low: number, high: number, least: number, most: number): void => {
      if (low > high) return;
      const to = (low + high) >> 1;
      for (let from = Math.max(least, run); from <= Math.min(most, to - 1); from++) {
        const cost = previous[from]! + spread(sums, from, to);
        if (cost >= next[to]!) continue;
        next[to] = cost;
        begin[to] = from;
      }
      fill(low, to - 1, least, begin[to]!);
      fill(to + 1, high, begin[to]!, most);
    };
    fill(run + 1, n, run, n - 1);
    begins.push(begin);
    previous = next;
  }
  const cuts = [n];
  for (const begin of begins.reverse()) cuts.unshift(begin[cuts[0]!]!);
  return [0, ...cuts];
}

/** Lloyd's iterations: every value to its nearest centre, every centre to the mean of its values. */
function refined(sorted: Float64Array, start: readonly number[], sums: Sums, offset: number): number[] {
  let cuts = [...start];
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const centres = centresOf(cuts, sums, offset);
    const next = [
      0,
      ...centres.slice(1).map((centre, i) => firstAbove(sorted, (centre + centres[i]!) / 2)),
      sorted.length,
    ];
    const isEmpty = next.some((cut, i) => i > 0 && cut <= next[i - 1]!);
    if (isEmpty || next.every((cut, i) => cut === cuts[i])) break;
    cuts = next;
  }
  return cuts;
}

function firstAbove(sorted: Float64Array, border: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > border) high = middle;
    else low = middle + 1;
  }
  return low;
}

function centresOf(cuts: readonly number[], { weight, first }: Sums, offset: number): number[] {
  return cuts
    .slice(1)
    .map((to, i) => offset + (first[to]! - first[cuts[i]!]!) / (weight[to]! - weight[cuts[i]!]!));
}

function distinct(centres: readonly number[]): Float32Array {
  return Float32Array.from(new Set(Float32Array.from(centres, (x) => x + 0))).sort();
}
