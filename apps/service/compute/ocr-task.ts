/** From an encoded page to its text in one of the formats. */
import { decodePages } from '../../files/decode-image.js';
import type { ReadPage } from '../../ocr/document.js';
import type { PagePicture } from '../../ocr/formats/format.js';
import { FORMATS } from '../../ocr/formats/formats.js';
import { atFullSize } from '../../ocr/full-size.js';
import { stopwatch } from '../../saliency/stopwatch.js';
import type { ComputeAnswer, OcrTask, TaskLimits } from './engine.js';
import { own, type TaskModels, UPLOAD } from './task-tools.js';

export async function runOcrTask(
  task: OcrTask,
  bytes: Uint8Array,
  limits: TaskLimits,
  models: TaskModels,
  signal: AbortSignal,
): Promise<ComputeAnswer> {
  const { kind: _, format: name, ...options } = task;
  const format = FORMATS[name];
  const times = { decode: 0, infer: 0, encode: 0 };
  const pictures = new Map<ReadPage, PagePicture>();
  const pages: ReadPage[] = [];
  const clock = stopwatch();
  signal.throwIfAborted();
  for await (const decoded of decodePages({ bytes, name: UPLOAD }, { ...limits, threads: 1 })) {
    times.decode += clock();
    signal.throwIfAborted();
    const reader = await models.reader();
    const page = atFullSize(await reader.readPage(decoded.image, { ...options, signal }), decoded);
    pages.push(page);
    times.infer += clock();
    if ('needsPictures' in format && format.needsPictures)
      pictures.set(page, { ...(await decoded.encoded()), dpi: decoded.dpi });
  }
  const written = await format.write([{ file: '-', pages }], {
    version: models.version,
    mode: task.mode,
    picture: (page) => pictures.get(page)!,
  });
  times.encode = clock();
  return { body: own(Buffer.from(written)), mediaType: format.mediaType, times };
}
