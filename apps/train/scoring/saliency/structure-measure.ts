/** S-measure (Fan et al. 2017), α = 0.5. */
import type { GrayImage } from '../../../../models/base/image.js';
import { roundHalfEven } from '../../../../models/base/round-half-even.js';
import type { BinaryMask } from './binary-mask.js';
import { meanOfEqual } from './numpy-mean.js';

/** Share of the object-aware half. */
const ALPHA = 0.5;

/** In [0, 1]; of a mask that is all background or all foreground, how dark or bright the map is. */
export function structureMeasure(map: GrayImage, mask: BinaryMask): number {
  const { width, height, foreground } = mask;
  const pixels = width * height;
  const share = foreground / pixels;
  const whole = momentsOf(map, mask, 0, 0, width, height);
  if (share === 0) return 1 - whole.sum / 255 / pixels;
  if (share === 1) return whole.sum / 255 / pixels;
  const object = share * objectScore(whole.sumInside, whole.squaresInside, foreground, false);
  const ground =
    (1 - share) *
    objectScore(whole.sum - whole.sumInside, whole.squares - whole.squaresInside, pixels - foreground, true);
  const { x, y } = centroid(mask);
  let regions = 0;
  for (const [left, right] of [[0, x] as const, [x, width] as const]) {
    for (const [top, bottom] of [[0, y] as const, [y, height] as const]) {
      const area = (right - left) * (bottom - top);
      if (area > 0)
        regions += (area / pixels) * similarity(momentsOf(map, mask, left, top, right, bottom), width);
    }
  }
  return Math.max(0, ALPHA * (object + ground) + (1 - ALPHA) * regions);
}

/** Sums over a part of the image, exact integers: of the map's 8-bit values, of their squares, and of both in the foreground. */
interface Moments {
  readonly width: number;
  readonly height: number;
  readonly foreground: number;
  readonly sum: number;
  readonly squares: number;
  readonly sumInside: number;
  readonly squaresInside: number;
  readonly least: number;
  readonly largest: number;
}

function momentsOf(
  { data, width: stride }: GrayImage,
  { data: bits }: BinaryMask,
  left: number,
  top: number,
  right: number,
  bottom: number,
): Moments {
  let [foreground, sum, squares, sumInside, squaresInside, least, largest] = [0, 0, 0, 0, 0, 255, 0];
  for (let y = top; y < bottom; y++) {
    for (let i = y * stride + left; i < y * stride + right; i++) {
      const value = data[i]!;
      sum += value;
      squares += value * value;
      if (value < least) least = value;
      if (value > largest) largest = value;
      if (!bits[i]) continue;
      foreground++;
      sumInside += value;
      squaresInside += value * value;
    }
  }
  const size = { width: right - left, height: bottom - top };
  return { ...size, foreground, sum, squares, sumInside, squaresInside, least, largest };
}

/** How bright and even the object is or, inverted, how dark and even the ground. */
function objectScore(sum: number, squares: number, count: number, inverted: boolean): number {
  const brightness = sum / count / 255;
  const mean = inverted ? 1 - brightness : brightness;
  const deviation = count > 1 ? Math.sqrt(spread(sum, squares, count) / (count - 1)) : 0;
  return (2 * mean) / (mean * mean + 1 + deviation + 1e-8);
}

/** Sum of squared differences from the mean, of values in [0, 1]. */
function spread(sum: number, squares: number, count: number): number {
  return Math.max(0, squares - (sum * sum) / count) / (255 * 255);
}

/** Where the image is cut: behind the column and the row of the foreground's centre, an exact half going to the even one. */
function centroid({ width, height, data }: BinaryMask): { x: number; y: number } {
  let [sumX, sumY, count] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!data[y * width + x]) continue;
      sumX += x;
      sumY += y;
      count++;
    }
  }
  return { x: roundHalfEven(sumX / count) + 1, y: roundHalfEven(sumY / count) + 1 };
}

/** Structural similarity of a part of the map with that part of the mask. */
function similarity(part: Moments, imageWidth: number): number {
  const { width, height, foreground, sum, squares, sumInside } = part;
  const count = width * height;
  if (count < 2) return 0;
  const flatMask = foreground === 0 || foreground === count;
  if (part.least === part.largest) {
    // Two constants are alike, unless the rounding of the mean hides that the map is one.
    const value = part.least / 255;
    const hidden = meanOfEqual(value, width, height, width === imageWidth) !== value;
    return flatMask && !hidden ? 1 : 0;
  }
  if (flatMask) return 0;
  const meanMap = sum / count / 255;
  const meanMask = foreground / count;
  const varianceMap = spread(sum, squares, count) / (count - 1);
  const varianceMask = (foreground - (foreground * foreground) / count) / (count - 1);
  const covariance = (sumInside - (sum * foreground) / count) / 255 / (count - 1);
  const alpha = 4 * meanMap * meanMask * covariance;
  const beta = (meanMap * meanMap + meanMask * meanMask) * (varianceMap + varianceMask);
  return alpha === 0 ? 0 : alpha / (beta + 1e-12);
}
