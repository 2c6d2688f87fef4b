/** Synthetic pictures, and what is looked for in their segments. */
import type { ColourImage } from '../../../../models/base/image.js';
import { Random } from '../../../../models/base/random.js';
import type { Superpixels } from '../../../../models/saliency/superpixels/superpixels.js';

export function picture(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): ColourImage {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set(colour(x, y), 3 * (y * width + x));
  return { width, height, data };
}

export const flat = (width: number, height: number) => picture(width, height, () => [90, 140, 60]);

export function noise(width: number, height: number, seed = 1): ColourImage {
  const random = new Random(seed, 'superpixels', width);
  return picture(width, height, () => [random.int(0, 255), random.int(0, 255), random.int(0, 255)]);
}

export const inDisc = (x: number, y: number) => (x - 150) ** 2 + (y - 170) ** 2 < 90 ** 2;

/** A disc on a slope of colour, both a little noisy, 320×320. */
export function disc(): ColourImage {
  const random = new Random(7, 'disc');
  return picture(320, 320, (x, y) => {
    const n = random.int(-8, 8);
    return inDisc(x, y) ? [190 + n, 80 + n, 70 + n] : [60 + n + (x >> 3), 110 + n, 90 + n + (y >> 3)];
  });
}

/** Number of 4-connected parts of the labels. */
export function countParts({ labels, width }: Superpixels): number {
  const seen = new Uint8Array(labels.length);
  let parts = 0;
  for (let start = 0; start < labels.length; start++) {
    if (seen[start] === 1) continue;
    parts++;
    const stack = [start];
    seen[start] = 1;
    while (stack.length > 0) {
      const i = stack.pop()!;
      const x = i % width;
      for (const j of [x > 0 ? i - 1 : -1, x + 1 < width ? i + 1 : -1, i - width, i + width]) {
        if (j < 0 || j >= labels.length || seen[j] === 1 || labels[j] !== labels[i]) continue;
        seen[j] = 1;
        stack.push(j);
      }
    }
  }
  return parts;
}

/** Pixels of every segment. */
export function sizes({ labels, count }: Superpixels): number[] {
  const found = new Array<number>(count).fill(0);
  for (const k of labels) found[k]!++;
  return found;
}
