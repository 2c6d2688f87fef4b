/**
 * Joint upsampling: the map takes the edges of the full picture. Around each pixel of the small picture the map is fitted as
 * a linear function of the colour (the local model of the guided filter: He, Sun, Tang, Guided Image Filtering, 2013). To the
 * plainly resized map that function then adds what the full picture's colours differ by from the small one's.
 */
import type { ColourImage, FloatMap } from '../../models/base/image.js';
import { boxMean } from './box-mean.js';
import { resizeRows, toByte } from './resize-map.js';

export interface JointUpsampleOptions {
  /** Half the side of the windows, in pixels of the map. */
  readonly radius?: number;
  /** Variance of colour (channels in [0, 1]) below which a window counts as flat: larger follows fewer edges. */
  readonly epsilon?: number;
}

/**
 * @param map probabilities in [0, 1].
 * @param small the picture at the size of the map.
 * @param full the picture at the wanted size, same view.
 * @returns round(255 p) at the size of `full`.
 */
export function jointUpsample(
  map: FloatMap,
  small: ColourImage,
  full: ColourImage,
  { radius = 1, epsilon = 1e-2 }: JointUpsampleOptions = {},
): Uint8Array {
  const { width, height, data } = full;
  const slopes = slopesOf(map, small, radius, epsilon);
  // What resizing gives is linear, so the part of the small picture's colours can be taken off before it.
  const rest = map.data.map((p, index) => {
    const at = 3 * index;
    const [r, g, b] = [small.data[at]!, small.data[at + 1]!, small.data[at + 2]!];
    return (
      p - (slopes[0]!.data[index]! * r + slopes[1]!.data[index]! * g + slopes[2]!.data[index]! * b) / 255
    );
  });
  const planes = [...slopes, { width: map.width, height: map.height, data: rest }];
  const result = new Uint8Array(width * height);
  resizeRows(planes, width, height, (y, [red, green, blue, rest]) => {
    const base = y * width;
    for (let x = 0; x < width; x++) {
      const at = 3 * (base + x);
      const sum = red![x]! * data[at]! + green![x]! * data[at + 1]! + blue![x]! * data[at + 2]!;
      result[base + x] = toByte(sum / 255 + rest![x]!);
    }
  });
  return result;
}

/** How the map rises with red, green and blue (in [0, 1]), averaged over the windows that a pixel lies in. */
function slopesOf(map: FloatMap, { data }: ColourImage, radius: number, epsilon: number): FloatMap[] {
  const { width, height } = map;
  const count = width * height;
  const mean = (value: (index: number) => number) => {
    const plane = new Float32Array(count);
    for (let index = 0; index < count; index++) plane[index] = value(index);
    return boxMean({ width, height, data: plane }, radius).data;
  };
  const channel = (c: number) => (index: number) => data[3 * index + c]! / 255;
  const colour = [channel(0), channel(1), channel(2)] as const;
  const [r, g, b] = colour;
  const p = (index: number) => map.data[index]!;
  const [mr, mg, mb, mp] = [mean(r), mean(g), mean(b), mean(p)];
  const product = (a: (i: number) => number, b: (i: number) => number) => mean((i) => a(i) * b(i));
  const [rr, rg, rb, gg, gb, bb] = [
    ...[product(r, r), product(r, g), product(r, b)],
    ...[product(g, g), product(g, b), product(b, b)],
  ] as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const [rp, gp, bp] = [product(r, p), product(g, p), product(b, p)];
  const slopes = Array.from({ length: 3 }, () => new Float32Array(count));
  for (let i = 0; i < count; i++) {
    const [r1, g1, b1, p1] = [mr[i]!, mg[i]!, mb[i]!, mp[i]!];
    // The symmetric matrix of colour covariances, kept invertible by epsilon, times the slopes is the covariance with p.
    const [a, d, f] = [rr[i]! - r1 * r1 + epsilon, gg[i]! - g1 * g1 + epsilon, bb[i]! - b1 * b1 + epsilon];
    const [b2, c, e] = [rg[i]! - r1 * g1, rb[i]! - r1 * b1, gb[i]! - g1 * b1];
    const [u, v, w] = [rp[i]! - r1 * p1, gp[i]! - g1 * p1, bp[i]! - b1 * p1];
    const [m00, m01, m02] = [d * f - e * e, c * e - b2 * f, b2 * e - c * d];
    const [m11, m12, m22] = [a * f - c * c, b2 * c - a * e, a * d - b2 * b2];
    const determinant = a * m00 + b2 * m01 + c * m02;
    slopes[0]![i] = (m00 * u + m01 * v + m02 * w) / determinant;
    slopes[1]![i] = (m01 * u + m11 * v + m12 * w) / determinant;
    slopes[2]![i] = (m02 * u + m12 * v + m22 * w) / determinant;
  }
  return slopes.map((plane) => boxMean({ width, height, data: plane }, radius));
}
