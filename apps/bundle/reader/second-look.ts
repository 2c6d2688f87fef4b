/** A second look at the words of scenes that were read without certainty: from several views together. */
import type { PageRules } from '../manifest/schema.js';
import { cutOut, heightOf, resize, widthOf } from './image.js';
import type { LineReading, Plane, Point, Quad } from './types.js';

export interface Reading {
  readonly quad: Quad;
  /** What the crop shows: the quad and the space around it. */
  readonly cut: Quad;
  /** How sure the detector is. */
  readonly found: number;
  readonly crop: Plane;
  readonly reading: LineReading;
}

/** Reads several crops of one word as one: the reading, and which crop it stands on. */
export type ReadTogether = (
  crops: readonly Plane[],
) => Promise<{ reading: LineReading; crop: number } | undefined>;

/** The reading, or where it is unsure what several views of the word show. */
export async function lookAgain(
  page: Plane,
  first: Reading,
  rules: PageRules['secondLook'],
  read: ReadTogether,
): Promise<Reading> {
  const { crop, reading } = first;
  if (reading.confidence >= rules.certain || crop.width >= rules.longest * crop.height) return first;
  const crops = [
    crop,
    ...rules.stretches.map((by) => resize(crop, Math.max(1, Math.round(crop.width * by)), crop.height)),
    ...nudged(first.cut, rules).map((quad) => cutOut(page, quad, crop.height)),
  ];
  const together = await read(crops);
  return together ? { ...first, crop: crops[together.crop]!, reading: together.reading } : first;
}

/** Slanted, tilted, tighter and looser. */
function nudged(quad: Quad, { slant, rise, margin }: PageRules['secondLook']): Quad[] {
  const [width, height] = [widthOf(quad), heightOf(quad)];
  const up = Math.min(rise.byHeight, (rise.byWidth * width) / height);
  /** By corner, in heights: along the text, and down. */
  const moved = (...steps: readonly [Point, Point, Point, Point]): Quad => {
    const corner = (i: 0 | 1 | 2 | 3): Point => {
      const [along, down] = [(steps[i][0] * height) / width, steps[i][1]];
      const [[left, top], right, , below] = quad;
      return [
        quad[i][0] + along * (right[0] - left) + down * (below[0] - left),
        quad[i][1] + along * (right[1] - top) + down * (below[1] - top),
      ];
    };
    return [corner(0), corner(1), corner(2), corner(3)];
  };
  const slanted = (by: number) => moved([by, 0], [by, 0], [-by, 0], [-by, 0]);
  const tilted = (by: number) => moved([0, by], [0, -by], [0, -by], [0, by]);
  return [
    slanted(slant),
    slanted(-slant),
    tilted(up),
    tilted(-up),
    moved([0, margin], [0, margin], [0, -margin], [0, -margin]),
    moved([-margin, -margin], [margin, -margin], [margin, margin], [-margin, margin]),
  ];
}
