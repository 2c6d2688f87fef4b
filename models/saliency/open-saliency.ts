/** A shipped saliency network as a `SaliencyModel`: its model folder, run by ONNX Runtime. */
import { PocketlensError } from '../base/errors.js';
import type { ColourImage, FloatMap } from '../base/image.js';
import { openModelFolder } from '../runtime/model-folder.js';
import type { RuntimeTensor, Session } from '../runtime/session.js';
import { type SaliencyConfig, saliencyConfigSchema } from './config.js';
import { networkInput } from './network-input.js';
import type { SaliencyModel, SaliencyPrediction } from './saliency.js';
import { segmentFeeds } from './segment-feeds.js';
import { PAINT_STRIDE, POOL_STRIDE } from './segment-stream.js';

export interface OpenSaliencyOptions {
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** @throws model_not_found, model_corrupt, engine_missing, interrupted */
export async function openSaliency(
  folder: string,
  options: OpenSaliencyOptions = {},
): Promise<SaliencyModel> {
  const { threads, signal } = options;
  const { card, session } = await openModelFolder(folder, {
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  const parsed = saliencyConfigSchema.safeParse(card.config);
  if (!parsed.success) {
    await session.dispose();
    throw new PocketlensError(
      'model_corrupt',
      `Expected a saliency network's config in the card of ${folder}.`,
      {
        remedy: 'Name the folder of a saliency network, or install the package again.',
        cause: parsed.error,
      },
    );
  }
  return saliencyOf(session, parsed.data);
}

/** A saliency model over an open session, e.g. of a network that is not shipped. */
export function saliencyOf(
  session: Session,
  { side, segment }: Pick<SaliencyConfig, 'side' | 'segment'>,
): SaliencyModel {
  const feeds = (pixels: ColourImage): Record<string, RuntimeTensor> => {
    if (!segment) return {};
    const { pool, neighbours, paint, slots } = segmentFeeds(pixels, segment.counts);
    const [pooled, painted] = [POOL_STRIDE, PAINT_STRIDE].map((stride) => (side / stride) ** 2);
    return {
      pool: { data: pool, dims: [1, slots, pooled!] },
      neighbours: { data: neighbours, dims: [1, slots, slots] },
      paint: { data: paint, dims: [1, painted!, slots] },
    };
  };
  return {
    async predict(image: ColourImage): Promise<SaliencyPrediction> {
      const { data, pixels } = networkInput(image, side);
      const results = await session.run({
        image: { data, dims: [1, 3, side, side] },
        ...feeds(pixels),
      });
      const contour = results.contour && toMap(results.contour, side);
      return { map: toMap(results.saliency, side), pixels, ...(contour && { contour }) };
    },
    dispose: () => session.dispose(),
  };
}

function toMap(tensor: RuntimeTensor | undefined, side: number): FloatMap {
  const data = tensor?.data;
  if (data instanceof Float32Array && data.length === side * side) return { width: side, height: side, data };
  throw new PocketlensError(
    'model_corrupt',
    `Expected a map of ${side} × ${side} values from a saliency network but received another.`,
    { remedy: 'Name the folder of a saliency network, or install the package again.' },
  );
}
