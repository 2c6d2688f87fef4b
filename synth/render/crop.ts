/** Where a crop is cut around its text: from cutting a pixel off the ink to wide margins, as detectors and people do. */
import type { Random } from '../../models/base/random.js';
import type { Bounds } from './outline.js';

/** Weights of the ways to cut above and below, and probabilities at the sides. */
export interface CropHabits {
  /** Along the ink. */
  readonly ink: number;
  /** Along the line's box, capitals to descenders. */
  readonly line: number;
  /** The print takes 35–90 % of the height. */
  readonly loose: number;
  /** No margin left or right, up to a pixel of a letter cut off. */
  readonly tightSides: number;
  /** Margins up to 2 ems. */
  readonly wideSides: number;
}

/** Highest crop that a loose cut makes, pixels. */
const MOST_LOOSE = 96;

/**
 * @param ink bounds of the drawn text @param line the line's box after distortion, both in pixels
 * @param em pixels of an em
 * @returns whole pixels; `right` and `bottom` excluded
 */
export function drawCrop(ink: Bounds, line: Bounds, em: number, habits: CropHabits, random: Random): Bounds {
  // What may be cut off the ink: a pixel, less where print is tiny.
  const cut = Math.min(1.2, em * 0.04);
  const height = ink.bottom - ink.top;
  let top: number;
  let bottom: number;
  const { ink: inkWeight, line: lineWeight, loose } = habits;
  switch (random.weighted({ ink: inkWeight, line: lineWeight, loose })) {
    case 'ink': {
      const most = random.chance(0.5) ? 0.8 : Math.max(1, em * 0.1);
      top = ink.top - random.range(-cut, most);
      bottom = ink.bottom + random.range(-cut, most);
      break;
    }
    case 'line': {
      const most = em * 0.15;
      top = Math.min(line.top, ink.top) - random.range(-cut, most);
      bottom = Math.max(line.bottom, ink.bottom) + random.range(-cut, most);
      break;
    }
    case 'loose': {
      // Single dots and dashes are not blown up to fill a crop.
      const extent = Math.max(height, em * 0.5);
      const extra = Math.min(extent * (1 / random.range(0.35, 0.9) - 1), Math.max(0, MOST_LOOSE - extent));
      const above = random.range(0.25, 0.75);
      top = ink.top - extra * above;
      bottom = ink.bottom + extra * (1 - above);
      break;
    }
  }
  // A crop of "-" or "." alone keeps a line's height: at least its small letters fit.
  const least = em * 0.45;
  if (bottom - top < least) {
    const middle = (Math.min(line.bottom, bottom + least) + Math.max(line.top, top - least)) / 2;
    top = Math.min(top, middle - least / 2);
    bottom = Math.max(bottom, middle + least / 2);
  }
  const side = () =>
    random.chance(habits.tightSides)
      ? random.range(-cut, 1)
      : random.chance(habits.wideSides)
        ? random.range(0.4, 2) * em
        : random.range(0.02, 0.45) * em;
  return {
    left: Math.floor(ink.left - side()),
    top: Math.floor(top),
    right: Math.ceil(ink.right + side()),
    bottom: Math.ceil(bottom),
  };
}
