/** A page reader without models, for testing everything around it. */
import type { PageReader, ReadPageOptions, ReadPageResult } from '../../../apps/ocr/read-page.js';
import type { GrayImage } from '../../../models/base/image.js';
import { quadAt } from './sample-document.js';

export interface FakeReader extends PageReader {
  readonly calls: { image: GrayImage; options: ReadPageOptions }[];
  disposed: boolean;
}

/**
 * "Reads" the size of the image as one line of two words.
 * @param before runs first, e.g. to wait or to throw.
 */
export function fakeReader(
  before: (image: GrayImage, options: ReadPageOptions) => unknown = () => {},
): FakeReader {
  const reader: FakeReader = {
    calls: [],
    disposed: false,
    async readPage(image, options): Promise<ReadPageResult> {
      reader.calls.push({ image, options });
      await before(image, options);
      options.onStage?.('input', image);
      options.onStage?.('lines', image);
      const { width, height } = image;
      const quad = quadAt(0, 0, width, height / 2);
      const words = [String(width), String(height)].map((text, index) => ({
        text,
        confidence: 0.75,
        quad: quadAt((index * width) / 2, 0, width / 2, height / 2),
      }));
      const line = { text: `${width} ${height}`, quad, confidence: 0.75, words };
      return { width, height, rotation: 0, skew: 0, blocks: [{ quad, paragraphs: [{ lines: [line] }] }] };
    },
    async dispose() {
      reader.disposed = true;
    },
  };
  return reader;
}
