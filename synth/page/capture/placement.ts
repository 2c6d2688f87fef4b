/** How a page lies under the scanner or before the camera. */
import type { Point, Quad } from '../../../models/base/image.js';
import type { Random } from '../../../models/base/random.js';
import type { CaptureKind } from './capture.js';
import { IDENTITY, type Projection, rectangleToQuad } from './projection.js';

export interface Placement {
  /** Page → image. */
  readonly map: Projection;
  /** Size of the image. */
  readonly width: number;
  readonly height: number;
  /** What shows beside the page: a tone, or a table top. */
  readonly ground: number | 'texture';
  /** Pixels of the page per pixel of the image. */
  readonly shrink: number;
}

/** Share of pages that lie on their side, or on their head. */
const ON_SIDE = 0.03;
const ON_HEAD = 0.01;

export function drawPlacement(
  kind: CaptureKind,
  width: number,
  height: number,
  random: Random,
  strength: number,
): Placement {
  const turn =
    kind === 'scene' || kind === 'screen'
      ? 0
      : random.chance(ON_SIDE)
        ? random.pick([1, 3])
        : random.chance(ON_HEAD)
          ? 2
          : 0;
  const still = { map: IDENTITY, width, height, ground: 255, shrink: 1 };
  let placement: { corners: Quad; width: number; height: number; ground: number | 'texture' };
  switch (kind) {
    case 'screen':
    case 'clean':
      if (turn === 0) return still;
      placement = { corners: rectangle(0, 0, width, height), width, height, ground: 255 };
      break;
    case 'photo':
      placement = photographed(width, height, random, strength);
      break;
    case 'scene':
      if (random.chance(0.4)) return still;
      placement = {
        corners: random.chance(0.5)
          ? seenAslant(width, height, random, strength)
          : jittered(rectangle(0, 0, width, height), 0.06 * strength * Math.min(width, height), random),
        width,
        height,
        ground: 'texture',
      };
      break;
    default: {
      if (turn === 0 && random.chance(0.25)) return still;
      placement = scanned(width, height, random, strength);
    }
  }
  const { corners } = placement;
  // Corner 0 of the page goes to the image's corner `turn`, i.e. the page is turned clockwise.
  const sides = turn % 2 === 1 ? { width: placement.height, height: placement.width } : placement;
  const turned = corners.map(([x, y]): Point => {
    if (turn === 1) return [placement.height - y, x];
    if (turn === 2) return [placement.width - x, placement.height - y];
    if (turn === 3) return [y, placement.width - x];
    return [x, y];
  }) as unknown as Quad;
  const across = Math.hypot(corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]);
  return {
    map: rectangleToQuad(width, height, turned),
    width: sides.width,
    height: sides.height,
    ground: placement.ground,
    shrink: width / Math.max(1, across),
  };
}

/** A little askew; some with the dark or white bed of the scanner at the edges. */
function scanned(width: number, height: number, random: Random, strength: number) {
  const angle = Math.max(-1, Math.min(1, random.normal(0, 0.4))) * 0.055 * strength;
  const inset = random.chance(0.15) ? random.range(0, 0.06) * width : 0;
  const scale = random.chance(0.2) ? random.range(0.75, 1) : 1;
  const w = Math.round((width + 2 * inset) * scale);
  const h = Math.round((height + 2 * inset) * scale);
  const shiftX = random.chance(0.3) ? random.normal(0, 0.012) * width : 0;
  const shiftY = random.chance(0.3) ? random.normal(0, 0.012) * height : 0;
  const corners = rotated(
    rectangle(inset * scale + shiftX, inset * scale + shiftY, width * scale, height * scale),
    angle,
    w / 2,
    h / 2,
  );
  return {
    corners,
    width: w,
    height: h,
    ground: random.chance(0.3) ? random.range(0, 60) : random.range(225, 255),
  };
}

/** On a table, seen by a hand-held camera. */
function photographed(width: number, height: number, random: Random, strength: number) {
  const margin = random.chance(0.75) ? random.range(0.01, 0.14) : random.range(-0.06, 0.01);
  const scale = random.range(0.75, 1.05);
  const w = Math.round(width * (1 + 2 * margin) * scale);
  const h = Math.round(height * (1 + 2 * margin) * scale);
  const angle = random.normal(0, random.chance(0.8) ? 0.035 : 0.13) * strength;
  const flat = rectangle(margin * width * scale, margin * height * scale, width * scale, height * scale);
  const corners = jittered(rotated(flat, angle, w / 2, h / 2), 0.055 * strength * Math.min(w, h), random);
  return { corners, width: w, height: h, ground: 'texture' as const };
}

/** A wall or a street front that runs away from the camera: one side is near and reaches beyond the picture. */
function seenAslant(width: number, height: number, random: Random, strength: number): Quad {
  const near = random.range(0.1, 0.7) * strength;
  const shift = random.range(0.2, 0.8);
  const [up, down] = [near * height * shift, near * height * (1 - shift)];
  const [back, on] = [near * width * shift, near * width * (1 - shift)];
  const reach = random.range(0, 0.3) * strength;
  const [a, b, c, d] = rectangle(0, 0, width, height);
  const further = reach * width;
  const lower = reach * height;
  switch (random.weighted({ left: 3, right: 3, above: 1, below: 1 })) {
    case 'left':
      return [[-further, -up], b, c, [-further, height + down]];
    case 'right':
      return [a, [width + further, -up], [width + further, height + down], d];
    case 'above':
      return [[-back, -lower], [width + on, -lower], c, d];
    default:
      return [a, b, [width + on, height + lower], [-back, height + lower]];
  }
}

function rectangle(x: number, y: number, width: number, height: number): Quad {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

function rotated(quad: Quad, angle: number, cx: number, cy: number): Quad {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return quad.map(
    ([x, y]): Point => [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos],
  ) as unknown as Quad;
}

function jittered(quad: Quad, reach: number, random: Random): Quad {
  return quad.map(
    ([x, y]): Point => [x + random.range(-reach, reach), y + random.range(-reach, reach)],
  ) as unknown as Quad;
}
