/** Pages as files: PNG and, in the layout of the data sets, a JSON with every line's and word's text and quad. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { PocketlensError } from '../../models/base/errors.js';
import type { LabelledLine, PageSample, Quad } from '../../models/base/image.js';
import { makeFolder } from '../../models/base/make-folder.js';
import { createPageRenderer, type PageRendererOptions } from './page-renderer.js';
import { openPageStream } from './page-stream.js';

export interface WritePagesOptions {
  /** Number of the first page. Default 0. */
  readonly from?: number;
  /** Threads. Default 0: the calling one. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Told after each page. */
  readonly onPage?: (file: string, page: PageSample) => void;
}

/** What stands beside a page's picture. */
export interface PageLabels {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly LabelledLine[];
}

/**
 * Writes `page-000000.png`, `page-000000.json`, ... into the folder, which is made if need be. Files appear whole or not
 * at all. @throws output_unwritable, interrupted, and what the renderer throws
 */
export async function writePages(
  renderer: PageRendererOptions,
  count: number,
  outFolder: string,
  options: WritePagesOptions = {},
): Promise<void> {
  const { from = 0, workers = 0, signal } = options;
  // Mistakes in the options are reported before a folder is made.
  if (workers > 0) createPageRenderer(renderer);
  const stream = openPageStream({ renderer, from, workers, chunk: 1 });
  try {
    await makeFolder(outFolder).catch((error) => unwritable(outFolder, error));
    for (let i = from; i < from + count; i++) {
      if (signal?.aborted)
        throw new PocketlensError('interrupted', `Stopped after ${i - from} of ${count} pages.`);
      const [page] = await stream.next();
      const name = `page-${String(i).padStart(6, '0')}`;
      const { image, lines } = page!;
      const { width, height, data } = image;
      const png = await sharp(data, { raw: { width, height, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toBuffer();
      const labels: PageLabels = { file: `${name}.png`, width, height, lines: lines.map(rounded) };
      writeWhole(join(outFolder, `${name}.png`), png);
      writeWhole(join(outFolder, `${name}.json`), `${JSON.stringify(labels)}\n`);
      options.onPage?.(join(outFolder, `${name}.png`), page!);
    }
  } finally {
    await stream.close();
  }
}

function writeWhole(path: string, content: string | Uint8Array): void {
  writing(path, () => {
    writeFileSync(`${path}.part`, content);
    renameSync(`${path}.part`, path);
  });
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): never {
  throw new PocketlensError(
    'output_unwritable',
    `Expected to write ${path} but could not: ${(cause as Error).message}.`,
    { remedy: 'Check the folder, its permissions and the space left.', cause },
  );
}

/** Tenths of a pixel are enough. */
function rounded(line: LabelledLine): LabelledLine {
  const quad = (q: Quad) =>
    q.map(([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]) as unknown as Quad;
  return {
    text: line.text,
    quad: quad(line.quad),
    ...(line.words && { words: line.words.map((word) => ({ text: word.text, quad: quad(word.quad) })) }),
    ...(line.ignore && { ignore: true }),
  };
}
