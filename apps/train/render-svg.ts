/** Figures described in Vega-Lite, as SVG or PNG. */
import { extname } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { expected } from '../../models/base/errors.js';
import { writeFileWhole } from '../files/write-file.js';

/** Dots an inch of a PNG: twice what the figure's own pixels are. */
const PNG_DENSITY = 144;

export async function renderSvg(figure: TopLevelSpec): Promise<string> {
  // Heavy, and needed here only.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = compile(figure);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** @throws invalid_argument where the path ends in neither .svg nor .png */
export function checkFigurePath(path: string, option: string): void {
  if (!['.svg', '.png'].includes(extname(path).toLowerCase()))
    throw expected('invalid_argument', 'a file that ends in .svg or .png', option, path);
}

/** Writes an SVG or, where the path ends in .png, a PNG. @throws output_unwritable */
export async function writeFigure(path: string, figure: TopLevelSpec): Promise<void> {
  const svg = await renderSvg(figure);
  if (extname(path).toLowerCase() !== '.png') return writeFileWhole(path, svg);
  const { default: sharp } = await import('sharp');
  await writeFileWhole(path, await sharp(Buffer.from(svg), { density: PNG_DENSITY }).png().toBuffer());
}
