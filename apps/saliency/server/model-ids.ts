/** Names the weights in use, from the models' cards: equal ids give equal answers. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import { readModelCard } from '../../../models/runtime/model-folder.js';
import type { ModelInfo } from './compute/engine.js';

/** @param folder of model folders. @throws model_not_found, model_corrupt */
export async function readModelIds(folder: string): Promise<{ saliencyId: string; models: ModelInfo[] }> {
  const card = (name: string) => readModelCard(join(folder, name));
  const [saliency, detector, recognizer] = await Promise.all([
    card('saliency'),
    card('detector'),
    card('recognizer'),
  ]);
  const saliencyId = idOf('saliency', [saliency!]);
  return {
    saliencyId,
    models: [
      { kind: 'subject', id: saliencyId },
      { kind: 'ocr', id: idOf('ocr', [detector!, recognizer!]) },
    ],
  };
}

/** `saliency@0.1.0-74651ae9f4a2`: version, and a digest of the files that run. */
function idOf(name: string, cards: readonly ModelCard[]): string {
  const sums = cards.map((card) => card.files.model?.sha256 ?? '');
  const digest = createHash('sha256').update(sums.join()).digest('hex').slice(0, 12);
  return `${name}@${cards.map((card) => card.version).join('+')}-${digest}`;
}
