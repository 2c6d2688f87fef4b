/** A second look at the words of scenes that were read without certainty: from several views together. */
import type { PageRules } from '../manifest/schema.js';
import { cutOut, heightOf, resize, widthOf } from './image.js';
import type { Character, LineReading, Plane, Point, Quad } from './types.js';

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
  /** The line that they are words of, as high as they are: its print decides which rows are trimmed. */
  line?: Plane,
) => Promise<{ reading: LineReading; crop: number } | undefined>;

type Rules = PageRules['secondLook'];

/** The line, its unsure words as several views of them show them. */
export async function lookAgain(
  page: Plane,
  line: Reading,
  rules: Rules,
  read: ReadTogether,
): Promise<Reading> {
  if (line.reading.text === '') return line;
  let best = line;
  for (const word of unsureWords(line, rules).reverse()) {
    const { from, to } = word;
    const cut = word.alone ? line.cut : part(line.cut, from / line.crop.width, to / line.crop.width);
    const seen = word.alone ? line.crop : cutOut(page, cut, line.crop.height);
    const crops = [
      seen,
      ...rules.stretches.map((by) => resize(seen, Math.max(1, Math.round(seen.width * by)), seen.height)),
      ...nudged(cut, rules).map((quad) => cutOut(page, quad, seen.height)),
    ];
    const together = await read(crops, word.alone ? undefined : line.crop);
    if (!together) continue;
    const { reading } = together;
    const crop = crops[together.crop]!;
    const place = (x: number) => from + (x / crop.width) * (to - from);
    const moved = reading.characters.map((c) => ({ ...c, start: place(c.start), end: place(c.end) }));
    best = word.alone
      ? { ...line, crop, reading }
      : { ...best, reading: spliced(best.reading, word.first, word.last, moved) };
  }
  return best;
}

/** Runs of characters without blanks that hold an unsure one, with the columns up to half of the gaps beside them. */
function unsureWords({ crop, reading: { characters } }: Reading, rules: Rules) {
  const words: { first: number; last: number }[] = [];
  characters.forEach(({ text }, i) => {
    if (text.trim() === '') return;
    const word = words.at(-1);
    if (word?.last === i) word.last++;
    else words.push({ first: i, last: i + 1 });
  });
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
        to - from < rules.longest * crop.height &&
        (alone || characters.slice(first, last).some(({ text }) => /[\p{L}\p{N}]/u.test(text))) &&
        characters.slice(first, last).some(({ confidence }) => confidence < rules.certain),
    );
}

function spliced(
  { characters }: LineReading,
  first: number,
  last: number,
  word: readonly Character[],
): LineReading {
  const all = [...characters.slice(0, first), ...word, ...characters.slice(last)];
  const confidence = Math.min(1, ...all.map((each) => each.confidence));
  return { text: all.map((each) => each.text).join(''), confidence, characters: all };
}

/** What lies between two shares of its length. */
function part([topLeft, topRight, bottomRight, bottomLeft]: Quad, from: number, to: number): Quad {
  const between = (a: Point, b: Point, t: number): Point => [
    a[0] + (b[0] - a[0]) * t,
    a[1] + (b[1] - a[1]) * t,
  ];
  return [
    between(topLeft, topRight, from),
    between(topLeft, topRight, to),
    between(bottomLeft, bottomRight, to),
    between(bottomLeft, bottomRight, from),
  ];
}

/** Slanted, tilted, tighter and looser. */
function nudged(quad: Quad, { slant, rise, margin }: Rules): Quad[] {
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
