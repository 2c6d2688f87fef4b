/**
 * Pseudo-labels (Lee 2013): words that a data set marks but does not transcribe are read by PP-OCR (Apache-2.0), and what
 * it is sure of becomes training data for the recognizer.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { boundingBox, type Quad } from '../../models/base/image.js';
import { cropQuad } from '../../models/runtime/rectify.js';
import { loadSharp } from '../files/decode-image.js';
import { writeFileWhole } from '../files/write-file.js';
import { ppocr } from './bench/peers/ppocr.js';
import { loadGray } from './load-gray.js';
import { loadLabels } from './scoring/labels.js';

export interface PseudoLabelOptions {
  /** Folder of pages with quads (`DATA.json` beside each image); lines that have a text already are passed over. */
  readonly pages: string;
  /** Folder to write: PNG crops and `labels.tsv`. */
  readonly output: string;
  /** Readings below it are left out, in [0, 1]. */
  readonly minConfidence: number;
  readonly python?: string;
  readonly signal?: AbortSignal;
}

/** Crops keep this much around the quad, as a share of its height: boxes are drawn tight. */
const MARGIN = 0.06;
const LEAST_HEIGHT = 6;

/** @returns crops that were cut, and how many of them got a label. @throws data_missing, invalid_data, tool_missing */
export async function pseudoLabel(options: PseudoLabelOptions): Promise<{ cut: number; labelled: number }> {
  const { samples } = loadLabels(options.pages);
  const sharp = await loadSharp();
  await mkdir(options.output, { recursive: true });
  const paths: string[] = [];
  for (const { file, path, lines } of samples) {
    const image = await loadGray(path);
    const unread = (lines ?? []).filter(({ text, ignore, quad }) => !text && !ignore && isLarge(quad));
    for (const [i, { quad }] of unread.entries()) {
      const { width, height, data } = cropQuad(image, withMargin(quad));
      const name = `${file.replace(/\.\w+$/, '')}-${i}.png`;
      const png = await sharp(data, { raw: { width, height, channels: 1 } })
        .png()
        .toBuffer();
      await writeFileWhole(join(options.output, name), png);
      paths.push(name);
    }
  }
  const reader = await ppocr({ threads: 1, ...(options.python && { python: options.python }) }).open(
    'words',
    options.signal,
  );
  const rows: string[] = [];
  try {
    const readings = await reader.read(
      paths.map((name) => join(options.output, name)),
      options.signal,
    );
    readings.forEach(({ text, confidence = 0 }, i) => {
      if (text && confidence >= options.minConfidence) rows.push(`${paths[i]}\t${text}\n`);
    });
  } finally {
    await reader.close();
  }
  await writeFileWhole(join(options.output, 'labels.tsv'), rows.join(''));
  return { cut: paths.length, labelled: rows.length };
}

function isLarge(quad: Quad): boolean {
  const { width, height } = boundingBox(quad);
  return height >= LEAST_HEIGHT && width >= LEAST_HEIGHT;
}

function withMargin(quad: Quad): Quad {
  const margin = MARGIN * boundingBox(quad).height;
  const [a, b, c, d] = quad;
  return [
    [a[0] - margin, a[1] - margin],
    [b[0] + margin, b[1] - margin],
    [c[0] + margin, c[1] + margin],
    [d[0] - margin, d[1] + margin],
  ];
}
