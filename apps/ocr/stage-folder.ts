/** The pictures of a page's stages as files, for looking at what went wrong. */
import { join } from 'node:path';
import type { GrayImage } from '../../models/base/image.js';
import { loadSharp } from '../files/decode-image.js';
import { writeFileWhole } from '../files/write-file.js';

/** Saves the pictures of one page's stages, numbered in their order. */
export class StageFolder {
  readonly #prefix: string;
  readonly #saving: Promise<void>[] = [];

  constructor(folder: string, page: number) {
    this.#prefix = join(folder, `page${page}-`);
  }

  save(stage: string, { width, height, data }: GrayImage): void {
    const number = String(this.#saving.length + 1).padStart(3, '0');
    const path = `${this.#prefix}${number}-${stage.replace(/[^\w-]+/g, '_')}.png`;
    // The owner may reuse its pixels.
    const pixels = data.slice();
    const saving = loadSharp()
      .then((sharp) =>
        sharp(pixels, { raw: { width, height, channels: 1 } })
          .png()
          .toBuffer(),
      )
      .then((png) => writeFileWhole(path, png));
    // It may fail long before `finish` looks at it.
    saving.catch(() => {});
    this.#saving.push(saving);
  }

  /** Resolves when all pictures are written. @throws output_unwritable */
  async finish(): Promise<void> {
    await Promise.all(this.#saving);
  }
}
