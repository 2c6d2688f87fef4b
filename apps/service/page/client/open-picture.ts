/** A file becomes a picture that can be shown, sent and cut. */
import type { Picture } from '../../../saliency/subject.js';
import { context2d, scratch } from './dom.js';

export interface OpenPicture {
  /** The file's name without its suffix: downloads are named after it. */
  readonly stem: string;
  /** What is sent. */
  readonly blob: Blob;
  readonly bitmap: ImageBitmap;
  /** Of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** The picture as it is shown while sliders move: at most PREVIEW_PIXELS. */
  readonly preview: Picture;
  /** What was done to it. */
  readonly note?: string;
}

/** Larger canvases fail on phones, and silently. */
const MOST_PIXELS = 4096 * 4096;
/** Redrawn for every step of a slider. */
const PREVIEW_PIXELS = 1_500_000;

/** A file that this browser cannot show. */
export class NoPicture extends Error {}

/** @throws NoPicture */
export async function openPicture(file: Blob, name: string, mostPixels = MOST_PIXELS): Promise<OpenPicture> {
  const stem = name.replace(/\.[^.]*$/, '') || 'image';
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw new NoPicture(name, { cause });
  }
  const { width, height } = bitmap;
  if (width * height <= mostPixels) return describe(stem, file, bitmap);
  const scale = Math.sqrt(mostPixels / (width * height));
  const canvas = drawn(bitmap, Math.floor(width * scale), Math.floor(height * scale));
  bitmap.close();
  const type = /png|webp|gif|avif/.test(file.type) ? 'image/webp' : 'image/jpeg';
  const blob = await toBlob(canvas, type, 0.93);
  const note = `Made smaller for this page, from ${width} × ${height}. The command and the API take pictures whole.`;
  return { ...describe(stem, blob, await createImageBitmap(canvas)), note };
}

function describe(stem: string, blob: Blob, bitmap: ImageBitmap): OpenPicture {
  const { width, height } = bitmap;
  const scale = Math.min(1, Math.sqrt(PREVIEW_PIXELS / (width * height)));
  const preview = pixelsOf(
    bitmap,
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  );
  return { stem, blob, bitmap, width, height, preview };
}

/** The bitmap's pixels at a size. */
export function pixelsOf(bitmap: ImageBitmap, width: number, height: number): Picture {
  const { data: rgba } = context2d(drawn(bitmap, width, height)).getImageData(0, 0, width, height);
  const count = width * height;
  const data = new Uint8Array(3 * count);
  const alpha = new Uint8Array(count);
  let isOpaque = true;
  for (let index = 0; index < count; index++) {
    data[3 * index] = rgba[4 * index]!;
    data[3 * index + 1] = rgba[4 * index + 1]!;
    data[3 * index + 2] = rgba[4 * index + 2]!;
    alpha[index] = rgba[4 * index + 3]!;
    if (alpha[index] !== 255) isOpaque = false;
  }
  return isOpaque ? { width, height, data } : { width, height, data, alpha };
}

/** The red channel of a grey picture, at a size. */
export function greyOf(bitmap: ImageBitmap, width: number, height: number): Uint8Array {
  const { data: rgba } = context2d(drawn(bitmap, width, height)).getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height);
  for (let index = 0; index < data.length; index++) data[index] = rgba[4 * index]!;
  return data;
}

function drawn(bitmap: ImageBitmap, width: number, height: number): HTMLCanvasElement {
  const canvas = scratch(width, height);
  const context = context2d(canvas);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

/** @throws where the browser cannot encode it, as for canvases that are too large for it. */
export function toBlob(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null) =>
      blob ? resolve(blob) : reject(new Error(`This browser could not write ${type}.`));
    canvas.toBlob(done, type, quality);
  });
}
