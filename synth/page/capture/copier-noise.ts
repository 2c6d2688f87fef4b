/** Toner beside the print: clouds of black dots that a worn or dark copier leaves, thickest at the edges of the sheet. */
import type { GrayImage } from '../../../models/base/image.js';
import type { Random } from '../../../models/base/random.js';

/** In place. @param strength 0 to 1 */
export function copierNoise(image: GrayImage, random: Random, strength: number): void {
  const { width, height, data } = image;
  const dot = Math.max(1, Math.round(Math.min(width, height) / 900));
  for (let n = random.int(1, 3); n > 0; n--) {
    const edge = random.weighted({ left: 2, right: 2, top: 1, bottom: 2, inside: 1.5 });
    const across = edge === 'left' || edge === 'right' ? width : height;
    const along = across === width ? height : width;
    const reach = across * random.range(0.01, edge === 'inside' ? 0.04 : 0.09);
    const middle = edge === 'inside' ? random.range(0.1, 0.9) * across : 0;
    // The cloud is denser in some stretches than in others.
    const [from, to] = random.chance(0.6) ? [0, along] : [random.range(0, 0.6) * along, along];
    const density = random.range(0.02, 0.3) * strength;
    const tone = random.chance(0.85) ? random.range(0, 40) : random.range(200, 255);
    for (let dots = Math.round((density * reach * (to - from)) / (dot * dot)); dots > 0; dots--) {
      const far = -Math.log(1 - random.next() * 0.999) * reach;
      const off = edge === 'inside' ? middle + far * random.pick([-1, 1]) : far;
      const p = edge === 'right' || edge === 'bottom' ? across - 1 - off : off;
      const q = random.range(from, to);
      const size = random.chance(0.12) ? dot * random.int(2, 3) : dot;
      const [x, y] = across === width ? [p, q] : [q, p];
      blot(data, width, height, Math.floor(x), Math.floor(y), size, tone);
    }
  }
}

function blot(
  data: Uint8Array,
  width: number,
  height: number,
  x: number,
  y: number,
  size: number,
  tone: number,
) {
  for (let v = Math.max(0, y); v < Math.min(height, y + size); v++) {
    for (let u = Math.max(0, x); u < Math.min(width, x + size); u++) data[v * width + u] = tone;
  }
}
