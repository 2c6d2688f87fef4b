/** The saliency network that apps use, and what to call it in results. */
import type { SaliencyModel } from '../../models/saliency/saliency.js';

export interface NamedModel {
  readonly model: SaliencyModel;
  /** The card's name and version, e.g. `saliency-1.0.0`. */
  readonly id: string;
}

export interface OpenModelOptions {
  readonly threads?: number;
  /** A model folder; the shipped one by default. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/** @throws model_not_found, model_corrupt, engine_missing, the signal's reason */
export async function openNamedModel(options: OpenModelOptions = {}): Promise<NamedModel> {
  const { threads, signal } = options;
  const [{ modelFolder, readModelCard }, { openSaliency }] = await Promise.all([
    import('../../models/runtime/model-folder.js'),
    import('../../models/saliency/open-saliency.js'),
  ]);
  const folder = options.folder ?? modelFolder('saliency');
  const { name, version } = await readModelCard(folder);
  const model = await openSaliency(folder, {
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  return { model, id: `${name}-${version}` };
}
