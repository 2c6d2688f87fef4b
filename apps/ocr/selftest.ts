/** Reads a picture whose text is known: the whole way from the file to the words. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { packageRoot } from '../../models/base/paths.js';
import { decodePages } from '../files/decode-image.js';
import { documentText } from './formats/text.js';
import { openPageReader } from './read-page.js';

/** The picture and its text, relative to the package. */
export const SELFTEST_IMAGE = 'samples/selftest.png';
export const SELFTEST_TEXT = 'samples/selftest.txt';

export interface SelftestResult {
  readonly characters: number;
  readonly seconds: number;
}

/** @throws data_missing, inference_failed where the text differs, and what reading throws */
export async function selftest(models?: string): Promise<SelftestResult> {
  const started = performance.now();
  const path = join(packageRoot(), SELFTEST_IMAGE);
  const expected = await readFile(join(packageRoot(), SELFTEST_TEXT), 'utf8').catch((cause) => {
    throw new PocketlensError(
      'data_missing',
      `Expected ${SELFTEST_TEXT} in the package but could not read it.`,
      {
        remedy: 'Install the package again.',
        cause,
      },
    );
  });
  const reader = await openPageReader(models === undefined ? {} : { models });
  try {
    const pages = [];
    for await (const { page, image } of decodePages({ path }))
      pages.push({ number: page, ...(await reader.readPage(image, { mode: 'page' })) });
    const text = plain(documentText({ file: path, pages }));
    if (text !== plain(expected))
      throw new PocketlensError(
        'inference_failed',
        `Expected the text ${JSON.stringify(plain(expected))} but read ${JSON.stringify(text)}.`,
        { remedy: 'Install the package again; "pocketlens info" shows what is damaged.' },
      );
    return { characters: text.length, seconds: (performance.now() - started) / 1000 };
  } finally {
    await reader.dispose();
  }
}

const plain = (text: string) => text.split(/\s+/).filter(Boolean).join(' ');
