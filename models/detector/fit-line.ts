/**
 * One component of the core → one line: fit its middle through the distances that its cells give, take the height from
 * their medians, and put back at the ends what `coreExtent` had cut.
 */
import type { CoreShape } from './config.js';
import { type FramedLine, type LineFrame, readingAngle } from './line-frame.js';
import {
  CORE_STRIDE,
  type DetectionMaps,
  decodeDistance,
  GEOMETRY_CHANNELS,
  GEOMETRY_STRIDE,
} from './maps.js';
import { lengthFromCore } from './targets.js';

/** Most cells of a component that are sampled for the fit; more only costs time. */
const MAX_SAMPLES = 400;
/** A core's outermost cell centres lie about this many pixels inside its ends. */
const END_SLACK = 0.45 * CORE_STRIDE;

/** Fits lines to the components of one image's maps. */
export class LineFitter {
  readonly #maps: DetectionMaps;
  readonly #core: CoreShape;
  readonly #along = new Float32Array(MAX_SAMPLES);
  readonly #top = new Float32Array(MAX_SAMPLES);
  readonly #bottom = new Float32Array(MAX_SAMPLES);
  readonly #scratch = new Float32Array(MAX_SAMPLES);

  constructor(maps: DetectionMaps, core: CoreShape) {
    this.#maps = maps;
    this.#core = core;
  }

  /** One line, or two where the component joins two lines side by side; none where the maps make no sense. */
  fit(cells: Int32Array, depth: number): FramedLine[] {
    const { core, coreWidth, geometry, geometryWidth, geometryHeight } = this.#maps;
    const n = cells.length;
    let confidence = 0;
    let cx = 0;
    let cy = 0;
    let cos2 = 0;
    let sin2 = 0;
    for (let k = 0; k < n; k++) {
      const i = cells[k]!;
      const x = i % coreWidth;
      const y = (i - x) / coreWidth;
      confidence += 1 / (1 + Math.exp(-core[i]!));
      cx += x;
      cy += y;
      const g = geometryCell(x, y, geometryWidth, geometryHeight) * GEOMETRY_CHANNELS;
      cos2 += geometry[g + 2]!;
      sin2 += geometry[g + 3]!;
    }
    confidence /= n;
    cx = (cx / n + 0.5) * CORE_STRIDE;
    cy = (cy / n + 0.5) * CORE_STRIDE;
    if (!Number.isFinite(confidence + cos2 + sin2)) return [];
    let angle = Math.atan2(sin2, cos2) / 2;

    let sample = this.#sample(cells, cx, cy, angle);
    let slope = this.#slope(sample.count, sample.height);
    if (sample.height <= 0) return [];
    // The directions' mean is good enough for a word; along a line the middles of its cells know better.
    const aspect = (sample.end - sample.start) / sample.height;
    slope *= Math.min(1, Math.max(0, (aspect - 1) / 2));
    if (slope !== 0) {
      angle += Math.atan(slope);
      sample = this.#sample(cells, cx, cy, angle);
      if (sample.height <= 0) return [];
    }
    if (depth < 2) {
      const parts = this.#split(cells, cx, cy, angle, sample.count, sample.height);
      if (parts) return parts.flatMap((part) => (part.length < 3 ? [] : this.fit(part, depth + 1)));
    }

    const { start, end, middle, height } = sample;
    const length = lengthFromCore(end - start + 2 * END_SLACK, height, this.#core);
    const u = (start + end) / 2;
    const v = middle;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const frame: LineFrame = {
      centre: [cx + u * cos - v * sin, cy + u * sin + v * cos],
      angle: readingAngle(angle),
      length,
      height,
    };
    return Number.isFinite(frame.centre[0] + frame.centre[1] + length + height)
      ? [{ frame, confidence }]
      : [];
  }

  /** Places (along, top, bottom) of up to MAX_SAMPLES cells in the frame turned by `angle` about (cx, cy). */
  #sample(cells: Int32Array, cx: number, cy: number, angle: number) {
    const { coreWidth, geometry, geometryWidth, geometryHeight } = this.#maps;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const n = cells.length;
    const step = Math.max(1, n / MAX_SAMPLES);
    let start = Infinity;
    let end = -Infinity;
    for (let k = 0; k < n; k++) {
      const i = cells[k]!;
      const x = i % coreWidth;
      const y = (i - x) / coreWidth;
      const u = ((x + 0.5) * CORE_STRIDE - cx) * cos + ((y + 0.5) * CORE_STRIDE - cy) * sin;
      if (u < start) start = u;
      if (u > end) end = u;
    }
    let count = 0;
    for (let at = 0; count < MAX_SAMPLES && Math.floor(at) < n; at += step) {
      const i = cells[Math.floor(at)]!;
      const x = i % coreWidth;
      const y = (i - x) / coreWidth;
      const cell = geometryCell(x, y, geometryWidth, geometryHeight);
      // Distances hold for the centre of the (larger) geometry cell.
      const gx = ((cell % geometryWidth) + 0.5) * GEOMETRY_STRIDE - cx;
      const gy = (Math.floor(cell / geometryWidth) + 0.5) * GEOMETRY_STRIDE - cy;
      const v = gy * cos - gx * sin;
      this.#along[count] = gx * cos + gy * sin;
      this.#top[count] = v - decodeDistance(geometry[cell * GEOMETRY_CHANNELS]!);
      this.#bottom[count] = v + decodeDistance(geometry[cell * GEOMETRY_CHANNELS + 1]!);
      count++;
    }
    // Middle and height each by its own median: where two lines are joined, half the tops are the other line's.
    const middle = this.#median(count, (k) => (this.#top[k]! + this.#bottom[k]!) / 2);
    const height = this.#median(count, (k) => this.#bottom[k]! - this.#top[k]!);
    return { start, end, middle, height, count };
  }

  /** Slope of the middles over the way along, without those far off (least squares, then once more). */
  #slope(count: number, height: number): number {
    let a = 0;
    let b = 0;
    for (let pass = 0; pass < 2; pass++) {
      let n = 0;
      let su = 0;
      let sv = 0;
      let suu = 0;
      let suv = 0;
      for (let k = 0; k < count; k++) {
        const u = this.#along[k]!;
        const v = (this.#top[k]! + this.#bottom[k]!) / 2;
        if (pass > 0 && Math.abs(v - a - b * u) > 0.35 * height) continue;
        n++;
        su += u;
        sv += v;
        suu += u * u;
        suv += u * v;
      }
      const spread = suu - (su * su) / Math.max(1, n);
      if (n < 4 || !(spread > 1e-3)) return 0;
      b = (suv - (su * sv) / n) / spread;
      a = (sv - b * su) / n;
    }
    return Math.min(1, Math.max(-1, b));
  }

  /**
   * Two lines joined by a bridge have cells whose middles lie in two heaps, more than half a line apart, beside each
   * other. (A bent line's middles move on steadily, its halves do not lie side by side.)
   */
  #split(cells: Int32Array, cx: number, cy: number, angle: number, count: number, height: number) {
    let low = Infinity;
    let high = -Infinity;
    for (let k = 0; k < count; k++) {
      const v = (this.#top[k]! + this.#bottom[k]!) / 2;
      if (v < low) low = v;
      if (v > high) high = v;
    }
    if (!(high - low > 0.6 * height)) return undefined;
    let first = low;
    let second = high;
    const heap = (k: number) => {
      const v = (this.#top[k]! + this.#bottom[k]!) / 2;
      return Math.abs(v - first) <= Math.abs(v - second) ? 0 : 1;
    };
    const spans = [Infinity, -Infinity, Infinity, -Infinity];
    const sizes = [0, 0];
    for (let pass = 0; pass < 4; pass++) {
      const sums = [0, 0];
      sizes.fill(0);
      spans[0] = spans[2] = Infinity;
      spans[1] = spans[3] = -Infinity;
      for (let k = 0; k < count; k++) {
        const h = heap(k);
        sums[h]! += (this.#top[k]! + this.#bottom[k]!) / 2;
        sizes[h]!++;
        spans[2 * h] = Math.min(spans[2 * h]!, this.#along[k]!);
        spans[2 * h + 1] = Math.max(spans[2 * h + 1]!, this.#along[k]!);
      }
      if (sizes[0] === 0 || sizes[1] === 0) return undefined;
      first = sums[0]! / sizes[0]!;
      second = sums[1]! / sizes[1]!;
    }
    const overlap = Math.min(spans[1]!, spans[3]!) - Math.max(spans[0]!, spans[2]!);
    const shorter = Math.min(spans[1]! - spans[0]!, spans[3]! - spans[2]!);
    const few = Math.min(sizes[0]!, sizes[1]!) / count;
    if (second - first < 0.5 * height || few < 0.08 || overlap < 0.4 * shorter) return undefined;

    const { coreWidth, geometry, geometryWidth, geometryHeight } = this.#maps;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const parts: [number[], number[]] = [[], []];
    for (const i of cells) {
      const x = i % coreWidth;
      const y = (i - x) / coreWidth;
      const cell = geometryCell(x, y, geometryWidth, geometryHeight);
      const gx = ((cell % geometryWidth) + 0.5) * GEOMETRY_STRIDE - cx;
      const gy = (Math.floor(cell / geometryWidth) + 0.5) * GEOMETRY_STRIDE - cy;
      const up = decodeDistance(geometry[cell * GEOMETRY_CHANNELS]!);
      const down = decodeDistance(geometry[cell * GEOMETRY_CHANNELS + 1]!);
      const v = gy * cos - gx * sin + (down - up) / 2;
      parts[Math.abs(v - first) <= Math.abs(v - second) ? 0 : 1].push(i);
    }
    return [Int32Array.from(parts[0]), Int32Array.from(parts[1])];
  }

  #median(count: number, value: (k: number) => number): number {
    const scratch = this.#scratch.subarray(0, count);
    for (let k = 0; k < count; k++) scratch[k] = value(k);
    scratch.sort();
    return count % 2 === 1 ? scratch[count >> 1]! : (scratch[(count >> 1) - 1]! + scratch[count >> 1]!) / 2;
  }
}

function geometryCell(x: number, y: number, width: number, height: number): number {
  const factor = GEOMETRY_STRIDE / CORE_STRIDE;
  return Math.min(height - 1, Math.floor(y / factor)) * width + Math.min(width - 1, Math.floor(x / factor));
}
