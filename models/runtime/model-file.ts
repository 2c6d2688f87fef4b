/** Reading a model's files, and what to do about one that is missing or damaged. */
import { readFile } from 'node:fs/promises';
import { PocketlensError } from '../base/errors.js';

export const REINSTALL = 'Install the package again or export the model anew.';

/** @throws model_not_found */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new PocketlensError(
      'model_not_found',
      missing
        ? `Expected a model file ${path} but found none.`
        : `Expected to read the model file ${path} but could not: ${firstLine(cause)}.`,
      {
        remedy: missing ? REINSTALL : 'Check that it is a file and its permissions.',
        details: { path },
        cause,
      },
    );
  }
}

/** Messages of libraries may run over many lines and name their own source files. */
export function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return (message.split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 300);
}
