/** Which of a bundle's files a model needs to run. */
import type { ManifestModel } from '../manifest/models.js';
import type { Variant } from '../manifest/parts.js';

/** Those of one of its variants, and what its post-processing looks things up in. */
export function neededFiles(model: ManifestModel, variant: Variant | undefined): string[] {
  const tables = model.task === 'text-recognition' ? [model.postprocessing.spelling.path] : [];
  return [...(variant?.files ?? []), ...tables];
}
