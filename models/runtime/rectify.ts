/**
 * Cuts a quad out of a grey image as an upright rectangle. Coordinates, borders and arithmetic are those of `resample.ts`:
 * equal input gives equal bytes on every machine.
 */
import { expected } from '../base/errors.js';
import { type Homography, unitSquareTo } from '../base/homography.js';
import type { GrayImage, Point, Quad } from '../base/image.js';
import { checkSize, resampleWindow } from './resample.js';

/** The larger crops would not fit any model; a damaged quad must not exhaust the memory. */
const MOST_CROP_PIXELS = 1 << 26;

/**
 * Rectifies what stands in `quad` by its perspective map. The result is `outHeight` pixels high (the quad's mean height
 * when not given) and as wide as its proportions ask. Where it shrinks, each pixel is the mean over the area it covers.
 * @throws invalid_argument for a quad with corners that are not finite, limit_exceeded for a crop beyond 2^26 pixels
 */
export function cropQuad(image: GrayImage, quad: Quad, outHeight?: number): GrayImage {
  if (!quad.flat().every(Number.isFinite))
    throw expected('invalid_argument', 'finite corners', 'a quad', quad.flat());
  const [topLeft, topRight, bottomRight, bottomLeft] = quad;
  const quadWidth = Math.max((distance(topLeft, topRight) + distance(bottomLeft, bottomRight)) / 2, 1e-3);
  const quadHeight = Math.max((distance(topLeft, bottomLeft) + distance(topRight, bottomRight)) / 2, 1e-3);
  const height = outHeight ?? Math.max(1, Math.round(quadHeight));
  const width = Math.max(1, Math.round((quadWidth * height) / quadHeight));
  checkSize(width, height);
  if (width * height > MOST_CROP_PIXELS) {
    throw expected('limit_exceeded', `at most ${MOST_CROP_PIXELS} pixels`, 'a crop', `${width} × ${height}`);
  }
  const upright =
    topLeft[0] === bottomLeft[0] &&
    topRight[0] === bottomRight[0] &&
    topLeft[1] === topRight[1] &&
    bottomLeft[1] === bottomRight[1] &&
    topRight[0] > topLeft[0] &&
    bottomLeft[1] > topLeft[1];
  if (upright) {
    return resampleWindow(image, topLeft[0], topLeft[1], bottomRight[0], bottomRight[1], width, height);
  }
  // Samples a side of each output pixel, so that neighbouring samples are at most a source pixel apart.
  const across = Math.max(1, Math.min(64, Math.ceil(quadWidth / width - 0.05)));
  const down = Math.max(1, Math.min(64, Math.ceil(quadHeight / height - 0.05)));
  const projection = unitSquareTo(quad);
  const sample = isAffine(projection) && isInside(image, quad) ? sampleAffine : sampleProjective;
  return sample(image, projection, width, height, across, down);
}

/** Parallelograms, as lines of text nearly always are: what rounding leaves of a perspective moves nothing. */
function isAffine([, , , , , , g, h]: Homography): boolean {
  return Math.abs(g) + Math.abs(h) < 1e-9;
}

/** Whether all samples lie between centres of pixels. */
function isInside({ width, height }: GrayImage, quad: Quad): boolean {
  return quad.every(([x, y]) => x >= 0.5 && y >= 0.5 && x < width - 1.5 && y < height - 1.5);
}

/** As `sampleProjective`, for what needs neither its division nor its care at the borders: in half the time. */
function sampleAffine(
  { width: stride, data }: GrayImage,
  [a, b, c, d, e, f]: Homography,
  width: number,
  height: number,
  across: number,
  down: number,
): GrayImage {
  const out = new Uint8Array(width * height);
  const sums = new Float64Array(width);
  const stepU = 1 / (width * across);
  const stepV = 1 / (height * down);
  const norm = 1 / (across * down);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let sub = 0; sub < down; sub++) {
      const v = (y * down + sub + 0.5) * stepV;
      const startX = b * v + c - 0.5;
      const startY = e * v + f - 0.5;
      for (let x = 0, s = 0; x < width; x++) {
        let sum = 0;
        for (let k = 0; k < across; k++, s++) {
          const u = (s + 0.5) * stepU;
          const px = a * u + startX;
          const py = d * u + startY;
          const x0 = px | 0;
          const y0 = py | 0;
          const fx = px - x0;
          const at = y0 * stride + x0;
          const below = at + stride;
          const upper = data[at]! + (data[at + 1]! - data[at]!) * fx;
          const lower = data[below]! + (data[below + 1]! - data[below]!) * fx;
          sum += upper + (lower - upper) * (py - y0);
        }
        sums[x]! += sum;
      }
    }
    for (let x = 0, o = y * width; x < width; x++, o++) out[o] = sums[x]! * norm + 0.5;
  }
  return { width, height, data: out };
}

function sampleProjective(
  image: GrayImage,
  [a, b, c, d, e, f, g, h]: Homography,
  width: number,
  height: number,
  across: number,
  down: number,
): GrayImage {
  const { width: stride, height: rows, data } = image;
  const out = new Uint8Array(width * height);
  const sums = new Float64Array(width);
  const stepU = 1 / (width * across);
  const stepV = 1 / (height * down);
  const lastX = stride - 1;
  const lastY = rows - 1;
  const norm = 1 / (across * down);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let sub = 0; sub < down; sub++) {
      const v = (y * down + sub + 0.5) * stepV;
      for (let x = 0, s = 0; x < width; x++) {
        let sum = 0;
        for (let k = 0; k < across; k++, s++) {
          const u = (s + 0.5) * stepU;
          const w = 1 / (g * u + h * v + 1);
          // To indices of pixel centres, held inside the image.
          let px = (a * u + b * v + c) * w - 0.5;
          let py = (d * u + e * v + f) * w - 0.5;
          px = px < 0 ? 0 : Math.min(px, lastX);
          py = py < 0 ? 0 : Math.min(py, lastY);
          const x0 = px | 0;
          const y0 = py | 0;
          const fx = px - x0;
          const at = y0 * stride + x0;
          const right = x0 < lastX ? 1 : 0;
          const below = y0 < lastY ? at + stride : at;
          const upper = data[at]! + (data[at + right]! - data[at]!) * fx;
          const lower = data[below]! + (data[below + right]! - data[below]!) * fx;
          sum += upper + (lower - upper) * (py - y0);
        }
        sums[x]! += sum;
      }
    }
    for (let x = 0, o = y * width; x < width; x++, o++) out[o] = sums[x]! * norm + 0.5;
  }
  return { width, height, data: out };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
