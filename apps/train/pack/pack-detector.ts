/** The detector's squares as they are cut and disturbed for training, small enough to be sent to a machine that trains. */
import { join } from 'node:path';
import { makeFolder } from '../../../models/base/make-folder.js';
import type { Dataset } from '../../../models/training/dataset.js';
import type { PageBatch } from '../page-batches.js';
import { writeWebp } from './write-webp.js';

const QUALITY = 72;

export interface DetectorPackOptions {
  readonly squares: Pick<Dataset<PageBatch>, 'next'>;
  readonly count: number;
  /** Folder to write: grey images. */
  readonly output: string;
  readonly signal?: AbortSignal;
  readonly onSample?: (done: number) => void;
}

/** @throws what rendering throws, output_unwritable, interrupted */
export async function packDetector(options: DetectorPackOptions): Promise<void> {
  const { squares, count, output, signal, onSample } = options;
  await makeFolder(output);
  for (let done = 0; done < count; ) {
    signal?.throwIfAborted();
    const { data, side, count: inBatch } = await squares.next();
    const pixels = side * side;
    for (let i = 0; i < inBatch && done < count; i++, done++) {
      const grey = Uint8Array.from(data.subarray(i * pixels, (i + 1) * pixels), (v) =>
        Math.round(127.5 * (v + 1)),
      );
      const path = join(output, `${String(done).padStart(6, '0')}.webp`);
      await writeWebp(path, { width: side, height: side, data: grey }, QUALITY);
    }
    onSample?.(done);
  }
}
