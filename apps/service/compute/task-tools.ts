/** What both kinds of tasks use. */
import type { SaliencyModel } from '../../../models/saliency/saliency.js';
import type { PageReader } from '../../ocr/read-page.js';

export interface TaskModels {
  saliency(): Promise<SaliencyModel>;
  reader(): Promise<PageReader>;
  /** Names the saliency model in figures. */
  readonly saliencyId: string;
  readonly version: string;
}

/** What a picture is called in messages. */
export const UPLOAD = 'the upload';

/** Bytes in a buffer of their own, which a thread can hand over. */
export function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes);
}
