/** Pictures whose subject is known: a red disc on a blue-grey ground. */
import sharp from 'sharp';

export interface DiscOptions {
  readonly width?: number;
  readonly height?: number;
  readonly format?: 'png' | 'jpeg';
  /** EXIF orientation. */
  readonly orientation?: number;
}

/** The disc lies in the middle of the left half; around it a ring of paler red, whose probability is about a half. */
export async function discPicture({
  width = 400,
  height = 300,
  format = 'png',
  orientation,
}: DiscOptions = {}) {
  const radius = Math.min(width, height) / 4;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="#8090a0"/>
    <circle cx="${width / 4}" cy="${height / 2}" r="${1.3 * radius}" fill="#c84848"/>
    <circle cx="${width / 4}" cy="${height / 2}" r="${radius}" fill="#ff0000"/></svg>`;
  const image = sharp(Buffer.from(svg)).flatten();
  if (orientation) image.withMetadata({ orientation });
  return image.toFormat(format, { quality: 95 }).toBuffer();
}
