/** A shipped saliency network as a `SaliencyModel`: its model folder, run by ONNX Runtime. */
import { PocketlensError } from '../base/errors.js';
import type { ColourImage, FloatMap } from '../base/image.js';
import { openModelFolder } from '../runtime/model-folder.js';
import type { RuntimeTensor, Session } from '../runtime/session.js';
import { type SaliencyConfig, saliencyConfigSchema } from './config.js';
import { meanWithMirrored, mirrorInput, mirrorSegments } from './mirror.js';
import { type NetworkInput, networkInput } from './network-input.js';
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

/**
 * A saliency model over an open session, e.g. of a network that is not shipped.
 * @param options `withoutSegments` feeds zeros in place of superpixels: what the dense stream finds alone
 */
export function saliencyOf(
  session: Session,
  { side, segment, mirror }: Pick<SaliencyConfig, 'side' | 'segment' | 'mirror'>,
  { withoutSegments = false }: { readonly withoutSegments?: boolean } = {},
): SaliencyModel {
  /** One image after the other, or a photograph and its mirror image: a batch of both. */
  const feeds = (inputs: readonly NetworkInput[]): Record<string, RuntimeTensor> => {
    const count = inputs.length;
    const image = { data: joined(inputs.map(({ data }) => data)), dims: [count, 3, side, side] };
    if (!segment) return { image };
    const own = segmentFeeds(inputs[0]!.pixels, segment.counts);
    if (withoutSegments) for (const matrix of [own.pool, own.neighbours, own.paint]) matrix.fill(0);
    const all = count === 1 ? [own] : [own, mirrorSegments(own, side)];
    const { slots } = own;
    const [pooled, painted] = [POOL_STRIDE, PAINT_STRIDE].map((stride) => (side / stride) ** 2);
    return {
      image,
      pool: { data: joined(all.map(({ pool }) => pool)), dims: [count, slots, pooled!] },
      neighbours: { data: joined(all.map(({ neighbours }) => neighbours)), dims: [count, slots, slots] },
      paint: { data: joined(all.map(({ paint }) => paint)), dims: [count, painted!, slots] },
    };
  };
  return {
    async predict(image: ColourImage): Promise<SaliencyPrediction> {
      const input = networkInput(image, side);
      const results = await session.run(feeds(mirror ? [input, mirrorInput(input)] : [input]));
      const mapOf = (tensor: RuntimeTensor | undefined): FloatMap => {
        const [map, mirrored] = toMaps(tensor, side, mirror ? 2 : 1);
        return mirrored ? meanWithMirrored(map!, mirrored) : map!;
      };
      return {
        map: mapOf(results.saliency),
        pixels: input.pixels,
        ...(results.contour && { contour: mapOf(results.contour) }),
      };
    },
    dispose: () => session.dispose(),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function toMaps(tensor: RuntimeTensor | undefined, side: number, count: number): FloatMap[] {
  const data = tensor?.data;
  const size = side * side;
  if (data instanceof Float32Array && data.length === count * size)
    return Array.from({ length: count }, (_, i) => ({
      width: side,
      height: side,
      data: data.subarray(i * size, (i + 1) * size),
    }));
  throw new PocketlensError(
    'model_corrupt',
    `Expected a map of ${side} × ${side} values from a saliency network but received another.`,
    { remedy: 'Name the folder of a saliency network, or install the package again.' },
  );
}
