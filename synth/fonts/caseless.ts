/**
 * Finds fonts that draw small letters as (small) capitals: their "a" looks like an "A", so a label in lower case would
 * be a lie. Compares letters whose two cases differ in shape, each drawn into the same small square.
 */
import { fillOutlines } from '../render/fill.js';
import { inkCorrelation } from '../render/legibility.js';
import { Outline } from '../render/outline.js';

const LETTERS = 'abdeghnrqt';
const SIDE = 16;
/** Correlation from which two drawings are the same letter. */
const ALIKE = 0.65;

/** @param outlineOf the outline of a character, or undefined where the font has none */
export function lacksLowerCase(outlineOf: (character: string) => Outline | undefined): boolean {
  let same = 0;
  let compared = 0;
  for (const letter of LETTERS) {
    const small = outlineOf(letter);
    const capital = outlineOf(letter.toUpperCase());
    if (!small || !capital || small.empty || capital.empty) continue;
    compared++;
    if (inkCorrelation(square(small), square(capital)) > ALIKE) same++;
  }
  return compared >= 4 && same >= compared * 0.6;
}

/** The outline stretched over a square. */
function square(outline: Outline) {
  const { left, top, right, bottom } = outline.bounds();
  const x = SIDE / (right - left || 1);
  const y = SIDE / (bottom - top || 1);
  const scaled = new Outline();
  scaled.append(outline, x, 0, 0, y, -left * x, -top * y);
  return fillOutlines(scaled, SIDE, SIDE);
}
