/** Random views of labelled photographs: a part or more than the whole, turned, mirrored, squashed to a square. */
import type { Random } from '../../models/base/random.js';

/** A decoded photograph with its mask. */
export interface MaskedPhoto {
  readonly width: number;
  readonly height: number;
  /** RGB, row by row. */
  readonly pixels: Uint8Array;
  /** 255 is what stands out. */
  readonly mask: Uint8Array;
}

/** Logarithm of the most that a view's sides are stretched by, one against the other, besides being squashed: half of it each. */
const MOST_STRETCH = 0.15;

export interface ViewRange {
  /** Least share of each side that a view shows. */
  readonly minCrop: number;
  /** Most; above 1 the photograph is seen from further away, and mirrored at its rim to fill the view. */
  readonly maxCrop: number;
  /** Most degrees that a view is turned by, either way. */
  readonly rotation: number;
}

/** The photograph at u = x[0] s + x[1] t + x[2], v = y[0] s + y[1] t + y[2], s and t in [0, 1] across and down the view; u and v too. */
export interface View {
  readonly x: readonly [number, number, number];
  readonly y: readonly [number, number, number];
}

/** @param aspect the photograph's width over its height: a view is turned before it is squashed. */
export function randomView(random: Random, aspect: number, range: ViewRange): View {
  const { minCrop, maxCrop, rotation } = range;
  const share = random.range(minCrop, maxCrop);
  const stretch = Math.exp(random.range(-MOST_STRETCH, MOST_STRETCH));
  const within = (length: number) => Math.min(maxCrop, Math.max(minCrop, length));
  const [across, down] = [within(share * stretch), within(share / stretch)];
  const place = (length: number) => {
    const room = 1 - length;
    return length / 2 + random.range(Math.min(0, room), Math.max(0, room));
  };
  const [centreX, centreY] = [place(across), place(down)];
  const angle = (random.range(-rotation, rotation) * Math.PI) / 180;
  const mirror = random.chance(0.5) ? -1 : 1;
  return viewOf({ centreX, centreY, across: mirror * across, down, angle, aspect });
}

export interface ViewFrame {
  readonly centreX: number;
  readonly centreY: number;
  /** Shares of the photograph's width and height; a negative one mirrors. */
  readonly across: number;
  readonly down: number;
  /** Radians. */
  readonly angle: number;
  readonly aspect: number;
}

export function viewOf({ centreX, centreY, across, down, angle, aspect }: ViewFrame): View {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [a, b] = [across * cos, (-down * sin) / aspect];
  const [c, d] = [across * sin * aspect, down * cos];
  return { x: [a, b, centreX - (a + b) / 2], y: [c, d, centreY - (c + d) / 2] };
}

/**
 * Sizes to shrink a photograph to before it is looked at, so that a view of `side` pixels skips none of its pixels;
 * never larger than it is.
 */
export function sizeForView(
  { width, height }: { readonly width: number; readonly height: number },
  { x, y }: View,
  side: number,
): { width: number; height: number } {
  const shrunk = (size: number, share: number) =>
    Math.max(1, Math.min(size, Math.round(side / Math.max(share, 1e-3))));
  return {
    width: shrunk(width, Math.hypot(x[0], x[1])),
    height: shrunk(height, Math.hypot(y[0], y[1])),
  };
}

/**
 * What the view shows, by linear interpolation.
 * @param each called for every pixel of the view, row by row, with the values there, in [0, 255]
 */
export function lookThrough(
  { width, height, pixels, mask }: MaskedPhoto,
  { x: [xs, xt, x0], y: [ys, yt, y0] }: View,
  side: number,
  each: (index: number, red: number, green: number, blue: number, mask: number) => void,
): void {
  for (let row = 0, index = 0; row < side; row++) {
    const t = (row + 0.5) / side;
    for (let column = 0; column < side; column++, index++) {
      const s = (column + 0.5) / side;
      const u = width * (xs * s + xt * t + x0) - 0.5;
      const v = height * (ys * s + yt * t + y0) - 0.5;
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [fx, fy] = [u - left, v - top];
      const l = reflect(left, width);
      const r = reflect(left + 1, width);
      const upper = reflect(top, height) * width;
      const lower = reflect(top + 1, height) * width;
      const [a, b, c, d] = [upper + l, upper + r, lower + l, lower + r];
      const [wa, wb, wc, wd] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const at = (channel: number) =>
        wa * pixels[3 * a + channel]! +
        wb * pixels[3 * b + channel]! +
        wc * pixels[3 * c + channel]! +
        wd * pixels[3 * d + channel]!;
      const inside = wa * mask[a]! + wb * mask[b]! + wc * mask[c]! + wd * mask[d]!;
      each(index, at(0), at(1), at(2), inside);
    }
  }
}

/** Beyond its rim a photograph is mirrored, the outermost pixels being doubled. */
function reflect(index: number, size: number): number {
  if (index >= 0 && index < size) return index;
  const period = 2 * size;
  const at = ((index % period) + period) % period;
  return at < size ? at : period - 1 - at;
}
