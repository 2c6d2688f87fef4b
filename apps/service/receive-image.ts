/** Gets the one image of a request into memory: a raw body, or the file of a form with its other fields. */
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { PocketlensError } from '../../models/base/errors.js';
import { sniffImage } from '../files/image-kind.js';
import { FORM_LIMITS } from './limits.js';
import { unlessAborted } from './request-scope.js';

export interface ReceivedImage {
  /** In a buffer of its own, so that it can be handed to a thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The form's fields besides the file. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What a raw body may call itself. What it is, its first bytes say. */
export const RAW_TYPES = [
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/avif',
  'image/tiff',
  'image/gif',
  'image/bmp',
  'application/octet-stream',
] as const;

/** @throws unsupported_format, invalid_request, invalid_image, limit_exceeded, the signal's reason */
export async function receiveImage(
  request: FastifyRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ReceivedImage> {
  const length = Number(request.headers['content-length'] ?? 0);
  // A form is longer than its file.
  if (length > maxBytes + (request.isMultipart() ? 65536 : 0)) throw tooLarge(maxBytes);
  const received = request.isMultipart() ? receiveForm(request, maxBytes) : receiveRaw(request, maxBytes);
  const image = await unlessAborted(received, signal);
  checkKind(image.bytes);
  return image;
}

async function receiveRaw(request: FastifyRequest, maxBytes: number): Promise<ReceivedImage> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    // A stream that is left early must live on: the answer goes over the same connection.
    for await (const part of request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof PocketlensError) throw error;
    throw truncated(error);
  }
  return { bytes: joined(parts, size), fields: {} };
}

async function receiveForm(request: FastifyRequest, maxBytes: number): Promise<ReceivedImage> {
  const fields: Record<string, string> = {};
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const limits = { ...FORM_LIMITS, files: 1, parts: FORM_LIMITS.fields + 1, fileSize: maxBytes };
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'file') bytes = await readFile(part, maxBytes);
      else addField(fields, part.fieldname, part);
    }
  } catch (error) {
    if (error instanceof PocketlensError || (error as { code?: string }).code?.startsWith('FST_'))
      throw error;
    throw new PocketlensError('invalid_request', 'Expected a well-formed multipart body but it is damaged.', {
      remedy: 'Send multipart/form-data with a boundary, each part and the end as RFC 7578 has it.',
      cause: error,
    });
  }
  if (!bytes)
    throw new PocketlensError('invalid_request', 'Expected a file in the field "file" but received none.', {
      remedy: 'Send the image as the form field "file", or as the raw body.',
    });
  return { bytes, fields };
}

async function readFile(part: MultipartFile, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of part.file as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    chunks.push(chunk);
  }
  if (part.file.truncated) throw tooLarge(maxBytes);
  if (part.fieldname !== 'file')
    throw new PocketlensError(
      'invalid_request',
      `Expected the image in the field "file" but received "${part.fieldname.slice(0, 60)}".`,
    );
  return joined(chunks, size);
}

interface FieldPart {
  readonly value: unknown;
  readonly valueTruncated: boolean;
  readonly fieldnameTruncated: boolean;
}

function addField(fields: Record<string, string>, name: string, part: FieldPart): void {
  if (part.valueTruncated || part.fieldnameTruncated)
    throw new PocketlensError('limit_exceeded', `Expected a shorter field than "${name.slice(0, 60)}".`);
  if (typeof part.value !== 'string')
    throw new PocketlensError('invalid_request', `Expected text for the field "${name.slice(0, 60)}".`);
  if (Object.hasOwn(fields, name))
    throw new PocketlensError('invalid_argument', `Expected one value for ${name} but received several.`);
  fields[name] = part.value;
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Drawings are refused: an SVG is a program, and a photograph is none. */
function checkKind(bytes: Uint8Array): void {
  if (bytes.length === 0)
    throw new PocketlensError('invalid_image', 'Expected an image but received an empty body.');
  const sniffed = sniffImage(Buffer.from(bytes.buffer, 0, Math.min(4096, bytes.length)));
  if (sniffed && 'kind' in sniffed && sniffed.kind !== 'svg') return;
  const other = sniffed && 'other' in sniffed ? sniffed.other : sniffed ? 'an SVG drawing' : 'unknown data';
  throw new PocketlensError(
    'unsupported_format',
    `Expected a JPEG, PNG, WebP, TIFF, GIF, AVIF or BMP image but received ${other}.`,
    { remedy: 'Send a photograph in one of these formats.' },
  );
}

const tooLarge = (maxBytes: number) =>
  new PocketlensError('limit_exceeded', `Expected at most ${maxBytes} bytes but received more.`, {
    remedy: 'Send a smaller file.',
    details: { maxBytes },
  });

const truncated = (cause: unknown) =>
  new PocketlensError('invalid_request', 'Expected the whole body but the connection ended before.', {
    cause,
  });
