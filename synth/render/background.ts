/** What text stands on: an even tone, a slow gradient, or a crop of a texture brought to a wished tone. Grey levels 0–255. */
import type { GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import type { Texture } from './textures.js';

export function plainBackground(width: number, height: number, tone: number): GrayImage {
  return { width, height, data: new Uint8Array(width * height).fill(Math.round(tone)) };
}

/** A linear gradient in a random direction around `tone`, `span` grey levels from end to end. */
export function gradientBackground(
  width: number,
  height: number,
  tone: number,
  span: number,
  random: Random,
): GrayImage {
  const data = new Uint8Array(width * height);
  const angle = random.range(0, 2 * Math.PI);
  const dx = (Math.cos(angle) * span) / Math.max(1, width);
  const dy = (Math.sin(angle) * span) / Math.max(1, height);
  for (let y = 0, i = 0; y < height; y++) {
    let value = tone + dy * (y - height / 2) - (dx * width) / 2 + 0.5;
    for (let x = 0; x < width; x++, i++, value += dx) data[i] = value < 0 ? 0 : Math.min(value, 255);
  }
  return { width, height, data };
}

/**
 * A crop at a random place and scale, mirrored where it ends, its mean moved to `tone` and its contrast scaled by
 * `gain` (limited so that its deviation stays within `mostDeviation` grey levels).
 */
export function textureBackground(
  texture: Texture,
  width: number,
  height: number,
  tone: number,
  gain: number,
  mostDeviation: number,
  random: Random,
): GrayImage {
  const data = new Uint8Array(width * height);
  // Fewer texels than pixels magnify the texture: paper fibres and wood grain come in every scale.
  const step = 2 ** random.range(-1.6, 0.8);
  const originX = random.range(0, texture.width);
  const originY = random.range(0, texture.height);
  const scale = Math.min(gain, mostDeviation / Math.max(1, texture.deviation));
  const shift = tone - texture.mean * scale + 0.5;
  const columns = new Int32Array(width);
  const parts = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    const at = originX + x * step;
    columns[x] = Math.floor(at);
    parts[x] = at - Math.floor(at);
  }
  const { data: texels, width: tw, height: th } = texture;
  const left = columns.map((c) => mirror(c, tw));
  const right = columns.map((c) => mirror(c + 1, tw));
  for (let y = 0, i = 0; y < height; y++) {
    const at = originY + y * step;
    const row = Math.floor(at);
    const part = at - row;
    const above = mirror(row, th) * tw;
    const below = mirror(row + 1, th) * tw;
    for (let x = 0; x < width; x++, i++) {
      const l = left[x]!;
      const r = right[x]!;
      const p = parts[x]!;
      const top = texels[above + l]! + (texels[above + r]! - texels[above + l]!) * p;
      const bottom = texels[below + l]! + (texels[below + r]! - texels[below + l]!) * p;
      const value = (top + (bottom - top) * part) * scale + shift;
      data[i] = value < 0 ? 0 : Math.min(value, 255);
    }
  }
  return { width, height, data };
}

/** Index `at` of an endless row that repeats `length` texels forth and back. */
function mirror(at: number, length: number): number {
  const period = 2 * length;
  const m = ((at % period) + period) % period;
  return m < length ? m : period - 1 - m;
}
