/**
 * Pocketlens as a library: what `import { … } from 'pocketlens'` gives. Reading a page needs no TensorFlow; what trains
 * models is reached by the command.
 *
 * @example
 * ```ts
 * import { decodePages, documentText, openPageReader } from 'pocketlens';
 *
 * const reader = await openPageReader();
 * const pages = [];
 * for await (const { page, image } of decodePages({ path: 'receipt.jpg' }))
 *   pages.push({ number: page, ...(await reader.readPage(image, { mode: 'page' })) });
 * console.log(documentText({ file: 'receipt.jpg', pages }));
 * await reader.dispose();
 * ```
 */
export { type ErrorCode, PocketlensError } from '../models/base/errors.js';
export type { Box, ColourImage, GrayImage, Point, Quad } from '../models/base/image.js';
export {
  DEFAULT_LIMITS,
  type DecodedPage,
  type DecodeLimits,
  decodePages,
  type EncodedPage,
  type ImageSource,
} from './files/decode-image.js';
export type { ReadBlock, ReadDocument, ReadLine, ReadPage, ReadParagraph, ReadWord } from './ocr/document.js';
export type { Format, FormatContext, PagePicture } from './ocr/formats/format.js';
export { FORMAT_NAMES, FORMATS, type FormatName, formatOfPath } from './ocr/formats/formats.js';
export { documentText, pageText } from './ocr/formats/text.js';
export {
  type OpenPageReaderOptions,
  openPageReader,
  type PageMode,
  type PageReader,
  type ReadPageOptions,
  type ReadPageResult,
} from './ocr/read-page.js';
