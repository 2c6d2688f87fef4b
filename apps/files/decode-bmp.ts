/** BMP, which sharp does not read, decoded by @napi-rs/canvas. */
import { PocketlensError } from '../../models/base/errors.js';
import type { ColourImage } from '../../models/base/image.js';

/**
 * @param checkSize called with the size that the header states, before anything is decoded; throws to refuse it.
 * @returns the picture on white. @throws invalid_image
 */
export async function decodeBmp(
  bytes: Buffer,
  name: string,
  checkSize: (width: number, height: number) => void,
): Promise<ColourImage> {
  const { width, height } = headerSize(bytes, name);
  checkSize(width, height);
  try {
    const { createCanvas, loadImage } = await import('@napi-rs/canvas');
    const image = await loadImage(bytes);
    if (image.width !== width || image.height !== height)
      throw new Error(`its header says ${width}x${height}`);
    const context = createCanvas(width, height).getContext('2d');
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; to < data.length; from += 4) {
      data[to++] = rgba[from]!;
      data[to++] = rgba[from + 1]!;
      data[to++] = rgba[from + 2]!;
    }
    return { width, height, data };
  } catch (error) {
    throw new PocketlensError(
      'invalid_image',
      `Expected a whole BMP image for ${name} but decoding it failed: ${(error as Error).message}.`,
      { remedy: 'Save it as PNG.', cause: error },
    );
  }
}

/** The old header (12 bytes) holds 16-bit sizes, all later ones 32-bit; a negative height means rows from the top. */
function headerSize(bytes: Buffer, name: string): { width: number; height: number } {
  if (bytes.length < 26)
    throw new PocketlensError(
      'invalid_image',
      `Expected a whole BMP header for ${name} but received ${bytes.length} bytes.`,
    );
  return bytes.readUInt32LE(14) === 12
    ? { width: bytes.readUInt16LE(18), height: bytes.readUInt16LE(20) }
    : { width: Math.abs(bytes.readInt32LE(18)), height: Math.abs(bytes.readInt32LE(22)) };
}
