/** Downloads and the clipboard. */

import type { Pixels } from '../../../saliency/subject.js';
import { toBlob } from './open-picture.js';
import { canvasOfPixels } from './views.js';

export type SaveFormat = 'png' | 'webp' | 'jpeg';

const SUFFIX: Record<string, string> = {
  'image/png': 'png',
  'image/webp': 'webp',
  'image/jpeg': 'jpg',
  'application/json': 'json',
};

export function encode(pixels: Pixels, format: SaveFormat): Promise<Blob> {
  return toBlob(canvasOfPixels(pixels, format === 'jpeg'), `image/${format}`, 0.92);
}

/** @param stem of the file's name; its suffix follows from what the blob really is (a browser that writes no WebP gives PNG) */
export function download(blob: Blob, stem: string): string {
  const link = document.createElement('a');
  link.download = `${stem}.${SUFFIX[blob.type] ?? 'bin'}`;
  link.href = URL.createObjectURL(blob);
  link.click();
  // The download has its own hold on the blob once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return link.download;
}

export const canCopy = () => typeof ClipboardItem === 'function' && 'write' in (navigator.clipboard ?? {});

/** The blob is promised, not awaited: Safari lets a page write only while it handles the click. */
export async function copy(pixels: Pixels): Promise<void> {
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': encode(pixels, 'png') })]);
}
