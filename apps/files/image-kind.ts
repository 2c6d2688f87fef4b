/** Tells an image's file format by its first bytes; names, which lie, are not asked. */

/** Formats that Pocketlens reads. */
export type ImageKind = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'avif' | 'svg' | 'bmp';

/** For messages and help. */
export const IMAGE_KINDS_TEXT = 'JPEG, PNG, WebP, TIFF, GIF, AVIF, SVG or BMP';

/** File name endings by which images are picked out of a folder. */
export const IMAGE_SUFFIXES: ReadonlySet<string> = new Set([
  ...['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.apng', '.webp', '.tif', '.tiff', '.gif', '.avif'],
  ...['.svg', '.svgz', '.bmp', '.dib'],
]);

/** What a file seems to be: one that is read, a known one that is not, or nothing known. */
export type Sniffed = { kind: ImageKind } | { other: string; remedy?: string } | undefined;

const AVIF_BRANDS = new Set(['avif', 'avis']);
const HEIC_BRANDS = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);

/** @param head at least the first 1024 bytes, or the whole file if it is shorter. */
export function sniffImage(head: Uint8Array): Sniffed {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const ascii = (from: number, to: number) => bytes.toString('latin1', from, to);
  if (bytes.length >= 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff)
    return { kind: 'jpeg' };
  if (ascii(0, 8) === '\x89PNG\r\n\x1a\n') return { kind: 'png' };
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return { kind: 'webp' };
  if (ascii(0, 6) === 'GIF87a' || ascii(0, 6) === 'GIF89a') return { kind: 'gif' };
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(ascii(0, 4))) return { kind: 'tiff' };
  if (
    ascii(0, 2) === 'BM' &&
    bytes.length >= 18 &&
    bytes.readUInt32LE(14) >= 12 &&
    bytes.readUInt32LE(14) <= 124
  )
    return { kind: 'bmp' };
  if (ascii(4, 8) === 'ftyp') return sniffIsoMedia(bytes);
  return sniffText(bytes) ?? sniffUnread(ascii(0, 16), bytes);
}

/** AVIF and HEIC share a container and are told apart by the brands in its first box. */
function sniffIsoMedia(bytes: Buffer): Sniffed {
  const end = Math.min(bytes.length, bytes.readUInt32BE(0), 256);
  const brands = [bytes.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4));
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return { kind: 'avif' };
  if (brands.some((brand) => HEIC_BRANDS.has(brand)))
    return { other: 'a HEIC image', remedy: 'Save it as JPEG or PNG first.' };
  return { other: 'a video or another ISO media file' };
}

function sniffText(bytes: Buffer): Sniffed {
  const text = decodeText(bytes.subarray(0, 4096));
  if (!text.trimStart().startsWith('<')) return undefined;
  if (/<(?:[A-Za-z_][\w.-]*:)?svg[\s>/]/.test(text)) return { kind: 'svg' };
  return { other: /<(?:!doctype html|html)/i.test(text) ? 'an HTML page' : 'an XML file' };
}

function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

function sniffUnread(head: string, bytes: Buffer): Sniffed {
  if (head.startsWith('%PDF-'))
    return {
      other: 'a PDF file',
      remedy: 'Turn its pages into images first, e.g. with "pdftoppm -r 200 -png".',
    };
  if (head.startsWith('\x1f\x8b')) return { other: 'a gzip file' };
  if (head.startsWith('8BPS')) return { other: 'a Photoshop file' };
  if (head.startsWith('\0\0\0\x0cjP  ') || head.startsWith('\xff\x4f\xff\x51'))
    return { other: 'a JPEG 2000 image' };
  if (head.startsWith('\0\0\0\x0cJXL ') || head.startsWith('\xff\x0a')) return { other: 'a JPEG XL image' };
  if (/^P[1-7][\s#]/.test(head)) return { other: 'a PNM image', remedy: 'Save it as PNG first.' };
  if (head.startsWith('PK\x03\x04')) return { other: 'a ZIP archive or an office document' };
  if (head.startsWith('\0\0\x01\0')) return { other: 'an icon file' };
  return bytes.length > 0 &&
    bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))
    ? { other: 'plain text' }
    : undefined;
}
