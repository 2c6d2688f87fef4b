/** What a person looks at: a contact sheet of every augmentation, and rendered lines as files with their labels. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expected, PocketlensError } from '../models/base/errors.js';
import type { GrayImage } from '../models/base/image.js';
import { makeFolder } from '../models/base/make-folder.js';
import { Random } from '../models/base/random.js';
import { alphaCompositing, composite, drawGround } from './augment/alpha-compositing.js';
import type { OutlineAugmentation, RasterAugmentation } from './augment/augmentation.js';
import type { LayoutAugmentation } from './augment/layout-augmentation.js';
import { BENDING, layoutAugmentations, outlineAugmentations } from './augment/outline.js';
import { rasterAugmentations } from './augment/raster.js';
import { openCatalogue } from './fonts/catalogue.js';
import { FontPool } from './fonts/font-pool.js';
import type { OutlineFont } from './fonts/outline-font.js';
import { createLineRenderer, type LineRendererOptions, type ProfileName } from './line.js';
import { plainBackground } from './render/background.js';
import { fillOutlines } from './render/fill.js';
import { layoutText } from './render/layout.js';
import { PROFILES } from './render/profiles.js';
import { TextureStore } from './render/textures.js';
import { openLineStream } from './stream.js';

const SAMPLE = 'Specimen 0123, (quick) Vox';
const CELL = { width: 400, height: 60 };
const NAME_WIDTH = 190;
const STRENGTHS = [0.15, 0.5, 1];
const DESK = 150;

/**
 * One PNG: a row an augmentation, alone, at its least, middle and most strength; below, rows of finished lines of each
 * kind of document, with everything on.
 */
export async function drawPreview(options: LineRendererOptions): Promise<Buffer> {
  const pool = new FontPool(openCatalogue(options.fontFolder), options.seed);
  const pick = (face: 'serif' | 'sans') => {
    for (let i = 0; i < 200; i++) {
      const random = new Random(options.seed, 'preview', face, i);
      const { font, entry } = pool.pick(i, random, { [face]: 1 });
      if (!entry.italic && entry.weight === 400 && font.supportsAll(SAMPLE) && !font.caseless) return font;
    }
    throw expected('invalid_font', `a font that draws "${SAMPLE}"`, 'the preview', options.fontFolder);
  };
  const serif = pick('serif');
  const sans = pick('sans');
  const rows: GrayImage[] = [];
  for (const augmentation of [...layoutAugmentations, ...outlineAugmentations, ...rasterAugmentations]) {
    const cells = STRENGTHS.map((strength) => {
      // The same draws at every strength, so that only the strength differs along a row.
      const random = new Random(options.seed, 'preview', augmentation.name);
      return specimen(serif, augmentation, random, strength);
    });
    rows.push(row(sans, augmentation.name, cells));
  }
  const textures = options.textureFolder ? new TextureStore(options.textureFolder) : undefined;
  rows.push(
    row(
      sans,
      alphaCompositing.name,
      STRENGTHS.map((strength) =>
        composited(serif, new Random(options.seed, 'preview', strength), strength, textures),
      ),
    ),
  );
  const width = NAME_WIDTH + STRENGTHS.length * CELL.width;
  for (const name of Object.keys(PROFILES) as ProfileName[]) {
    const renderer = createLineRenderer({ ...options, profiles: { [name]: 1 } });
    let at = 0;
    for (let n = 0; n < 3; n++) {
      const cells: GrayImage[] = [];
      for (let left = width - NAME_WIDTH; at < 400; ) {
        const { image } = renderer.render(at++);
        if (image.width > width - NAME_WIDTH - 12) continue;
        left -= image.width + 12;
        if (left < 0) break;
        cells.push(image);
      }
      rows.push(row(sans, n === 0 ? `all: ${name}` : '', cells, width));
    }
  }
  const sheet = stack(rows, width);
  return await sharp(sheet.data, { raw: { width: sheet.width, height: sheet.height, channels: 1 } })
    .png()
    .toBuffer();
}

function specimen(
  font: OutlineFont,
  augmentation: OutlineAugmentation | LayoutAugmentation | RasterAugmentation,
  random: Random,
  strength: number,
): GrayImage {
  const em = 26;
  const change = augmentation.kind === 'layout' ? augmentation.draw(SAMPLE.length, random, strength) : {};
  const text = layoutText(font, SAMPLE, em, change);
  let { outline } = text;
  if (augmentation.kind === 'outline') {
    if (BENDING.has(augmentation.name)) outline = outline.subdivided(em * 0.2);
    const box = { x: 0, y: -text.ascent, width: text.width, height: text.ascent + text.descent };
    outline.map(augmentation.prepare(box, random, strength));
  }
  const bounds = outline.bounds();
  const { width, height } = CELL;
  const mask = fillOutlines(outline, width - 12, height - 6, {
    offsetX: 10 - bounds.left,
    offsetY: (height - 6 - (bounds.bottom - bounds.top)) / 2 - bounds.top,
    grow: (change.grow ?? 0) * em,
  });
  const image = plainBackground(mask.width, mask.height, 245);
  composite(image, mask, 20);
  return augmentation.kind === 'raster' ? augmentation.apply(image, random, strength) : image;
}

function composited(
  font: OutlineFont,
  random: Random,
  strength: number,
  textures: TextureStore | undefined,
): GrayImage {
  const [width, height] = [CELL.width - 12, CELL.height - 6];
  const tones = {
    ...PROFILES.scene.tones,
    textured: 1,
    mostDeviation: PROFILES.scene.tones.mostDeviation * strength,
  };
  const { background, ink, opacity } = drawGround(width, height, tones, random, strength, textures, true);
  const mask = fillOutlines(layoutText(font, SAMPLE, 26).outline, width, height, {
    offsetX: 10,
    offsetY: 36,
  });
  composite(background, mask, ink, opacity);
  return background;
}

function row(font: OutlineFont, name: string, cells: readonly GrayImage[], width?: number): GrayImage {
  const height = Math.max(CELL.height, ...cells.map((cell) => cell.height + 6));
  const image = plainBackground(width ?? NAME_WIDTH + cells.length * CELL.width, height, DESK);
  const label = [...name].filter((character) => font.supports(character)).join('');
  const mask = fillOutlines(layoutText(font, label, 18).outline, NAME_WIDTH, height, {
    offsetX: 8,
    offsetY: height / 2 + 6,
  });
  composite(image, mask, 0);
  let x = NAME_WIDTH;
  for (const cell of cells) {
    paste(image, cell, x, Math.floor((height - cell.height) / 2));
    x += cell.width + 12;
  }
  return image;
}

function paste(onto: GrayImage, image: GrayImage, x: number, y: number): void {
  const width = Math.min(image.width, onto.width - x);
  for (let row = 0; row < image.height; row++) {
    const from = row * image.width;
    onto.data.set(image.data.subarray(from, from + width), (y + row) * onto.width + x);
  }
}

function stack(rows: readonly GrayImage[], width: number): GrayImage {
  const sheet = plainBackground(
    width,
    rows.reduce((sum, { height }) => sum + height, 0),
    DESK,
  );
  let y = 0;
  for (const image of rows) {
    paste(sheet, image, 0, y);
    y += image.height;
  }
  return sheet;
}

export interface WriteLinesOptions {
  /** Number of the first line. Default 0. */
  readonly from?: number;
  /** Rendering threads; 0 (default) renders in this one. */
  readonly workers?: number;
  readonly onProgress?: (done: number) => void;
  /** Stops after the chunk in hand; what was written until then is labelled. */
  readonly signal?: AbortSignal;
}

/**
 * Writes `count` lines to `folder`: `line-0000000.png` … (the line's number) and `labels.tsv` (`file<TAB>text`). The
 * labels appear, by rename, when every image is there.
 * @returns how many lines were written
 * @throws invalid_argument for a bad count; output_unwritable; and what `createLineRenderer` throws
 */
export async function writeLines(
  options: LineRendererOptions,
  count: number,
  folder: string,
  { from = 0, workers = 0, onProgress, signal }: WriteLinesOptions = {},
): Promise<number> {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw expected('invalid_argument', 'a whole number ≥ 1', 'the count of lines', count);
  }
  const chunk = Math.min(64, count);
  const stream = openLineStream({ renderer: options, from, chunk, workers });
  try {
    await makeFolder(folder);
    const labels: string[] = [];
    while (labels.length < count && !signal?.aborted) {
      for (const { image, text } of await stream.next()) {
        if (labels.length === count) break;
        const file = `line-${String(from + labels.length).padStart(7, '0')}.png`;
        const { width, height, data } = image;
        const png = await sharp(data, { raw: { width, height, channels: 1 } })
          .png()
          .toBuffer();
        writeFileSync(join(folder, file), png);
        labels.push(`${file}\t${text}\n`);
      }
      onProgress?.(labels.length);
    }
    const unfinished = join(folder, `.labels-${process.pid}.tsv`);
    writeFileSync(unfinished, labels.join(''));
    renameSync(unfinished, join(folder, 'labels.tsv'));
    return labels.length;
  } catch (cause) {
    if (cause instanceof PocketlensError || !isFileError(cause)) throw cause;
    throw new PocketlensError(
      'output_unwritable',
      `Expected a folder to write to but ${folder} is not one.`,
      {
        remedy: 'Name another folder.',
        cause,
      },
    );
  } finally {
    await stream.close();
  }
}

const isFileError = (cause: unknown) =>
  ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST', 'EISDIR'].includes(
    String((cause as NodeJS.ErrnoException | null)?.code),
  );
