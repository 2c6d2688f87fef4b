/** Whole synthetic pages with the quad and text of every line and word: a pure function of the seed and the page's number. */
import type { PageSample } from '../../models/base/image.js';
import { Random } from '../../models/base/random.js';
import { TextureStore } from '../render/textures.js';
import { checkStrength, chosenWeights, type RendererOptions } from '../renderer-options.js';
import { createTextSource } from '../text/text-source.js';
import { capture } from './capture/capture.js';
import { PageFaces } from './faces.js';
import { densePage, documentPage, typescriptPage } from './layouts/document.js';
import { formPage } from './layouts/form.js';
import type { Layout } from './layouts/layout.js';
import { receiptPage } from './layouts/receipt.js';
import { scenePage } from './layouts/scene.js';
import { bannerPage, screenPage } from './layouts/screen.js';
import { spreadsheetPage } from './layouts/spreadsheet.js';
import { titlePage } from './layouts/title.js';
import { Writer } from './writer.js';

export type PageKind =
  | 'document'
  | 'dense'
  | 'typescript'
  | 'form'
  | 'receipt'
  | 'spreadsheet'
  | 'title'
  | 'screen'
  | 'banner'
  | 'scene';

const LAYOUTS: Readonly<Record<PageKind, Layout>> = {
  document: documentPage,
  dense: densePage,
  typescript: typescriptPage,
  form: formPage,
  receipt: receiptPage,
  spreadsheet: spreadsheetPage,
  title: titlePage,
  screen: screenPage,
  banner: bannerPage,
  scene: scenePage,
};

export const PAGE_KINDS = Object.keys(LAYOUTS) as PageKind[];

const WEIGHTS: Readonly<Record<PageKind, number>> = {
  document: 24,
  dense: 7,
  typescript: 6,
  form: 14,
  receipt: 13,
  spreadsheet: 6,
  title: 8,
  screen: 9,
  banner: 7,
  scene: 12,
};

export interface PageRendererOptions extends RendererOptions {
  /** Folder with photographs that scenes and banners stand on; textures where it is not given. */
  readonly photoFolder?: string;
  /** Weights of the kinds of page instead of the built-in ones; kinds that are not named are not drawn. */
  readonly kinds?: Readonly<Partial<Record<PageKind, number>>>;
}

export interface PageRenderer {
  /** Page number `index` (≥ 0). */
  render(index: number): PageSample;
}

/** @throws data_missing where a folder is missing or empty; invalid_argument for a bad strength or kind */
export function createPageRenderer(options: PageRendererOptions): PageRenderer {
  const { seed, strength = 1, charset } = options;
  checkStrength(strength);
  const weights = chosenWeights('kind', WEIGHTS, options.kinds);
  const faces = new PageFaces(options.fontFolder, seed);
  const textures = options.textureFolder ? new TextureStore(options.textureFolder) : undefined;
  const photos = options.photoFolder ? new TextureStore(options.photoFolder) : textures;
  const texts = createTextSource({ corpusFolder: options.corpusFolder, charset });
  return {
    render(index) {
      const random = new Random(seed, 'page', index);
      const layout = LAYOUTS[random.weighted(weights)];
      const { sheet, captures } = layout({
        index,
        random,
        faces,
        writer: new Writer(texts, random),
        ...(textures && { textures }),
        ...(photos && { photos }),
      });
      const kind = random.weighted(captures as Required<typeof captures>);
      return capture(sheet.toGray(), sheet.lines, kind, random, strength, textures);
    },
  };
}
