/** A grey page → lines of text: find them, turn the page upright, cut them out, read them, put them in order. */
import type { PageRules } from '../manifest/schema.js';
import { cutOut, heightOf, turn, widthOf } from './image.js';
import { inReadingOrder, toRows } from './layout.js';
import {
  angleOf,
  around,
  facing,
  grown,
  mapCorners,
  median,
  slopeOf,
  straightened,
  turned,
} from './quads.js';
import { lookAgain, type Reading, type ReadTogether } from './second-look.js';
import { withoutThinSpaces } from './thin-spaces.js';
import type {
  Character,
  FoundLine,
  LineReading,
  PageLine,
  PageReading,
  Plane,
  Point,
  Quad,
} from './types.js';

/** The models, each behind a function. */
export interface PageTools {
  find(page: Plane): Promise<FoundLine[]>;
  read(crop: Plane): Promise<LineReading>;
  readonly readTogether: ReadTogether;
}

export async function readPage(page: Plane, rules: PageRules, tools: PageTools): Promise<PageReading> {
  const clock = stopwatch();
  const find = async (plane: Plane) => {
    const found = await tools.find(plane);
    return mergePieces(found.filter(({ quad }) => widthOf(quad) >= 1 && heightOf(quad) >= 1));
  };
  const readAs = async (plane: Plane, quad: Quad, found: number): Promise<Reading> => {
    const height = heightOf(quad);
    const wide = grown(quad, rules.padAlong * height, rules.padAcross * height);
    const rows = Math.max(1, Math.min(rules.mostCropHeight, Math.round(heightOf(wide))));
    const crop = cutOut(plane, wide, rows);
    return { quad, cut: wide, found, crop, reading: await tools.read(crop) };
  };
  const readAll = async (plane: Plane, lines: readonly FoundLine[]) => {
    const typical = median(lines.map(({ quad }) => Math.min(heightOf(quad), widthOf(quad))));
    const best: Reading[] = [];
    for (const { quad, confidence } of lines) {
      let chosen: Reading | undefined;
      for (const way of directions(quad, typical)) {
        const next = await readAs(plane, way, confidence);
        if (!chosen || isBetter(next, chosen, rules.gain)) chosen = next;
      }
      if (chosen) best.push(chosen);
    }
    return best;
  };
  /** How sure the longest lines are when the page is turned. */
  const trial = async (plane: Plane, lines: readonly FoundLine[], quarters: number) => {
    const readings: Reading[] = [];
    for (const { quad, confidence } of longest(lines, rules.sample)) {
      const way =
        quarters % 2 === 0
          ? turned(directions(quad, 0)[0]!, quarters)
          : facing(quad, (-quarters * Math.PI) / 2);
      readings.push(await readAs(plane, way, confidence));
    }
    return sureness(readings);
  };

  let [plane, quarters] = [page, 0];
  let lines = await find(page);
  let detect = clock();
  const turnTo = async (next: number) => {
    [plane, quarters] = [turn(page, next), next];
    clock();
    lines = await find(plane);
    detect += clock();
  };
  let read = 0;
  if (liesOnItsSide(lines)) {
    const [one, three] = [await trial(plane, lines, 1), await trial(plane, lines, 3)];
    read += clock();
    await turnTo(three > one ? 3 : 1);
  } else if (lines.length >= rules.letters.count && typicalShape(lines) < rules.letters.shape) {
    // Lines of a page on its side may be found letter by letter.
    const upright = lines;
    await turnTo(1);
    if (lines.length > 1 && typicalShape(lines) > rules.letters.longer * typicalShape(upright)) {
      const [one, three] = [await trial(plane, lines, 0), await trial(plane, lines, 2)];
      read += clock();
      if (three > one) await turnTo(3);
    } else [plane, quarters, lines] = [page, 0, upright];
  }
  let readings = await readAll(plane, lines);
  if (quarters === 0 && readings.length > 0 && sureness(readings) < rules.upright.sure) {
    const chosen = longest(lines, rules.sample);
    const upright = sureness(readings.filter((_, i) => chosen.includes(lines[i]!)));
    const over = await trial(plane, lines, 2);
    read += clock();
    if (over > Math.max(rules.upright.plausible, upright + rules.gain)) {
      await turnTo(2);
      readings = await readAll(plane, lines);
    }
  }
  const { mostLines, scene } = rules.secondLook;
  if (readings.length <= mostLines && sureness(readings) < scene) {
    const again: Reading[] = [];
    for (const reading of readings)
      again.push(await lookAgain(plane, reading, rules.secondLook, tools.readTogether));
    readings = again;
  }
  read += clock();
  const slope = slopeOf(readings.map(({ quad }) => quad));
  const kept = readings
    .filter((read) => !isNoise(read, rules.noise))
    .map(
      ({ quad, reading }): PageLine => ({
        text: words(withoutThinSpaces(reading, rules.thinSpaces)),
        quad,
        confidence: reading.confidence,
      }),
    )
    .filter((line) => line.text !== '');
  const ordered = inReadingOrder(kept, slope);
  const back = turnBack(quarters, page);
  return {
    text: ordered.map((line) => line.text).join('\n'),
    lines: ordered.map((line) => ({ ...line, quad: mapCorners(line.quad, back) })),
    rotation: (quarters * 90) as 0 | 90 | 180 | 270,
    timings: { detect, read, layout: clock() },
  };
}

const words = (characters: readonly Character[]) =>
  characters
    .map(({ text }) => text)
    .join('')
    .split(/\s+/u)
    .filter(Boolean)
    .join(' ');

/** Of the letters that are no blanks; 0 for none. */
function meanConfidence({ characters }: LineReading): number {
  const letters = characters.filter((character) => character.text.trim() !== '');
  return letters.reduce((sum, letter) => sum + letter.confidence, 0) / Math.max(1, letters.length);
}

/** Texture or dirt: neither the detector nor the recognizer knows alone. */
const isNoise = (
  { reading, found }: Reading,
  { confidence, detection, exchange, least }: PageRules['noise'],
) => meanConfidence(reading) < Math.max(least, confidence + exchange * (detection - found));

/** Median length of lines in their own heights. */
const typicalShape = (lines: readonly FoundLine[]) => median(lines.map(({ quad }) => shapeOf(quad)));

/** Another direction must be clearly surer, and more than a dash. */
const isBetter = (other: Reading, best: Reading, gain: number) =>
  [...other.reading.text.trim()].length >= 2 &&
  meanConfidence(other.reading) > meanConfidence(best.reading) + gain;

/** Mean confidence over lines, longer ones counting more; an empty reading of a long crop counts as long. */
function sureness(readings: readonly Reading[]): number {
  let [sum, weight] = [0, 0];
  for (const { reading, crop } of readings) {
    const size = Math.max(reading.characters.length, (0.5 * crop.width) / Math.max(1, crop.height), 1);
    sum += meanConfidence(reading) * size;
    weight += size;
  }
  return weight === 0 ? 0 : sum / weight;
}

const shapeOf = (quad: Quad) => {
  const [width, height] = [widthOf(quad), heightOf(quad)];
  return Math.max(width, height) / Math.max(1e-6, Math.min(width, height));
};

function longest(lines: readonly FoundLine[], count: number): FoundLine[] {
  const worth = ({ quad, confidence }: FoundLine) => Math.min(20, shapeOf(quad)) * confidence;
  return [...lines].sort((a, b) => worth(b) - worth(a)).slice(0, count);
}

/** The ways in which a quad may have to be read, the likeliest first: steep ones may run up or down. */
function directions(quad: Quad, typicalHeight: number): Quad[] {
  const [shape, longer] = [shapeOf(quad), Math.max(widthOf(quad), heightOf(quad))];
  const upright = facing(quad, 0);
  if (shape < 1.5) return [upright];
  const text = widthOf(quad) >= heightOf(quad) ? quad : turned(quad, 1);
  const forward = Math.cos(angleOf(text)) < -1e-9 ? turned(text, 2) : text;
  if (Math.abs(angleOf(forward)) < Math.PI / 3) return [forward];
  if (longer <= 1.6 * typicalHeight) return [upright];
  return [...(shape < 4 ? [upright] : []), forward, turned(forward, 2)];
}

function liesOnItsSide(lines: readonly FoundLine[]): boolean {
  let [across, steep] = [0, 0];
  for (const { quad } of lines.filter((line) => shapeOf(line.quad) >= 1.5)) {
    const [width, height] = [widthOf(quad), heightOf(quad)];
    const angle = angleOf(quad) + (width >= height ? 0 : Math.PI / 2);
    if (Math.abs(Math.sin(angle)) > Math.SQRT1_2) steep += Math.max(width, height);
    else across += Math.max(width, height);
  }
  return steep > 1.5 * across;
}

/** Pieces of one printed line, less than a blank apart, become one. */
function mergePieces(lines: readonly FoundLine[]): FoundLine[] {
  const slope = slopeOf(lines.map(({ quad }) => quad));
  const lies = ({ quad }: FoundLine) =>
    Math.abs(Math.sin(angleOf(quad) - slope)) < 0.2 && widthOf(quad) >= 0.3 * heightOf(quad);
  const boxes = lines.filter(lies).map((line) => ({ ...straightened(line.quad, slope), line }));
  const groups: (typeof boxes)[] = [];
  for (const row of toRows(boxes))
    row.forEach((box, i) => {
      const last = row[i - 1];
      const [low, high] = [box, last ?? box].map((each) => each.bottom - each.top).sort((a, b) => a - b) as [
        number,
        number,
      ];
      const isPiece =
        last &&
        box.left - last.right <= 0.35 * low &&
        high <= 1.4 * low &&
        Math.abs(last.top + last.bottom - box.top - box.bottom) / 2 <= 0.3 * low;
      if (isPiece) groups.at(-1)!.push(box);
      else groups.push([box]);
    });
  const merged = groups.map((group): FoundLine => {
    if (group.length === 1) return group[0]!.line;
    const quads = group.map(({ line }) => line.quad);
    const length = quads.reduce((sum, quad) => sum + widthOf(quad), 0);
    const angle = quads.reduce((sum, quad) => sum + angleOf(quad) * widthOf(quad), 0) / length;
    return { quad: around(quads, angle), confidence: Math.min(...group.map(({ line }) => line.confidence)) };
  });
  return [...merged, ...lines.filter((line) => !lies(line))];
}

function turnBack(quarters: number, { width, height }: Plane): (point: Point) => Point {
  return ([x, y]) => {
    if (quarters === 1) return [y, height - x];
    if (quarters === 2) return [width - x, height - y];
    return quarters === 3 ? [width - y, x] : [x, y];
  };
}

/** Milliseconds since the last call. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const passed = performance.now() - last;
    last += passed;
    return passed;
  };
}
