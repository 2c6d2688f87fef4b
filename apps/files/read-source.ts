/** Gets the bytes of one input (a path or standard input) under a limit, with a coded error for all that can go wrong. */
import { open } from 'node:fs/promises';
import { PocketlensError } from '../../models/base/errors.js';

/** Where an image comes from. `name` is what messages and results call it. */
export type ImageSource = { readonly path: string } | { readonly bytes: Uint8Array; readonly name: string };

export function sourceName(source: ImageSource): string {
  return 'path' in source ? source.path : source.name;
}

/** @throws input_not_found, input_unreadable, invalid_image (empty), limit_exceeded */
export async function readSource(source: ImageSource, maxBytes: number): Promise<Buffer> {
  const name = sourceName(source);
  const bytes =
    'path' in source
      ? await readFileBytes(source.path, maxBytes)
      : Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength);
  if (bytes.length > maxBytes) throw tooLarge(name, maxBytes);
  if (bytes.length === 0)
    throw new PocketlensError('invalid_image', `Expected an image for ${name} but received an empty file.`, {
      remedy: 'Check that it was copied completely.',
    });
  return bytes;
}

async function readFileBytes(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (stat.isDirectory())
        throw new PocketlensError(
          'input_unreadable',
          `Expected an image file for ${path} but received a folder.`,
        );
      if (stat.isFile()) {
        if (stat.size > maxBytes) throw tooLarge(path, maxBytes);
        return await file.readFile();
      }
      // A pipe or a device has no size to ask for and may never end.
      return await collect(file.createReadStream({ autoClose: false }), path, maxBytes);
    } finally {
      await file.close().catch(() => {});
    }
  } catch (error) {
    throw asInputError(error, path);
  }
}

/** All bytes of a stream. @throws limit_exceeded past `maxBytes`. */
export async function collect(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  maxBytes: number,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > maxBytes) throw tooLarge(name, maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Turns what the file system throws into a coded error. */
export function asInputError(error: unknown, path: string): PocketlensError {
  if (error instanceof PocketlensError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new PocketlensError('input_not_found', `Expected a file or folder at ${path} but found none.`, {
      remedy: 'Check the path.',
      cause: error,
    });
  const reason =
    code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : (code ?? (error as Error).message);
  return new PocketlensError('input_unreadable', `Expected to read ${path} but received: ${reason}.`, {
    remedy: 'Check the permissions of the file and of its folder.',
    cause: error,
  });
}

function tooLarge(name: string, maxBytes: number): PocketlensError {
  return new PocketlensError(
    'limit_exceeded',
    `Expected at most ${maxBytes < 1048576 ? `${maxBytes} bytes` : `${Math.floor(maxBytes / 1048576)} MiB`} for ${name} but received more.`,
    { remedy: 'Make the file smaller or raise --max-bytes.', details: { maxBytes } },
  );
}
