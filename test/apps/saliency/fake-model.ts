/** A saliency model for tests: what differs from the colour of the image's border stands out. */
import type { ColourImage, FloatMap } from '../../../models/base/image.js';
import type { SaliencyModel, SaliencyPrediction } from '../../../models/saliency/saliency.js';

export interface FakeModel extends SaliencyModel {
  readonly seen: ColourImage[];
  readonly isDisposed: boolean;
}

/** @param wait resolves when the model may answer. */
export function fakeModel(side = 40, wait?: (image: ColourImage) => Promise<unknown>): FakeModel {
  const seen: ColourImage[] = [];
  let isDisposed = false;
  return {
    seen,
    get isDisposed() {
      return isDisposed;
    },
    async predict(image) {
      seen.push(image);
      await wait?.(image);
      return distanceToBorder(squash(image, side));
    },
    async dispose() {
      isDisposed = true;
    },
  };
}

/** Nearest neighbour: exact colours. */
function squash({ width, height, data }: ColourImage, side: number): ColourImage {
  const pixels = new Uint8Array(3 * side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const from =
        3 * (Math.floor(((y + 0.5) * height) / side) * width + Math.floor(((x + 0.5) * width) / side));
      pixels.set(data.subarray(from, from + 3), 3 * (y * side + x));
    }
  return { width: side, height: side, data: pixels };
}

function distanceToBorder(pixels: ColourImage): SaliencyPrediction {
  const { width, height, data } = pixels;
  const map: FloatMap = { width, height, data: new Float32Array(width * height) };
  const corner = data.slice(0, 3);
  for (let index = 0; index < map.data.length; index++) {
    const distance = Math.hypot(...[0, 1, 2].map((channel) => data[3 * index + channel]! - corner[channel]!));
    map.data[index] = Math.min(1, distance / 150);
  }
  return { map, pixels };
}
