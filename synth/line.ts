/**
 * The renderer of training lines (Namysl & Konya 2019): text in one of many fonts → distorted outlines → coverage →
 * alpha-compositing with a background → degradation. Every line is a pure function of the seed and its number.
 */
import { expected } from '../models/base/errors.js';
import type { GrayImage, LineSample } from '../models/base/image.js';
import { Random } from '../models/base/random.js';
import { composite, drawGround } from './augment/alpha-compositing.js';
import { degrade } from './augment/raster.js';
import { openCatalogue } from './fonts/catalogue.js';
import { FontCache } from './fonts/font-cache.js';
import { FontPool, isTypeset } from './fonts/font-pool.js';
import type { OutlineFont } from './fonts/outline-font.js';
import { drawCrop } from './render/crop.js';
import { cutText, drawLength, pickWord } from './render/cut-text.js';
import { edgeRules, leaders, underline } from './render/decorations.js';
import { type Distortion, distort, distortBox, drawDistortion, drawLayout } from './render/distort.js';
import { fillInto, fillOutlines } from './render/fill.js';
import { layoutText, type PlacedText } from './render/layout.js';
import { inkCorrelation } from './render/legibility.js';
import { type Bounds, Outline } from './render/outline.js';
import { type LineProfile, PROFILES, type ProfileName } from './render/profiles.js';
import { drawWithEffects } from './render/scene-effects.js';
import { TextureStore } from './render/textures.js';
import { checkStrength, chosenWeights, type RendererOptions } from './renderer-options.js';
import { createTextSource, type TextKind } from './text/text-source.js';

export type { ProfileName } from './render/profiles.js';

export interface LineRendererOptions extends RendererOptions {
  /** Alpha-compositing with backgrounds; off: opaque ink on a plain ground. Default true. */
  readonly compositing?: boolean;
  /** Weights of the kinds of document instead of the built-in ones; kinds that are not named are not drawn. */
  readonly profiles?: Readonly<Partial<Record<ProfileName, number>>>;
  /** `word`: single words only. Default `line`. */
  readonly kind?: 'line' | 'word';
  /** Weights of the corpus's languages. */
  readonly languages?: Readonly<Record<string, number>>;
}

export interface LineRenderer {
  /** Line number `index` (≥ 0): grey crop at native resolution and exactly what stands in it. */
  render(index: number): LineSample;
  /** Files that are no readable fonts, met so far. */
  readonly brokenFonts: readonly string[];
}

const WEIGHTS = Object.fromEntries(
  Object.entries(PROFILES).map(([name, { weight }]) => [name, weight]),
) as Record<ProfileName, number>;
/** Widest crop in pixels: longer lines are set smaller. */
const MOST_WIDTH = 2000;
/** Least correlation of the finished line with its ink: below it nobody could read the line. */
const LEAST_CORRELATION = 0.45;
/** Kinds of text that stand alone in the cells of tables and forms, and how often they do. */
const CELLS: ReadonlySet<TextKind> = new Set(['number', 'receipt', 'form']);
const CELL_SHARE = 0.5;

/**
 * @throws data_missing where a folder is missing or empty; invalid_argument for a bad charset, strength or profile;
 * invalid_font where no font can be parsed
 */
export function createLineRenderer(options: LineRendererOptions): LineRenderer {
  const { seed, charset, strength = 1, compositing = true, kind = 'line' } = options;
  checkStrength(strength);
  if (!/\S/u.test(charset)) throw expected('invalid_argument', 'characters', 'charset', charset);
  const brokenFonts: string[] = [];
  const cache = new FontCache(undefined, (error) => brokenFonts.push(String(error.details.path)));
  const pool = new FontPool(openCatalogue(options.fontFolder), seed, cache);
  const textures = options.textureFolder ? new TextureStore(options.textureFolder) : undefined;
  const texts = createTextSource({
    corpusFolder: options.corpusFolder,
    charset,
    ...(options.languages ? { languages: options.languages } : {}),
  });
  const allowed = new Set([...charset, ' ']);
  const weights = chosenWeights('profile', WEIGHTS, options.profiles);

  const render = (index: number): LineSample => {
    if (!Number.isSafeInteger(index) || index < 0)
      throw expected('invalid_argument', 'a whole number ≥ 0', 'index', index);
    const random = new Random(seed, 'line', index);
    const profile = PROFILES[random.weighted(weights)];
    for (let attempt = 0; attempt < 20; attempt++) {
      const { font, face } = pool.pick(index, random, profile.faces);
      const word = kind === 'word' || random.chance(profile.words);
      const text = drawText(profile, font, word, random, isTypeset(face));
      const image = text === '' ? undefined : drawLine(profile, font, text, random);
      if (image) return { text, image };
    }
    throw expected('invalid_argument', 'characters that the fonts can draw', 'charset', charset);
  };

  function drawText(
    profile: LineProfile,
    font: OutlineFont,
    word: boolean,
    random: Random,
    typeset: boolean,
  ): string {
    const textKind = random.weighted(profile.kinds as Record<TextKind, number>);
    // A face without small letters sets capitals: the label must say so.
    const upper = (text: string) => (font.caseless ? text.toUpperCase() : text);
    const supports = (character: string) =>
      [...upper(character)].every((c) => font.supports(c) && allowed.has(c));
    const piece = () => {
      const text = upper(texts.next(random, textKind, supports, typeset));
      return [...text].every((c) => allowed.has(c) && (c === ' ' || font.supports(c))) ? text.trim() : '';
    };
    let text = piece();
    if (text === '') return '';
    if (word) return pickWord(text, random);
    // Sentences, rows of numbers, labels with their values: pieces up to about the length drawn.
    const length = drawLength(random);
    if (CELLS.has(textKind) && random.chance(CELL_SHARE)) return cutText(text, length, random);
    for (let n = 0; n < 5 && text.length < length * 0.6; n++) text = `${text} ${piece()}`.trim();
    return cutText(text, length, random);
  }

  /** @returns undefined where nobody could read it */
  function drawLine(
    profile: LineProfile,
    font: OutlineFont,
    text: string,
    random: Random,
  ): GrayImage | undefined {
    const placed = place(profile, font, text, random);
    const { em } = placed;
    const rules = distort(placed.rules, placed.distortion, em);
    const lineBounds = distortBox(placed.box, placed.distortion);
    // Between tilted or curved lines no straight cut shows just a bit of the next one.
    const straight = lineBounds.bottom - lineBounds.top < 1.3 * (placed.box.bottom - placed.box.top);
    const neighbours = straight ? drawNeighbours(profile, font, placed, random) : [];
    const outline = distort(placed.text.outline, placed.distortion, em);
    const inkBounds = outline.bounds();
    const crop = drawCrop(inkBounds, lineBounds, em, profile.crop, random);
    for (const neighbour of neighbours) {
      const around = distort(neighbour.outline, placed.distortion, em);
      // The crop reaches just so far that a bit of the neighbour shows.
      const bounds = around.bounds();
      if (neighbour.above) crop.top = Math.floor(Math.min(inkBounds.top, bounds.bottom - neighbour.visible));
      else crop.bottom = Math.ceil(Math.max(inkBounds.bottom, bounds.top + neighbour.visible));
      outline.append(around, 1, 0, 0, 1, 0, 0);
    }
    const { extras } = profile;
    const rule = random.chance(extras.rule * strength);
    const box = random.chance(extras.box * strength);
    if (rule || box) {
      const top = box ? random.chance(0.6) : random.chance(0.35);
      const slope = slopeOf(placed);
      edgeRules(rules, crop, inkBounds, em, slope, { top, bottom: !top || box, vertical: box }, random);
    }
    return paint(profile, outline, rules, crop, inkBounds, em, placed.grow * em, random);
  }

  function place(profile: LineProfile, font: OutlineFont, text: string, random: Random) {
    const [least, middle, most] = profile.height;
    const height = Math.min(most, Math.max(least, middle * Math.exp(random.normal(0, 0.38))));
    let em = height / (font.capHeight + font.descent);
    const length = [...text].length;
    const layout = drawLayout(length, profile.augment, random, strength);
    const gaps = drawGaps(profile, text, random);
    const wholePixels = random.chance(profile.wholePixels);
    if (wholePixels) em = Math.max(3, Math.round(em * font.xHeight)) / font.xHeight;
    let placed = layoutText(font, text, em, { ...layout, gaps, wholePixels });
    if (placed.width > MOST_WIDTH) {
      em *= MOST_WIDTH / placed.width;
      placed = layoutText(font, text, em, { ...layout, gaps });
    }
    const rules = new Outline();
    const { extras } = profile;
    for (const at of gaps.keys())
      if (random.chance(extras.leaders * strength * 3)) leaders(rules, placed, at, em, random);
    if (random.chance(extras.underline * strength)) underline(rules, placed, em, random);
    const box = { left: 0, top: -placed.ascent, right: placed.width, bottom: placed.descent };
    const distortion = drawDistortion(box, profile.augment, random, strength);
    return { text: placed, rules, box, distortion, em, grow: layout.grow } satisfies Placed;
  }

  /** Bits of the lines above and below. */
  function drawNeighbours(
    profile: LineProfile,
    font: OutlineFont,
    placed: Placed,
    random: Random,
  ): Neighbour[] {
    const found: Neighbour[] = [];
    const chance = profile.extras.neighbours * strength;
    for (const above of [true, false]) {
      if (!random.chance(chance)) continue;
      const text = drawText(profile, font, false, random, false);
      if (text === '') continue;
      const { em, box } = placed;
      const other = layoutText(font, text, em);
      const shift = random.range(-Math.max(0, other.width - 2 * em), Math.max(0, box.right - 2 * em));
      const gap = random.range(0.02, 0.3) * em;
      const ink = other.outline.bounds();
      if (!(ink.bottom > ink.top)) continue;
      const down = above ? box.top - gap - ink.bottom : box.bottom + gap - ink.top;
      const outline = new Outline();
      outline.append(other.outline, 1, 0, 0, 1, shift, down);
      // Less than a third of the letters' height: nobody could read it.
      found.push({ outline, above, visible: random.range(0.04, 0.22) * em });
    }
    return found;
  }

  function paint(
    profile: LineProfile,
    outline: Outline,
    rules: Outline,
    crop: Bounds,
    ink: Bounds,
    em: number,
    grow: number,
    random: Random,
  ): GrayImage | undefined {
    const width = Math.max(2, crop.right - crop.left);
    const height = Math.max(2, crop.bottom - crop.top);
    const offset = { offsetX: -crop.left, offsetY: -crop.top };
    const mask = fillOutlines(outline, width, height, { ...offset, grow });
    if (!rules.empty) fillInto(mask, rules, offset);
    const ground = drawGround(width, height, profile.tones, random, strength, textures, compositing);
    const { background, opacity } = ground;
    let inked = mask;
    if (profile.effects && compositing) {
      inked = drawWithEffects(
        background,
        mask,
        outline,
        crop,
        ink,
        em,
        ground,
        profile.effects,
        random,
        strength,
        grow,
      );
    } else {
      composite(background, mask, ground.ink, opacity);
    }
    if (strength === 0) return background;
    const within = shifted(ink, offset);
    if (inkCorrelation(background, inked, within) < LEAST_CORRELATION) return undefined;
    // A chain now and then destroys a faint text altogether (a threshold over a texture): degrade such a line less.
    const drawn = background.data.slice();
    for (const share of [1, 0.5, 0.25]) {
      const image = degrade(background, random, profile.degrade, strength * share);
      if (inkCorrelation(image, inked, within) >= LEAST_CORRELATION) return owned(image);
      background.data.set(drawn);
    }
    return background;
  }

  return { render, brokenFonts };
}

/** Slope of the distorted line from its left to its right end. */
function slopeOf({ box, distortion }: Placed): number {
  const middle = (box.top + box.bottom) / 2;
  const [x0, y0] = distortion.map(box.left, middle);
  const [x1, y1] = distortion.map(box.right, middle);
  return x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
}

function shifted({ left, top, right, bottom }: Bounds, by: { offsetX: number; offsetY: number }): Bounds {
  return {
    left: left + by.offsetX,
    top: top + by.offsetY,
    right: right + by.offsetX,
    bottom: bottom + by.offsetY,
  };
}

/** An image that shares its buffer with nothing, so that a thread may hand it over. */
function owned(image: GrayImage): GrayImage {
  return image.data.buffer.byteLength === image.data.length ? image : { ...image, data: image.data.slice() };
}

interface Placed {
  readonly text: PlacedText;
  /** Underlines and leaders, before distortion. */
  readonly rules: Outline;
  /** Advance box, capitals to descenders, before distortion. */
  readonly box: Bounds;
  readonly distortion: Distortion;
  /** Pixels of an em. */
  readonly em: number;
  /** Stroke growth at each side, ems. */
  readonly grow: number;
}

interface Neighbour {
  readonly outline: Outline;
  readonly above: boolean;
  /** Pixels of its ink inside the crop. */
  readonly visible: number;
}

/** Wide blanks of tables, catalogues and receipts: index of the blank → added space, ems. */
function drawGaps(profile: LineProfile, text: string, random: Random): Map<number, number> {
  const gaps = new Map<number, number>();
  if (!random.chance(profile.extras.gap)) return gaps;
  const blanks = [...text].flatMap((character, i) => (character === ' ' ? [i] : []));
  if (blanks.length === 0) return gaps;
  const count = random.chance(0.75) ? 1 : 2;
  for (let n = 0; n < count; n++) {
    // Mostly before the last column: item and price, name and page.
    const at = random.chance(0.55) ? (blanks.at(-1) as number) : random.pick(blanks);
    gaps.set(at, random.range(0.6, 7));
  }
  return gaps;
}
