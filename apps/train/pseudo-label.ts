/**
 * Pseudo-labels (Lee 2013): words and lines that a data set marks are read by PP-OCR (Apache-2.0), and what it is sure of
 * becomes training data for the recognizer. Where there is a label its reading only restores what labels lack: letter
 * case and, in single words, punctuation.
 */
import { join } from 'node:path';
import { boundingBox, type GrayImage, type Quad } from '../../models/base/image.js';
import { makeFolder } from '../../models/base/make-folder.js';
import { cropQuad } from '../../models/runtime/rectify.js';
import { loadSharp } from '../files/decode-image.js';
import { writeFileWhole } from '../files/write-file.js';
import { ppocr } from './bench/peers/ppocr.js';
import { loadGray } from './load-gray.js';
import { loadLabels } from './scoring/labels.js';

export interface PseudoLabelOptions {
  /** Folder of pages with quads (a `.json` beside each image), or of crops with `labels.tsv`. */
  readonly source: string;
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

interface Crop {
  /** Name of the image in the output folder. */
  readonly name: string;
  /** '' where the set has none. */
  readonly label: string;
}

/** @returns crops that were cut, and how many of them got a label. @throws data_missing, invalid_data, tool_missing */
export async function pseudoLabel(options: PseudoLabelOptions): Promise<{ cut: number; labelled: number }> {
  await makeFolder(options.output);
  const crops = await cutCrops(options);
  const reader = await ppocr({ threads: 1, ...(options.python && { python: options.python }) }).open(
    'words',
    options.signal,
  );
  const rows: string[] = [];
  try {
    const paths = crops.map(({ name }) => join(options.output, name));
    const readings = await reader.read(paths, options.signal);
    readings.forEach(({ text: reading, confidence = 0 }, i) => {
      const { name, label } = crops[i]!;
      const sure = reading && confidence >= options.minConfidence ? reading : '';
      const text = label ? reconcile(label, reading ?? '') : sure;
      if (text) rows.push(`${name}\t${text}\n`);
    });
  } finally {
    await reader.close();
  }
  await writeFileWhole(join(options.output, 'labels.tsv'), rows.join(''));
  return { cut: crops.length, labelled: rows.length };
}

async function cutCrops({ source, output }: PseudoLabelOptions): Promise<Crop[]> {
  const { samples, kind } = loadLabels(source);
  const crops: Crop[] = [];
  const save = async (image: GrayImage, name: string, label: string) => {
    await writeFileWhole(join(output, name), await pngOf(image));
    crops.push({ name, label });
  };
  for (const { file, path, text, lines } of samples) {
    const image = await loadGray(path);
    const stem = file.replace(/\.\w+$/, '');
    if (kind !== 'pages') await save(image, `${stem}.png`, text);
    const marked = (lines ?? []).filter(({ ignore, quad }) => !ignore && isLarge(quad));
    for (const [i, line] of marked.entries())
      await save(cropQuad(image, withMargin(line.quad)), `${stem}-${i}.png`, line.text);
  }
  return crops;
}

async function pngOf({ width, height, data }: GrayImage): Promise<Buffer> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

/**
 * The label in the reading's case where both have the same characters; the reading where they are one word that differs
 * in punctuation alone; undefined where they disagree: then one of them is wrong. Blanks are the label's.
 */
export function reconcile(label: string, reading: string): string | undefined {
  const read = [...reading.normalize('NFC').replace(/\s+/gu, '')];
  const letters = [...label.normalize('NFC')];
  const same = letters.filter((character) => /\S/u.test(character));
  if (same.length === read.length && same.every((c, i) => c.toLowerCase() === read[i]!.toLowerCase())) {
    let at = 0;
    return letters.map((character) => (/\s/u.test(character) ? ' ' : read[at++]!)).join('');
  }
  return alphanumeric(label) === alphanumeric(reading) && !/\s/u.test(label.trim())
    ? read.join('')
    : undefined;
}

function alphanumeric(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
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
