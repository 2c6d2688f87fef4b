/** Sharpens a saliency map along the edges of its image by a fully connected CRF of two labels. */
import { expected } from '../../base/errors.js';
import type { ColourImage, FloatMap } from '../../base/image.js';
import { contourEmbedding } from './contour-embedding.js';
import { bilateralFeatures } from './features.js';
import { meanField, type PairwiseTerm } from './mean-field.js';
import { type CrfOptions, type ResolvedCrfOptions, resolveCrfOptions } from './options.js';
import { PermutohedralLattice } from './permutohedral-lattice.js';
import { SmoothnessKernel } from './smoothness-kernel.js';

/** Probabilities are kept this far from 0 and 1: no pixel is so certain that the others could not outvote it. */
const LEAST_DOUBT = 1e-5;

export interface RefineOptions extends CrfOptions {
  /** Probability in [0, 1] that the outline of what stands out passes through a pixel; of the map's size. */
  readonly contour?: FloatMap;
}

/**
 * Refines a map by the fully connected CRF of Krähenbühl and Koltun (2011); with a contour, its embedding joins position
 * and colour in the bilateral term (Li and Yu 2018).
 * @param pixels the image at the size of the map
 * @param map probability in [0, 1] that a pixel stands out
 * @returns probability in [0, 1], of the same size
 * @throws invalid_argument for options out of range; invalid_image for an image without pixels; invalid_data for a map or
 *   contour of another size or with values outside [0, 1]; limit_exceeded for deviations that are too small together
 */
export function refineMap(pixels: ColourImage, map: FloatMap, options: RefineOptions = {}): FloatMap {
  const { contour, ...rest } = options;
  const resolved = resolveCrfOptions(rest);
  checkImage(pixels);
  checkMap(map, 'the map', pixels);
  if (contour) checkMap(contour, 'the contour', pixels);
  const terms = resolved.iterations > 0 ? pairwiseTerms(pixels, contour, resolved) : [];
  const data = meanField(logOdds(map, resolved.unaryWeight), terms, resolved.iterations);
  return { width: map.width, height: map.height, data };
}

function pairwiseTerms(
  pixels: ColourImage,
  contour: FloatMap | undefined,
  options: ResolvedCrfOptions,
): PairwiseTerm[] {
  const terms: PairwiseTerm[] = [];
  if (options.bilateralWeight > 0) {
    const embedding =
      contour && options.contourDimensions > 0
        ? contourEmbedding(contour, {
            dimensions: options.contourDimensions,
            grid: options.contourGrid,
            radius: options.contourRadius,
            strength: options.contourStrength,
          })
        : [];
    const { data, dimensions } = bilateralFeatures(pixels, embedding, {
      position: options.bilateralPosition,
      colour: options.bilateralColour,
      contour: options.contourDeviation,
    });
    const kernel = new PermutohedralLattice(data, dimensions);
    kernel.normalise();
    terms.push({ weight: options.bilateralWeight, kernel });
  }
  if (options.smoothnessWeight > 0) {
    const kernel = new SmoothnessKernel(pixels.width, pixels.height, options.smoothnessPosition);
    terms.push({ weight: options.smoothnessWeight, kernel });
  }
  return terms;
}

function logOdds({ data }: FloatMap, weight: number): Float32Array {
  const logits = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const doubtful = Math.min(Math.max(data[i]!, LEAST_DOUBT), 1 - LEAST_DOUBT);
    logits[i] = weight * Math.log(doubtful / (1 - doubtful));
  }
  return logits;
}

function checkImage({ width, height, data }: ColourImage): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw expected('invalid_image', 'at least one pixel', 'the image', `${width}x${height}`);
  if (data.length !== 3 * width * height)
    throw expected('invalid_image', `${3 * width * height} bytes`, 'the image', data.length);
}

function checkMap(map: FloatMap, name: string, { width, height }: ColourImage): void {
  if (map.width !== width || map.height !== height || map.data.length !== width * height) {
    const actual = `${map.width}x${map.height} with ${map.data.length} values`;
    throw expected('invalid_data', `the size of the image, ${width}x${height},`, name, actual, {
      remedy: 'Resize the image to the size of the map first.',
    });
  }
  for (let i = 0; i < map.data.length; i++) {
    const p = map.data[i]!;
    if (!(p >= 0 && p <= 1)) throw expected('invalid_data', 'probabilities from 0 to 1', name, p);
  }
}
