/** A shipped saliency network as a `SaliencyModel`: its model folder, run by ONNX Runtime. */
import { PocketlensError } from '../base/errors.js';
import type { ColourImage, FloatMap } from '../base/image.js';
import { openModelFolder } from '../runtime/model-folder.js';
import type { RuntimeTensor, Session } from '../runtime/session.js';
import { type SaliencyConfig, saliencyConfigSchema } from './config.js';
import { meanWithMirrored, mirrorPlanes, mirrorSegments } from './mirror.js';
import { networkInput } from './network-input.js';
import type { SaliencyModel, SaliencyPrediction } from './saliency.js';
import { type SegmentFeeds, segmentFeeds } from './segment-feeds.js';
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

/**
 * A saliency model over an open session, e.g. of a network that is not shipped.
 * @param options `withoutSegments` feeds zeros in place of superpixels: what the dense stream finds alone
 */
export function saliencyOf(
  session: Session,
  { side, segment, mirror }: Pick<SaliencyConfig, 'side' | 'segment' | 'mirror'>,
  { withoutSegments = false }: { readonly withoutSegments?: boolean } = {},
): SaliencyModel {
  const run = async (data: Float32Array, segments: SegmentFeeds | undefined) => {
    const image = { data, dims: [1, 3, side, side] };
    const results = await session.run({ image, ...(segments && matrices(segments, side)) });
    const contour = results.contour && toMap(results.contour, side);
    return { map: toMap(results.saliency, side), contour };
  };
  return {
    async predict(image: ColourImage): Promise<SaliencyPrediction> {
      const { data, pixels } = networkInput(image, side);
      const segments = segment ? segmentFeeds(pixels, segment.counts) : undefined;
      if (segments && withoutSegments)
        for (const matrix of [segments.pool, segments.neighbours, segments.paint]) matrix.fill(0);
      const found = await run(data, segments);
      if (!mirror) return prediction(found, pixels);
      // One after the other and no batch of two: models may be made for one image at a time.
      const other = await run(mirrorPlanes(data, side), segments && mirrorSegments(segments, side));
      return prediction(
        {
          map: meanWithMirrored(found.map, other.map),
          contour: found.contour && other.contour && meanWithMirrored(found.contour, other.contour),
        },
        pixels,
      );
    },
    dispose: () => session.dispose(),
  };
}

interface Found {
  readonly map: FloatMap;
  readonly contour: FloatMap | undefined;
}

const prediction = ({ map, contour }: Found, pixels: ColourImage): SaliencyPrediction => ({
  map,
  pixels,
  ...(contour && { contour }),
});

function matrices(
  { pool, neighbours, paint, slots }: SegmentFeeds,
  side: number,
): Record<string, RuntimeTensor> {
  const [pooled, painted] = [POOL_STRIDE, PAINT_STRIDE].map((stride) => (side / stride) ** 2);
  return {
    pool: { data: pool, dims: [1, slots, pooled!] },
    neighbours: { data: neighbours, dims: [1, slots, slots] },
    paint: { data: paint, dims: [1, painted!, slots] },
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
