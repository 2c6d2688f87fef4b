import type { ManifestModel } from './models.js';

type Sets = NonNullable<ManifestModel['metrics']['int8']>;

/** What was measured of a model, by how it was run: a precision or, of a network with segments, none of them fed. */
export function measuredMetrics(model: ManifestModel): readonly (readonly [run: string, sets: Sets])[] {
  const segments = model.task === 'saliency' ? model.preprocessing.segments : null;
  const silenced = segments?.without.metrics ?? {};
  return [
    ...Object.entries(model.metrics),
    ...(Object.keys(silenced).length > 0 ? [['without superpixels', silenced] as const] : []),
  ];
}
