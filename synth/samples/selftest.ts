/** Three clean lines: what `pocketlens selftest` reads. */
import sharp from 'sharp';
import { Artwork, type Faces } from './artwork.js';
import { fromCanvas, type Sample } from './picture.js';

export async function drawSelftest(faces: Faces): Promise<Sample> {
  const [width, height] = [520, 170];
  const art = new Artwork(width, height, '#ffffff');
  const style = { face: faces.face('Open Sans'), size: 27 };
  art.write('Pocketlens reads this picture', 30, 52, style);
  art.write('to check that it was installed', 30, 96, style);
  art.write('well: 0123456789.', 30, 140, style);
  const grey = fromCanvas(art.canvas)[0];
  const bytes = await sharp(grey.data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 9 })
    .toBuffer();
  return { file: 'selftest.png', bytes, text: art.lines.join('\n') };
}
