/** The figures of one photograph that `saliency-figures.ts` adds up. */
import type { SaliencyConfig } from '../../models/saliency/config.js';
import type { SaliencyModel } from '../../models/saliency/saliency.js';
import { decodePicture } from '../files/decode-picture.js';
import { binaryMask } from './scoring/saliency/binary-mask.js';
import { loadGrayValues, type SaliencySample } from './scoring/saliency/labelled-set.js';
import { resizeBilinear } from './scoring/saliency/resize-bilinear.js';
import { counts } from './scoring/saliency/score-set.js';
import { structureMeasure } from './scoring/saliency/structure-measure.js';
import { countThresholds, precisionAt, recallAt, THRESHOLDS } from './scoring/saliency/threshold-counts.js';

/** A network as it is deployed, ready to be handed to a thread. */
export interface JudgedSaliency {
  readonly onnx: Uint8Array;
  readonly config: SaliencyConfig;
  /** Zeros in place of superpixels: what the dense stream finds alone. */
  readonly withoutSegments?: boolean;
}

export interface SampleFigures {
  /** By threshold, 0 to 255. */
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly structure: number;
  readonly mae: number;
}

/** Undefined for a mask that does not count. */
export async function sampleFigures(
  model: SaliencyModel,
  sample: SaliencySample,
): Promise<SampleFigures | undefined> {
  const mask = binaryMask(await loadGrayValues(sample.mask));
  if (!counts(mask)) return undefined;
  const { map } = await model.predict(await decodePicture({ path: sample.image }));
  const bytes = new Uint8Array(map.data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(255 * map.data[i]!);
  const found = resizeBilinear({ ...map, data: bytes }, mask.width, mask.height);
  const counted = countThresholds(found, mask);
  let error = 0;
  for (let i = 0; i < found.data.length; i++) error += Math.abs(found.data[i]! / 255 - mask.data[i]!);
  return {
    precision: Float64Array.from({ length: THRESHOLDS }, (_, t) => precisionAt(counted, t)),
    recall: Float64Array.from({ length: THRESHOLDS }, (_, t) => recallAt(counted, t)),
    structure: structureMeasure(found, mask),
    mae: error / found.data.length,
  };
}
