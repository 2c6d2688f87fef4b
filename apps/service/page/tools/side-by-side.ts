/** Photographs of a page beside each other, as a README shows them. */
import { loadSharp } from '../../../files/decode-image.js';

const GAP = 24;

/** @param pictures encoded. @returns WebP, their corners rounded and the ground transparent */
export async function sideBySide(pictures: readonly Buffer[]): Promise<Buffer> {
  const sharp = await loadSharp();
  const parts = await Promise.all(pictures.map(rounded));
  const width = parts.reduce((sum, part) => sum + part.width + GAP, -GAP);
  const height = Math.max(...parts.map((part) => part.height));
  let left = 0;
  const placed = parts.map(({ bytes, width }) => {
    const place = { input: bytes, left, top: 0 };
    left += width + GAP;
    return place;
  });
  return sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .composite(placed)
    .webp({ quality: 80 })
    .toBuffer();
}

async function rounded(picture: Buffer) {
  const sharp = await loadSharp();
  const { width = 0, height = 0 } = await sharp(picture).metadata();
  const mask = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" rx="14"/></svg>`,
  );
  const bytes = await sharp(picture)
    .ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }])
    .png()
    .toBuffer();
  return { bytes, width, height };
}
