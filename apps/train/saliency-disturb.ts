/** What cameras and people do to a photograph without changing what stands out in it: colours, blur, noise. */
import type { Random } from '../../models/base/random.js';

/** How often an image is blurred, and how often it gets noise, at full strength. */
const BLUR_CHANCE = 0.3;
const NOISE_CHANCE = 0.3;

/** Contrast, brightness, colour balance and saturation, the same over the image. Writes RGB value / 127.5 − 1. */
export function colourChange(random: Random, strength: number): (from: Uint8Array, to: Float32Array) => void {
  const contrast = Math.exp(random.normal(0, 0.15 * strength));
  const brightness = random.normal(0, 0.12 * strength);
  const saturation = random.chance(0.06 * strength) ? 0 : Math.exp(random.normal(0, 0.25 * strength));
  const gains = [0, 1, 2].map(() => contrast * Math.exp(random.normal(0, 0.05 * strength)));
  const [red, green, blue] = gains as [number, number, number];
  const limit = (v: number) => Math.max(-1, Math.min(1, v));
  return (from, to) => {
    for (let i = 0; i < to.length; i += 3) {
      const r = (from[i]! / 127.5 - 1) * red + brightness;
      const g = (from[i + 1]! / 127.5 - 1) * green + brightness;
      const b = (from[i + 2]! / 127.5 - 1) * blue + brightness;
      const grey = 0.299 * r + 0.587 * g + 0.114 * b;
      to[i] = limit(grey + saturation * (r - grey));
      to[i + 1] = limit(grey + saturation * (g - grey));
      to[i + 2] = limit(grey + saturation * (b - grey));
    }
  };
}

/**
 * Blurs a square of RGB pixels and adds noise to it, in place, or leaves it as it is.
 * @param strength in [0, 1]: how often
 */
export function degrade(random: Random, strength: number, pixels: Uint8Array, side: number): void {
  const passes = random.chance(BLUR_CHANCE * strength) ? random.int(1, 3) : 0;
  const deviation = random.chance(NOISE_CHANCE * strength) ? random.range(2, 12) : 0;
  for (let pass = 0; pass < passes; pass++) {
    blurAlong(pixels, side, 3, 3 * side);
    blurAlong(pixels, side, 3 * side, 3);
  }
  if (deviation === 0) return;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]! + deviation * random.normal();
    pixels[i] = Math.max(0, Math.min(255, Math.round(value)));
  }
}

/** Binomial 1-2-1 along the lines whose pixels are `step` apart and which are themselves `stride` apart. */
function blurAlong(pixels: Uint8Array, side: number, step: number, stride: number): void {
  for (let line = 0; line < side; line++) {
    for (let channel = 0; channel < 3; channel++) {
      let at = line * stride + channel;
      let before = pixels[at]!;
      for (let i = 0; i < side; i++, at += step) {
        const own = pixels[at]!;
        const after = i + 1 < side ? pixels[at + step]! : own;
        pixels[at] = (before + 2 * own + after + 2) >> 2;
        before = own;
      }
    }
  }
}
