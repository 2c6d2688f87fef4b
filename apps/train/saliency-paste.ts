/**
 * An object cut out of one photograph and put into another (Ghiasi et al. 2021, "Simple Copy-Paste"): scenes that no photograph
 * shows, with objects before backgrounds that they were not learnt with.
 */
import type { Random } from '../../models/base/random.js';
import { lookThrough, type MaskedPhoto, type View, viewOf } from './saliency-views.js';

/** Longest side of a pasted object, as a share of the view's. */
const LEAST = 0.3;
const MOST = 0.7;
/** Larger shares of a photograph are scenery rather than an object. */
const MOST_COVERED = 0.5;

/** A view that shows a photograph's object at a random place and size; undefined where there is none to cut out. */
export function randomPaste(random: Random, photo: MaskedPhoto): View | undefined {
  const box = objectBox(photo);
  if (!box) return undefined;
  const { width, height } = photo;
  const size = random.range(LEAST, MOST);
  // In pixels of the photograph, a view's side: the object keeps its proportions.
  const side = Math.max(box.right - box.left, box.bottom - box.top) / size;
  const mirror = random.chance(0.5) ? -1 : 1;
  const place = () => random.range(-0.25, 0.25) * side;
  return viewOf({
    centreX: ((box.left + box.right) / 2 + place()) / width,
    centreY: ((box.top + box.bottom) / 2 + place()) / height,
    across: (mirror * side) / width,
    down: side / height,
    angle: 0,
    aspect: width / height,
  });
}

/**
 * Draws what the view shows of the photograph's object over a square, and adds it to the square's mask.
 * @param pixels RGB of the square. @param mask in [0, 1].
 */
export function paste(
  photo: MaskedPhoto,
  view: View,
  side: number,
  pixels: Uint8Array,
  mask: Float32Array,
): void {
  const { x, y } = view;
  lookThrough(photo, view, side, (index, red, green, blue, value) => {
    const s = ((index % side) + 0.5) / side;
    const t = (Math.floor(index / side) + 0.5) / side;
    // Beyond its rim the photograph is mirrored: the object is not to come twice.
    const [u, v] = [x[0] * s + x[1] * t + x[2], y[0] * s + y[1] * t + y[2]];
    if (value === 0 || u < 0 || u > 1 || v < 0 || v > 1) return;
    const share = value / 255;
    const blend = (channel: number, over: number) => {
      const at = 3 * index + channel;
      pixels[at] = Math.round(pixels[at]! + share * (over - pixels[at]!));
    };
    blend(0, red);
    blend(1, green);
    blend(2, blue);
    mask[index] = Math.max(mask[index]!, share);
  });
}

interface Box {
  readonly left: number;
  readonly top: number;
  /** Exclusive, as `bottom`. */
  readonly right: number;
  readonly bottom: number;
}

function objectBox({ width, height, mask }: MaskedPhoto): Box | undefined {
  let [left, top, right, bottom, covered] = [width, height, 0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i]! < 128) continue;
    covered++;
    const x = i % width;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, Math.floor(i / width));
    bottom = Math.floor(i / width) + 1;
  }
  return covered === 0 || covered > MOST_COVERED * mask.length ? undefined : { left, top, right, bottom };
}
