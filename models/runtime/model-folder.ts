/**
 * Shipped models: a folder with `card.json` and the files that it names (`model.onnx`, what apps load;
 * `model.safetensors`, to go on training from). Every file is checked against the card before it is used.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expected, PocketlensError } from '../base/errors.js';
import { packageRoot } from '../base/paths.js';
import { type ModelCard, type ModelFile, parseModelCard } from './model-card.js';
import { REINSTALL, readModelFile } from './model-file.js';
import { openSession, type Session, verifyChecksum } from './session.js';

export const CARD_FILE = 'card.json';

export interface OpenModelOptions {
  /** Which of the card's files; "model" by default. */
  readonly role?: string;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly arena?: boolean;
}

export interface OpenModel {
  readonly card: ModelCard;
  readonly session: Session;
}

/** Folder of a model that comes with the package, or of any other when `name` is a path to one with a card. */
export function modelFolder(name: string): string {
  const shipped = join(packageRoot(), 'models', 'weights', name);
  return !existsSync(join(shipped, CARD_FILE)) && existsSync(join(name, CARD_FILE)) ? name : shipped;
}

/** @throws model_not_found, model_corrupt */
export async function readModelCard(folder: string): Promise<ModelCard> {
  const path = join(folder, CARD_FILE);
  const text = await readModelFile(path);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(text));
  } catch (cause) {
    throw new PocketlensError('model_corrupt', `Expected JSON in ${path} but it does not parse.`, {
      remedy: REINSTALL,
      details: { path },
      cause,
    });
  }
  return parseModelCard(value, path);
}

/** Whether the model's file is packed: it must be unpacked before it can be opened. */
export function isPacked({ files }: ModelCard): boolean {
  return files.model!.path.endsWith('.packed');
}

/** Reads one of the card's files and checks its size and checksum. @throws model_not_found, model_corrupt */
export async function readCardFile(folder: string, card: ModelCard, role: string): Promise<Uint8Array> {
  const file: ModelFile | undefined = Object.hasOwn(card.files, role) ? card.files[role] : undefined;
  if (!file) {
    const roles = Object.keys(card.files).join(', ');
    throw new PocketlensError(
      'model_not_found',
      `Expected a file "${role}" of model "${card.name}" but it has ${roles}.`,
    );
  }
  const path = join(folder, file.path);
  const bytes = await readModelFile(path);
  if (bytes.length !== file.bytes) {
    throw new PocketlensError(
      'model_corrupt',
      `Expected ${file.bytes} bytes for ${path} but received ${bytes.length}.`,
      { remedy: REINSTALL, details: { path, expected: file.bytes, actual: bytes.length } },
    );
  }
  verifyChecksum(bytes, file.sha256, path);
  return bytes;
}

/**
 * Opens the model of a folder.
 * @throws model_not_found, model_corrupt, unsupported_format for a packed file, engine_missing, interrupted
 */
export async function openModelFolder(folder: string, options: OpenModelOptions = {}): Promise<OpenModel> {
  const { role = 'model', ...session } = options;
  const card = await readModelCard(folder);
  if (role === 'model' && isPacked(card))
    throw expected('unsupported_format', 'an ONNX file', `the model ${folder}`, 'a packed one', {
      remedy:
        'The command unpacks it; in TypeScript give `loadPackedGraph` to `exportOnnx`, both of "pocketlens/compression".',
    });
  const bytes = await readCardFile(folder, card, role);
  return {
    card,
    session: await openSession(bytes, { ...session, name: join(folder, card.files[role]!.path) }),
  };
}
