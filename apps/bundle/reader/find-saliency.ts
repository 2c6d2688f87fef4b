/** A picture → the saliency network's inputs; its map → a map of the picture's size. */
import type { SaliencyModel } from '../manifest/models.js';
import { channelsOf, resize } from './image.js';
import type { SegmentRules, Segments } from './superpixels.js';
import type { Picture, Plane, Tensor } from './types.js';

type Rules = SaliencyModel['preprocessing'];

/** Colours without transparency: on white, or on dark where what is visible is light. */
function opaque(picture: Picture, { light, dark }: Rules['transparency']): Picture {
  const { width, height, data } = picture;
  if (channelsOf(picture) !== 4) return picture;
  const rgb = new Uint8Array(3 * width * height);
  let [sum, weight] = [0, 0];
  for (let p = 0; p < data.length; p += 4) {
    const a = data[p + 3]!;
    sum += a * (0.2126 * data[p]! + 0.7152 * data[p + 1]! + 0.0722 * data[p + 2]!);
    weight += a;
  }
  const ground = weight > 0 && sum / weight / 255 > light ? dark : 255;
  for (let p = 0, o = 0; p < data.length; p += 4)
    for (let c = 0; c < 3; c++, o++) {
      const a = data[p + 3]!;
      rgb[o] = Math.round((data[p + c]! * a + ground * (255 - a)) / 255);
    }
  return { width, height, data: rgb };
}

/** The picture squashed to the network's size, three values a pixel. */
export function squash(picture: Picture, rules: Rules): Uint8Array {
  const { width, height } = rules.resize;
  const seen = opaque(picture, rules.transparency);
  const channels = channelsOf(seen);
  const out = new Uint8Array(3 * width * height);
  for (let c = 0; c < 3; c++) {
    const data = new Uint8Array(seen.width * seen.height);
    for (let i = 0, at = c % channels; i < data.length; i++, at += channels) data[i] = seen.data[at]!;
    const plane: Plane = { width: seen.width, height: seen.height, data };
    resize(plane, width, height).data.forEach((value, i) => {
      out[3 * i + c] = value;
    });
  }
  return out;
}

/** @param layout of the network's input */
export function imageTensor(rgb: Uint8Array, rules: Rules, layout: 'NCHW' | 'NHWC'): Tensor {
  const { width, height } = rules.resize;
  const { mean, std } = rules.normalise;
  const count = width * height;
  const data = new Float32Array(3 * count);
  for (let i = 0; i < count; i++)
    for (let c = 0; c < 3; c++)
      data[layout === 'NCHW' ? c * count + i : 3 * i + c] = (rgb[3 * i + c]! - mean) / std;
  return { data, dims: layout === 'NCHW' ? [1, 3, height, width] : [1, height, width, 3] };
}

export type SegmentTensors = Readonly<Record<'pool' | 'neighbours' | 'paint', Tensor>>;

/** @param scales the squashed picture's segments; none of them: zeros, which silence the segment stream */
export function segmentTensors(
  scales: readonly Segments[],
  rules: Rules,
  segments: SegmentRules,
): SegmentTensors {
  const { width, height } = rules.resize;
  const { counts, poolStride, paintStride } = segments;
  const slots = counts.reduce((sum, count) => sum + count, 0);
  const cells = (stride: number) => (width / stride) * (height / stride);
  const zeros = (...dims: number[]): Tensor => ({
    data: new Float32Array(dims.reduce((a, b) => a * b)),
    dims,
  });
  const pool = zeros(1, slots, cells(poolStride));
  const neighbours = zeros(1, slots, slots);
  const paint = zeros(1, cells(paintStride), slots);
  scales.forEach((scale, i) => {
    const offset = counts.slice(0, i).reduce((sum, count) => sum + count, 0);
    const cellOf = (pixel: number, stride: number) =>
      Math.floor(Math.floor(pixel / width) / stride) * (width / stride) +
      Math.floor((pixel % width) / stride);
    const sizes = new Float64Array(scale.count);
    for (const k of scale.labels) sizes[k]!++;
    scale.labels.forEach((k, pixel) => {
      pool.data[(offset + k) * cells(poolStride) + cellOf(pixel, poolStride)]! += 1 / sizes[k]!;
      paint.data[cellOf(pixel, paintStride) * slots + offset + k]! += 1 / paintStride ** 2 / counts.length;
    });
    const borders = sharedBorders(scale, width);
    for (let p = 0; p < scale.count; p++) {
      const row = borders.subarray(p * scale.count, (p + 1) * scale.count);
      const sum = row.reduce((a, b) => a + b, 0);
      // A segment that is the whole picture is its own neighbour.
      if (sum === 0) row[p] = 1;
      neighbours.data.set(
        row.map((sides) => sides / (sum || 1)),
        (offset + p) * slots + offset,
      );
    }
  });
  return { pool, neighbours, paint };
}

/** Rows from right to left. */
export function mirrored<T extends Uint8Array | Int32Array | Float32Array>(
  data: T,
  width: number,
  values = 1,
): T {
  const out = data.slice() as T;
  for (let i = 0; i < data.length / values; i++) {
    const from = i - (i % width) + width - 1 - (i % width);
    for (let k = 0; k < values; k++) out[values * i + k] = data[values * from + k]!;
  }
  return out;
}

/** Pixel sides that every two segments share. */
function sharedBorders({ labels, count }: Segments, width: number): Float32Array {
  const borders = new Float32Array(count * count);
  labels.forEach((p, i) => {
    for (const j of (i + 1) % width === 0 ? [i + width] : [i + 1, i + width]) {
      const q = labels[j];
      if (q === undefined || q === p) continue;
      borders[p * count + q]!++;
      borders[q * count + p]!++;
    }
  });
  return borders;
}

/** Weights of a triangle filter along one axis: linear where it grows, as wide as the step where it shrinks. */
function triangle(from: number, to: number): { first: number; weights: number[] }[] {
  const step = from / to;
  const radius = Math.max(1, step);
  return Array.from({ length: to }, (_, target) => {
    const centre = Math.min(Math.max((target + 0.5) * step - 0.5, 0), from - 1);
    const first = Math.max(0, Math.ceil(centre - radius));
    const last = Math.min(from - 1, Math.floor(centre + radius));
    const raw = Array.from({ length: last - first + 1 }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k - centre) / radius),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

/** round(255 p) at the picture's size; transparent pixels cannot stand out. */
export function mapFor(picture: Picture, map: Float32Array, size: Rules['resize']): Uint8Array {
  const { width, height, data } = picture;
  const [across, down] = [triangle(size.width, width), triangle(size.height, height)];
  const wide = new Float32Array(width * size.height);
  for (let y = 0; y < size.height; y++)
    across.forEach(({ first, weights }, x) => {
      for (let k = 0; k < weights.length; k++)
        wide[y * width + x]! += weights[k]! * map[y * size.width + first + k]!;
    });
  const out = new Uint8Array(width * height);
  const channels = channelsOf(picture);
  down.forEach(({ first, weights }, y) => {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * wide[(first + k) * width + x]!;
      const value = Math.round(255 * Math.min(Math.max(sum, 0), 1));
      const i = y * width + x;
      // What cannot be seen does not stand out.
      out[i] = channels === 4 && data[4 * i + 3] === 0 ? 0 : value;
    }
  });
  return out;
}

/** The level that parts the values with the largest variance between the parts (Otsu 1979), held within bounds. */
export function otsu(
  map: Uint8Array,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const histogram = new Float64Array(256);
  for (const value of map) histogram[value]!++;
  const all = histogram.reduce((sum, number, value) => sum + number * value, 0);
  let [below, sum, best] = [0, 0, 0];
  let levels: number[] = [0];
  for (let level = 1; level < 256; level++) {
    below += histogram[level - 1]!;
    sum += (level - 1) * histogram[level - 1]!;
    const above = map.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sum / below - (all - sum) / above) ** 2;
    if (between > best * (1 + 1e-12)) [best, levels] = [between, [level]];
    else if (between >= best * (1 - 1e-12)) levels.push(level);
  }
  return Math.min(most, Math.max(least, (levels[0]! + levels.at(-1)!) / 2 / 255));
}
