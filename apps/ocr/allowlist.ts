/** What an allowlist asks for, against what the recognizer can read. */
import { join } from 'node:path';
import { expected } from '../../models/base/errors.js';
import { packageRoot } from '../../models/base/paths.js';

/**
 * The characters of an allowlist that the recognizer does not know, each once.
 * @param charset of the recognizer; the space is known besides
 * @param name of the option, for the message
 * @throws invalid_argument where it knows none of them
 */
export function checkAllowlist(allowlist: string, charset: string, name: string): string {
  const known = new Set([...charset, ' ']);
  const wanted = [...new Set(allowlist.normalize('NFC'))];
  const unknown = wanted.filter((character) => !known.has(character));
  if (unknown.length === wanted.length)
    throw expected('invalid_argument', 'characters that the model can read', name, allowlist, {
      remedy: `It reads ${known.size} characters, which stand in the recognizer's card.`,
    });
  return unknown.join('');
}

/**
 * The same for the recognizer of a folder.
 * @param models folder of model folders; the shipped ones by default
 * @throws invalid_argument where it knows none of them, and what reading the model's card throws
 */
export async function unknownCharacters(allowlist: string, models?: string): Promise<string> {
  const { readModelCard } = await import('../../models/runtime/model-folder.js');
  const card = await readModelCard(join(models ?? join(packageRoot(), 'models', 'weights'), 'recognizer'));
  return checkAllowlist(allowlist, card.charset ?? '', '--allowlist');
}
