/**
 * A second look at words that were not read with certainty. Who cuts words out of pictures cuts upright boxes: around
 * a word that runs askew the box is higher than the letters, and they are small in it; letters may also stand closer, wider
 * or more slanted than most. So the word is looked at from several views, which are then read together.
 */
import type { GrayImage, Point, Quad } from '../../models/base/image.js';
import type { LineReading, ReadCharacter } from '../../models/recognizer/reading.js';
import { cropQuad } from '../../models/runtime/rectify.js';
import { resizeGray } from '../../models/runtime/resample.js';
import { average, type Candidate, type Reading, toCandidate } from './candidates.js';
import { quadHeight, quadWidth, sliceQuad } from './layout/geometry.js';

export const SECOND_LOOK = {
  /** Mean confidence below which what was read is the lettering of a scene. Pages of print and forms reach 0.82, scenes 0.75. */
  scene: 0.78,
  /** More lines than this are no scene but a page read badly, or texture taken for text. */
  mostLines: 60,
  /** Words whose least sure character is surer need no second look. */
  certain: 0.85,
  /** Words longer than this, in heights of the crop, are lines whose words are not told apart. */
  longest: 8,
  /** Width by width. */
  stretches: [0.65, 0.8, 1.3, 1.6],
  /** By which the crop's upper and lower edge move against each other, in heights. */
  slant: 0.15,
  /** By which its ends rise and fall, in heights, but not more than a share of its width. */
  rise: { byHeight: 0.15, byWidth: 0.04 },
  /** Cut off above and below, or added around, in heights. */
  margin: 0.08,
} as const;

/**
 * The same of words in lines, which with 0.85 take 43 ms each, not 30, for a few hundredths of a point of the dev lines' CER.
 * Words by themselves lose half a point of accuracy by it.
 */
const CERTAIN_IN_LINE = 0.7;

/** Degrees; beyond these, words are usually cut so that they stand or lie. */
const TILTS = [-40, -30, -20, -10, 10, 20, 30, 40].map((degrees) => (degrees * Math.PI) / 180);
/** Near 45° the box says nothing of the word's shape: this is taken for it, width by height. */
const USUAL_SHAPE = 3;
const LEAST = { width: 8, height: 6 };

/** Whether a photograph of things was read rather than one of a page: its words are hard, and few enough to look again. */
export function isScene(readings: readonly Reading[]): boolean {
  return readings.length <= SECOND_LOOK.mostLines && average(readings) < SECOND_LOOK.scene;
}

/** A word of a reading, and the columns of the crop that are its own. */
export interface WordPart {
  /** Its characters: the first, and one past the last. */
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
  /** The crop shows no other. */
  readonly alone: boolean;
}

/** The words that deserve a second look. */
export function unsureWords({ crop, reading }: Reading): WordPart[] {
  const words: { first: number; last: number }[] = [];
  reading.characters.forEach(({ text }, i) => {
    const word = words.at(-1);
    if (text.trim() === '') return;
    if (word?.last === i) word.last++;
    else words.push({ first: i, last: i + 1 });
  });
  if (words.length === 0) words.push({ first: 0, last: 0 });
  const { characters } = reading;
  /** Half way between a word and the next. */
  const border = (i: number) =>
    (characters[words[i]!.last - 1]!.end + characters[words[i + 1]!.first]!.start) / 2;
  return words
    .map(({ first, last }, i) => ({
      first,
      last,
      from: i === 0 ? 0 : border(i - 1),
      to: i === words.length - 1 ? crop.width : border(i),
      alone: words.length === 1,
    }))
    .filter(
      ({ first, last, from, to, alone }) =>
        to - from < SECOND_LOOK.longest * crop.height &&
        // Dashes and quotes by themselves are nothing but dots.
        (alone || characters.slice(first, last).some(({ text }) => /[\p{L}\p{N}]/u.test(text))) &&
        // Where nothing was read, that is no certainty.
        !(
          last > first &&
          leastOf(characters.slice(first, last)) >= (alone ? SECOND_LOOK.certain : CERTAIN_IN_LINE)
        ),
    );
}

const leastOf = (characters: readonly ReadCharacter[]) =>
  Math.min(...characters.map(({ confidence }) => confidence));

/** The word by itself. */
export function cutWord(image: GrayImage, line: Candidate, { from, to, alone }: WordPart): Candidate {
  if (alone) return line;
  const { width, height } = line.crop;
  const quad = sliceQuad(line.cut, from / width, to / width);
  const crop = cropQuad(image, quad, height);
  return { ...line, quad, cut: quad, crop, start: 0, end: crop.width };
}

/** The line with a word read anew. @param word its reading in a view of the word that is `width` columns wide */
export function replaceWord(line: Reading, part: WordPart, word: LineReading, width: number): Reading {
  const place = (x: number) => part.from + (x / width) * (part.to - part.from);
  const characters = line.reading.characters.toSpliced(
    part.first,
    part.last - part.first,
    ...word.characters.map((each) => ({ ...each, start: place(each.start), end: place(each.end) })),
  );
  const text = characters.map((each) => each.text).join('');
  const confidence = Math.min(1, ...characters.map((each) => each.confidence));
  return { ...line, reading: { ...line.reading, text, confidence, characters } };
}

/** The same word seen otherwise than in `seen`. */
export function otherViews(image: GrayImage, seen: Candidate): Candidate[] {
  return [
    ...SECOND_LOOK.stretches.map((factor) =>
      like(seen, resizeGray(seen.crop, Math.max(1, Math.round(seen.crop.width * factor)), seen.crop.height)),
    ),
    ...nudgedQuads(seen.cut).map((quad) => like(seen, cropQuad(image, quad, seen.crop.height))),
  ];
}

/** The word that runs askew in the box that is the whole image. */
export function tiltedViews(image: GrayImage): Candidate[] {
  const quads = TILTS.map((angle) => tiltedQuad(image.width, image.height, angle));
  return quads.filter((quad) => quad !== undefined).map((quad) => toCandidate(image, quad, 0, 0));
}

/**
 * The word at `angle` (radians, clockwise) whose upright bounding box has these sides: with word sides w × h they are
 * w cos + h sin and w sin + h cos. Undefined where no word that is longer than high has them.
 */
export function tiltedQuad(width: number, height: number, angle: number): Quad | undefined {
  const [cos, sin] = [Math.cos(angle), Math.abs(Math.sin(angle))];
  const determinant = cos * cos - sin * sin;
  let w = (width * cos - height * sin) / determinant;
  let h = (height * cos - width * sin) / determinant;
  if (determinant < 0.3) {
    h = (Math.min(width, height) * Math.SQRT2) / (1 + USUAL_SHAPE);
    w = USUAL_SHAPE * h;
  }
  if (!(w >= LEAST.width && h >= LEAST.height && w >= h)) return undefined;
  const corner = (x: number, y: number): Point => [
    width / 2 + x * w * cos - y * h * Math.sin(angle),
    height / 2 + x * w * Math.sin(angle) + y * h * cos,
  ];
  return [corner(-0.5, -0.5), corner(0.5, -0.5), corner(0.5, 0.5), corner(-0.5, 0.5)];
}

/** `quad` slanted, tilted, tighter and looser. */
function nudgedQuads(quad: Quad): Quad[] {
  const [width, height] = [quadWidth(quad), quadHeight(quad)];
  const [topLeft, topRight, , bottomLeft] = quad;
  /** A step along the text and down, in pixels. */
  const step = (along: number, down: number): Point => {
    const [a, d] = [along / width, down / height];
    return [
      a * (topRight[0] - topLeft[0]) + d * (bottomLeft[0] - topLeft[0]),
      a * (topRight[1] - topLeft[1]) + d * (bottomLeft[1] - topLeft[1]),
    ];
  };
  const moved = (...steps: readonly (readonly [along: number, down: number])[]) =>
    quad.map(([x, y], i) => {
      const [dx, dy] = step(...steps[i]!);
      return [x + dx, y + dy];
    }) as unknown as Quad;
  const slant = (by: number) => moved([by, 0], [by, 0], [-by, 0], [-by, 0]);
  const tilt = (by: number) => moved([0, by], [0, -by], [0, -by], [0, by]);
  const rise = Math.min(SECOND_LOOK.rise.byHeight * height, SECOND_LOOK.rise.byWidth * width);
  const margin = SECOND_LOOK.margin * height;
  return [
    slant(SECOND_LOOK.slant * height),
    slant(-SECOND_LOOK.slant * height),
    tilt(rise),
    tilt(-rise),
    moved([0, margin], [0, margin], [0, -margin], [0, -margin]),
    moved([-margin, -margin], [margin, -margin], [margin, margin], [-margin, margin]),
  ];
}

/** Another crop of what `seen` shows. */
function like(seen: Candidate, crop: GrayImage): Candidate {
  const scale = crop.width / seen.crop.width;
  return { ...seen, crop, start: seen.start * scale, end: seen.end * scale };
}
