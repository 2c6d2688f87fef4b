/** What the bilateral kernel compares of two pixels, each feature in standard deviations of the kernel's Gaussian. */
import type { ColourImage, FloatMap } from '../../base/image.js';

export interface Features {
  /** [height * width, dimensions] */
  readonly data: Float32Array;
  readonly dimensions: number;
}

export interface FeatureDeviations {
  /** In pixels. */
  readonly position: number;
  /** In 8-bit levels. */
  readonly colour: number;
  /** In the embedding's own unit. */
  readonly contour: number;
}

/** x, y, red, green, blue, and the embedding, one map a dimension, of the image's size. */
export function bilateralFeatures(
  { width, height, data }: ColourImage,
  embedding: readonly FloatMap[],
  deviations: FeatureDeviations,
): Features {
  const dimensions = 5 + embedding.length;
  const features = new Float32Array(dimensions * width * height);
  const { position, colour, contour } = deviations;
  for (let y = 0, pixel = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel += 3, i += dimensions) {
      features[i] = x / position;
      features[i + 1] = y / position;
      features[i + 2] = data[pixel]! / colour;
      features[i + 3] = data[pixel + 1]! / colour;
      features[i + 4] = data[pixel + 2]! / colour;
    }
  }
  embedding.forEach((map, k) => {
    for (let i = 5 + k, pixel = 0; i < features.length; i += dimensions, pixel++)
      features[i] = map.data[pixel]! / contour;
  });
  return { data: features, dimensions };
}
