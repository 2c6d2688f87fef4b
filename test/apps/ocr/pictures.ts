/** Image files for tests, all made here. */
import sharp from 'sharp';

/** A small page: dark bars on white, in colour so that conversions show. */
export function barsSvg(width = 120, height = 80): string {
  const bars = Array.from(
    { length: 5 },
    (_, i) => `<rect x="10" y="${10 + 13 * i}" width="${60 + 8 * i}" height="6" fill="#203040"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${bars.join('')}</svg>`;
}

export const bars = (width?: number, height?: number) =>
  sharp(Buffer.from(barsSvg(width, height))).flatten({ background: '#fff' });

/** A TIFF file of several pages of one size. */
export async function tiffOf(pages: number): Promise<Buffer> {
  const page = await bars().png().toBuffer();
  return sharp(Array<Buffer>(pages).fill(page), { join: { animated: true } })
    .tiff({ compression: 'lzw' })
    .toBuffer();
}

/** A 24-bit BMP of the same picture. */
export async function bmp(): Promise<Buffer> {
  const { data, info } = await bars().raw().toBuffer({ resolveWithObject: true });
  const stride = (info.width * 3 + 3) & ~3;
  const file = Buffer.alloc(54 + stride * info.height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(info.width, 18);
  file.writeInt32LE(info.height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < info.height; y++)
    for (let x = 0; x < info.width; x++)
      for (let c = 0; c < 3; c++)
        file[54 + (info.height - 1 - y) * stride + 3 * x + c] =
          data[(y * info.width + x) * info.channels + 2 - c]!;
  return file;
}

/** The same picture in every format that is read. */
export async function everyFormat(): Promise<Record<string, Buffer>> {
  const frame = await bars().png().toBuffer();
  const other = await bars().negate().png().toBuffer();
  return {
    jpeg: await bars().jpeg({ quality: 95 }).toBuffer(),
    progressive: await bars().jpeg({ quality: 95, progressive: true }).toBuffer(),
    png: await bars().png().toBuffer(),
    palette: await bars().png({ palette: true }).toBuffer(),
    webp: await bars().webp({ lossless: true }).toBuffer(),
    tiff: await tiffOf(3),
    'tiff-jpeg': await bars().tiff({ compression: 'jpeg', quality: 95 }).toBuffer(),
    'tiff-bilevel': await bars()
      .threshold(128)
      .toColourspace('b-w')
      .tiff({ compression: 'ccittfax4', bitdepth: 1 })
      .toBuffer(),
    gif: await bars().gif().toBuffer(),
    animation: await sharp([frame, other], { join: { animated: true } })
      .gif()
      .toBuffer(),
    avif: await bars().avif({ quality: 90, effort: 0 }).toBuffer(),
    svg: Buffer.from(barsSvg()),
    bmp: await bmp(),
  };
}
