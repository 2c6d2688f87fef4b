/** A shipped detector as a `Detector`: its model folder, run by ONNX Runtime. */
import { PocketlensError } from '../base/errors.js';
import type { GrayImage } from '../base/image.js';
import { openModelFolder } from '../runtime/model-folder.js';
import type { RuntimeTensor, Session } from '../runtime/session.js';
import { type DetectorConfig, detectorConfigSchema } from './config.js';
import { detectPage } from './detect-page.js';
import type { DetectedLine, DetectOptions, Detector } from './detection.js';
import { CORE_STRIDE, type DetectionMaps, GEOMETRY_CHANNELS, GEOMETRY_STRIDE } from './maps.js';
import type { PreparedPage } from './preprocess.js';

export interface OpenDetectorOptions {
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Probability above which a cell belongs to a line's core; default 0.5. */
  readonly threshold?: number;
  /** Lines less certain than this are left out; default 0.6. */
  readonly minConfidence?: number;
}

/** @throws model_not_found, model_corrupt, engine_missing, interrupted */
export async function openDetector(folder: string, options: OpenDetectorOptions = {}): Promise<Detector> {
  const { threads, signal, threshold, minConfidence } = options;
  const { card, session } = await openModelFolder(folder, {
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  const parsed = detectorConfigSchema.safeParse(card.config);
  if (!parsed.success) {
    await session.dispose();
    throw new PocketlensError('model_corrupt', `Expected a detector's config in the card of ${folder}.`, {
      remedy: 'Name the folder of a detector, or install the package again.',
      cause: parsed.error,
    });
  }
  return detectorOf(session, parsed.data, {
    ...(threshold !== undefined && { threshold }),
    ...(minConfidence !== undefined && { minConfidence }),
  });
}

/** A detector over an open session, e.g. of a model that is not shipped. */
export function detectorOf(
  session: Session,
  config: Pick<DetectorConfig, 'core' | 'heights' | 'scales'>,
  defaults: Pick<OpenDetectorOptions, 'threshold' | 'minConfidence'> = {},
): Detector {
  const input = session.inputs[0]?.name ?? 'image';
  // One channel: batch × height × width × 1 and batch × 1 × height × width hold the same numbers.
  const channelsFirst = session.inputs[0]?.shape[1] === 1;
  const run = async (page: PreparedPage): Promise<DetectionMaps> => {
    const { width, height, data } = page;
    const dims = channelsFirst ? [1, 1, height, width] : [1, height, width, 1];
    const results = await session.run({ [input]: { data, dims } });
    return toMaps(results, width, height);
  };
  return {
    detect: (image: GrayImage, options?: DetectOptions): Promise<DetectedLine[]> =>
      detectPage(image, config, run, { ...defaults, ...options }),
    dispose: () => session.dispose(),
  };
}

function toMaps(results: Record<string, RuntimeTensor>, width: number, height: number): DetectionMaps {
  const coreWidth = width / CORE_STRIDE;
  const coreHeight = height / CORE_STRIDE;
  const geometryWidth = width / GEOMETRY_STRIDE;
  const geometryHeight = height / GEOMETRY_STRIDE;
  const core = results.core?.data;
  const geometry = results.geometry;
  const cells = geometryWidth * geometryHeight;
  if (
    !(core instanceof Float32Array && core.length === coreWidth * coreHeight) ||
    !(geometry?.data instanceof Float32Array && geometry.data.length === cells * GEOMETRY_CHANNELS)
  ) {
    throw new PocketlensError(
      'model_corrupt',
      'Expected the maps "core" and "geometry" of a detector but received others.',
      {
        remedy: 'Name the folder of a detector, or install the package again.',
      },
    );
  }
  const last = geometry.dims[geometry.dims.length - 1];
  return {
    coreWidth,
    coreHeight,
    core,
    geometryWidth,
    geometryHeight,
    geometry: last === GEOMETRY_CHANNELS ? geometry.data : channelsLast(geometry.data, cells),
  };
}

function channelsLast(planes: Float32Array, cells: number): Float32Array {
  const out = new Float32Array(planes.length);
  for (let c = 0; c < GEOMETRY_CHANNELS; c++) {
    for (let i = 0, o = c, p = c * cells; i < cells; i++, o += GEOMETRY_CHANNELS) out[o] = planes[p + i]!;
  }
  return out;
}
