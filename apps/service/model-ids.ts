/** Names the weights in use, from the models' cards and the spelling model: equal ids give equal answers of one version. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ModelCard } from '../../models/runtime/model-card.js';
import { readModelCard } from '../../models/runtime/model-folder.js';
import { openSpelling } from '../../models/spelling/open-spelling.js';
import type { ModelInfo } from './compute/engine.js';

/** @param folder of model folders. @throws model_not_found, model_corrupt */
export async function readModelIds(folder: string): Promise<{ saliencyId: string; models: ModelInfo[] }> {
  const card = (name: string) => readModelCard(join(folder, name));
  const [saliency, detector, recognizer, spelling] = await Promise.all([
    card('saliency'),
    card('detector'),
    card('recognizer'),
    openSpelling(folder),
  ]);
  const saliencyId = idOf('saliency', [saliency]);
  const { charset } = recognizer;
  return {
    saliencyId,
    models: [
      { kind: 'subject', id: saliencyId },
      {
        kind: 'ocr',
        id: idOf('ocr', [detector, recognizer], [sha256(spelling.encode())]),
        ...(charset !== undefined && { charset }),
      },
    ],
  };
}

/**
 * `saliency@0.1.0-74651ae9f4a2`: version, and a digest of the files that run.
 * @param others hashes of files without a card
 */
function idOf(name: string, cards: readonly ModelCard[], others: readonly string[] = []): string {
  const sums = [...cards.map((card) => card.files.model?.sha256 ?? ''), ...others];
  return `${name}@${cards.map((card) => card.version).join('+')}-${sha256(sums.join()).slice(0, 12)}`;
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
