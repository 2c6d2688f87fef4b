/** Draws quads into a copy of an image, to see what was found. */
import type { GrayImage, Point, Quad } from '../../../models/base/image.js';

/** Outlines one pixel wide, black beside white so that they show on any ground. */
export function outlineQuads(image: GrayImage, quads: readonly Quad[]): GrayImage {
  const data = image.data.slice();
  const dot = (x: number, y: number, value: number) => {
    if (x >= 0 && y >= 0 && x < image.width && y < image.height) data[y * image.width + x] = value;
  };
  for (const quad of quads) {
    for (let i = 0; i < 4; i++) {
      const [from, to] = [quad[i] as Point, quad[(i + 1) % 4] as Point];
      const steps = Math.max(1, Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]))));
      for (let step = 0; step <= steps; step++) {
        const x = Math.round(from[0] + ((to[0] - from[0]) * step) / steps);
        const y = Math.round(from[1] + ((to[1] - from[1]) * step) / steps);
        dot(x + 1, y + 1, 255);
        dot(x, y, 0);
      }
    }
  }
  return { width: image.width, height: image.height, data };
}
