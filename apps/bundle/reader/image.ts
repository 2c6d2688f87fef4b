/**
 * Pixels: grey and colour planes of a picture, resizing, cutting quads out. Pixel i covers [i, i + 1); beyond its borders a
 * picture repeats its border pixels. Weights are whole 2048ths, so that every machine gives the same bytes.
 */
import { BundleReaderError, type Picture, type Plane, type Point, type Quad } from './types.js';

export function channelsOf({ width, height, data }: Picture): 1 | 3 | 4 {
  const channels = data.length / (width * height);
  if (channels === 1 || channels === 3 || channels === 4) return channels;
  throw new BundleReaderError(
    `Expected 1, 3 or 4 values a pixel for a picture of ${width} × ${height} but received ${data.length} values.`,
  );
}

const toLinear = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});
/** Grey value of each 255th of full light; one more, for the step after the last. */
const fromLinear = Uint8Array.from({ length: 257 }, (_, i) => {
  const v = Math.min(1, i / 255);
  return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
});

/** Luminance in linear light; transparent pixels on white. To the bit what libvips (sharp, the command) gives. */
export function toGrey(picture: Picture): Plane {
  const { width, height, data } = picture;
  const channels = channelsOf(picture);
  const grey = new Uint8Array(width * height);
  if (channels === 1) grey.set(data);
  else
    for (let i = 0, p = 0; i < grey.length; i++, p += channels) {
      // Plain numbers: arrays here would take ten times as long.
      let r = data[p]!;
      let g = data[p + 1]!;
      let b = data[p + 2]!;
      if (channels === 4 && data[p + 3]! < 255) {
        const a = data[p + 3]!;
        const white = 255 * (255 - a);
        r = ((r * a + white) / 255) | 0;
        g = ((g * a + white) / 255) | 0;
        b = ((b * a + white) / 255) | 0;
      }
      const y = 255 * (0.2126 * toLinear[r]! + 0.7152 * toLinear[g]! + 0.0722 * toLinear[b]!);
      const k = y | 0;
      grey[i] = fromLinear[k]! + (fromLinear[k + 1]! - fromLinear[k]!) * (y - k) + 0.5;
    }
  return { width, height, data: grey };
}

/** Sources of each output position along one axis: `count` weights from `first` on, which sum to 2048. */
function weigh(from: number, to: number, size: number, length: number) {
  const step = (to - from) / length;
  const reach = step > 1 ? Math.ceil(step) + 1 : 2;
  const count = Math.min(reach, size);
  const first = new Int32Array(length);
  const weights = new Int32Array(length * count);
  for (let i = 0; i < length; i++) {
    const [low, high] = [from + i * step, from + (i + 1) * step];
    const centre = from + (i + 0.5) * step - 0.5;
    const start = Math.floor(step > 1 ? low : centre);
    const base = Math.max(0, Math.min(start, size - reach));
    let rest = 2048;
    for (let k = start; k < start + reach; k++) {
      const share =
        step > 1
          ? Math.max(0, Math.min(high, k + 1) - Math.max(low, k)) / step
          : k === start
            ? 1 - (centre - start)
            : centre - start;
      const weight = Math.round(share * 2048);
      weights[i * count + Math.max(0, Math.min(k, size - 1)) - base]! += weight;
      rest -= weight;
    }
    // What rounding leaves goes to the first of the largest.
    let largest = i * count;
    for (let k = 1; k < count; k++) if (weights[i * count + k]! > weights[largest]!) largest = i * count + k;
    weights[largest]! += rest;
    first[i] = base;
  }
  return { first, weights, count };
}

/** The part of a plane from (left, top) to (right, bottom), which may reach beyond it, at another size. */
export function resample(
  { width: stride, height: rows, data }: Plane,
  [left, top, right, bottom]: readonly [number, number, number, number],
  width: number,
  height: number,
): Plane {
  const across = weigh(left, right, stride, width);
  const down = weigh(top, bottom, rows, height);
  const out = new Uint8Array(width * height);
  const column = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    column.fill(0);
    for (let k = 0; k < down.count; k++) {
      const weight = down.weights[y * down.count + k]!;
      const row = (down.first[y]! + k) * stride;
      if (weight !== 0) for (let x = 0; x < stride; x++) column[x]! += weight * data[row + x]!;
    }
    for (let x = 0, w = 0; x < width; x++) {
      let sum = 1 << 21;
      for (let k = 0; k < across.count; k++, w++) sum += column[across.first[x]! + k]! * across.weights[w]!;
      out[y * width + x] = sum >>> 22;
    }
  }
  return { width, height, data: out };
}

export const resize = (plane: Plane, width: number, height: number): Plane =>
  width === plane.width && height === plane.height
    ? plane
    : resample(plane, [0, 0, plane.width, plane.height], width, height);

/** Turns clockwise by quarter turns. */
export function turn({ width, height, data }: Plane, quarters: number): Plane {
  if (quarters === 0) return { width, height, data };
  if (quarters === 2) return { width, height, data: data.slice().reverse() };
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const to = quarters === 1 ? x * height + height - 1 - y : (width - 1 - x) * height + y;
      out[to] = data[y * width + x]!;
    }
  return { width: height, height: width, data: out };
}

const apart = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1]);
export const widthOf = (q: Quad) => (apart(q[0], q[1]) + apart(q[3], q[2])) / 2;
export const heightOf = (q: Quad) => (apart(q[0], q[3]) + apart(q[1], q[2])) / 2;

/** What stands in a quad as an upright rectangle of `height` pixels: bilinear samples through the perspective map. */
export function cutOut(plane: Plane, quad: Quad, height: number): Plane {
  const [p0, p1, p2, p3] = quad;
  const [quadWidth, quadHeight] = [Math.max(widthOf(quad), 1e-3), Math.max(heightOf(quad), 1e-3)];
  const width = Math.max(1, Math.round((quadWidth * height) / quadHeight));
  if (
    p0[0] === p3[0] &&
    p1[0] === p2[0] &&
    p0[1] === p1[1] &&
    p3[1] === p2[1] &&
    p1[0] > p0[0] &&
    p3[1] > p0[1]
  )
    return resample(plane, [p0[0], p0[1], p2[0], p2[1]], width, height);
  const [g, h] = vanishing(quad);
  const [a, b] = [p1[0] - p0[0] + g * p1[0], p3[0] - p0[0] + h * p3[0]];
  const [d, e] = [p1[1] - p0[1] + g * p1[1], p3[1] - p0[1] + h * p3[1]];
  // So many samples a side of each pixel that neighbours are at most a source pixel apart.
  const samples = (size: number, count: number) => Math.max(1, Math.min(64, Math.ceil(size / count - 0.05)));
  const [across, down] = [samples(quadWidth, width), samples(quadHeight, height)];
  const { width: stride, data } = plane;
  const [lastX, lastY] = [stride - 1, plane.height - 1];
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let s = 0; s < across * down; s++) {
        const u = (x * across + (s % across) + 0.5) / (width * across);
        const v = (y * down + Math.floor(s / across) + 0.5) / (height * down);
        const w = g * u + h * v + 1;
        const px = Math.min(Math.max((a * u + b * v + p0[0]) / w - 0.5, 0), lastX);
        const py = Math.min(Math.max((d * u + e * v + p0[1]) / w - 0.5, 0), lastY);
        const [x0, y0] = [px | 0, py | 0];
        const at = y0 * stride + x0;
        const right = x0 < lastX ? 1 : 0;
        const below = y0 < lastY ? at + stride : at;
        const upper = data[at]! + (data[at + right]! - data[at]!) * (px - x0);
        const lower = data[below]! + (data[below + right]! - data[below]!) * (px - x0);
        sum += upper + (lower - upper) * (py - y0);
      }
      out[y * width + x] = sum / (across * down) + 0.5;
    }
  return { width, height, data: out };
}

/** The perspective part of the map from the unit square (Heckbert 1989, section 2.2.3); 0, 0 for a parallelogram. */
function vanishing([p0, p1, p2, p3]: Quad): [g: number, h: number] {
  const [sx, sy] = [p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]];
  const [ax, ay, bx, by] = [p1[0] - p2[0], p1[1] - p2[1], p3[0] - p2[0], p3[1] - p2[1]];
  const determinant = ax * by - bx * ay;
  if (Math.abs(determinant) <= 1e-9 || (sx === 0 && sy === 0)) return [0, 0];
  const g = (sx * by - bx * sy) / determinant;
  const h = (ax * sy - sx * ay) / determinant;
  return g > -1 && h > -1 && g + h > -1 ? [g, h] : [0, 0];
}
