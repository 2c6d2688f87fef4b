/** What finding salient objects takes and gives, for whatever network does it. */
import type { ColourImage, FloatMap } from '../base/image.js';

export interface SaliencyPrediction {
  /** Probability in [0, 1] that a pixel belongs to what stands out, at the model's own resolution (the image is squashed to it). */
  readonly map: FloatMap;
  /** Probability in [0, 1] that the outline of what stands out passes through a pixel, where the model gives it; same size. */
  readonly contour?: FloatMap;
  /** The image at the size of the map: what refinement looks at. */
  readonly pixels: ColourImage;
}

export interface SaliencyModel {
  /** @param image upright, any size and aspect ratio */
  predict(image: ColourImage): Promise<SaliencyPrediction>;
  dispose(): Promise<void>;
}
