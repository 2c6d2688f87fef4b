/**
 * The crops of a page's lines, one for each way in which a line may have to be read, and the choice between their readings.
 */
import type { GrayImage, Quad } from '../../models/base/image.js';
import type { DetectedLine } from '../../models/detector/detection.js';
import type { LineReading } from '../../models/recognizer/reading.js';
import { cropQuad } from '../../models/runtime/rectify.js';
import { growQuad, quadHeight, quadWidth } from './layout/geometry.js';
import { meanConfidence } from './layout/words.js';

/** Crops higher than this are reduced to it: twice what the recognizer needs, as it trims margins first. */
export const MOST_CROP_HEIGHT = 64;
/** Space left around a detected line, in line heights: tight crops lose their first letter. */
export const PAD_ALONG = 0.25;
export const PAD_ACROSS = 0.1;
/** Confidence that another direction must gain to be preferred. */
export const GAIN = 0.08;
/** Lines that decide about the page's direction. */
export const SAMPLE = 8;

/** One detected line with the ways in which it may have to be read. */
export interface Candidate {
  readonly quad: Quad;
  /** What the crop shows: the quad and the space around it. */
  readonly cut: Quad;
  readonly crop: GrayImage;
  /** Columns of the crop between which the line lies. */
  readonly start: number;
  readonly end: number;
  /** How sure the detector is that this is text; 1 where the crop was given. */
  readonly detection: number;
}

export interface Reading extends Candidate {
  readonly reading: LineReading;
}

/** Readings below this mean confidence are noise taken for text, where the detector is as sure as `USUAL`. */
export const NOISE = 0.7;
export const USUAL = 0.7;
/** How much more the reading must be sure of for each point that the detector is less sure, and the other way round. */
export const EXCHANGE = 1;
/** What even the surest detection needs. */
export const LEAST = 0.3;

/** Whether there is text, and which way up, does not depend on which of it is wanted: an allowlist has no say in it. */
const freely = (reading: LineReading): LineReading => reading.free ?? reading;

/**
 * Whether texture or dirt was taken for a line. Neither witness knows alone. Whoever is shown a line that was hardly read has
 * more to delete than to keep: with 0.7 in place of 0.5 the word F1 of all ten sets of dev pages, and of train receipts, is
 * higher or the same; with 0.8 that of the receipts falls.
 */
export function isNoise({ reading, detection }: Reading): boolean {
  return meanConfidence(freely(reading)) < Math.max(LEAST, NOISE + EXCHANGE * (USUAL - detection));
}

/** Another direction must be clearly surer, and more than a dash or a dot. */
export function isBetter(other: LineReading, best: LineReading): boolean {
  const free = freely(other);
  if ([...free.text.trim()].length < 2) return false;
  return meanConfidence(free) > meanConfidence(freely(best)) + GAIN;
}

/** Mean confidence over lines, those with more characters counting more. */
export function average(readings: readonly Reading[]): number {
  let sum = 0;
  let weight = 0;
  for (const { reading, crop } of readings) {
    // An empty reading of a long line is a failure as well: it counts as unsure as its crop is long.
    const free = freely(reading);
    const size = Math.max(free.characters.length, (0.5 * crop.width) / Math.max(1, crop.height), 1);
    sum += meanConfidence(free) * size;
    weight += size;
  }
  return weight === 0 ? 0 : sum / weight;
}

/** Sure detections of some length, the longest first. */
export function sample(lines: readonly DetectedLine[]): DetectedLine[] {
  const long = (line: DetectedLine) => {
    const [a, b] = [quadWidth(line.quad), quadHeight(line.quad)];
    return Math.min(20, Math.max(a, b) / Math.max(1, Math.min(a, b))) * line.confidence;
  };
  return [...lines].sort((a, b) => long(b) - long(a)).slice(0, SAMPLE);
}

/** The crop of a detected line with some space around it. @param detection how sure the detector is */
export function padded(image: GrayImage, quad: Quad, detection: number): Candidate {
  const height = quadHeight(quad);
  return { ...toCandidate(image, quad, PAD_ALONG * height, PAD_ACROSS * height), detection };
}

/** Share of a crop's pixels that must be of one tone for it to be paper, within `EVEN` grey levels; ink differs by `INK`. */
const PAPER = 0.45;
const EVEN = 16;
const INK = 64;

/**
 * The crop of a whole image, which may have been trimmed to its ink: then it gets paper at both ends. Where there is no even
 * ground to go on with it stays as it is, and where there is room on any side: what touches the ends there is a rule or a
 * neighbour rather than a letter.
 */
export function wholeCandidate(image: GrayImage, quad: Quad): Candidate {
  const tight = toCandidate(image, quad, 0, 0);
  const { width, height, data } = tight.crop;
  const sorted = data.slice().sort();
  const paper = sorted[sorted.length >> 1]!;
  const even = sorted.filter((value) => Math.abs(value - paper) <= EVEN);
  if (even.length < PAPER * data.length) return tight;
  const isInk = (x: number, y: number) => Math.abs(data[y * width + x]! - paper) > INK;
  const columns = Array.from({ length: width }, (_, x) => x);
  const rows = Array.from({ length: height }, (_, y) => y);
  const isTrimmed =
    [0, width - 1].some((x) => rows.some((y) => isInk(x, y))) &&
    [0, height - 1].every((y) => columns.some((x) => isInk(x, y)));
  if (!isTrimmed) return tight;
  const room = Math.max(1, Math.round(PAD_ALONG * height));
  const crop = {
    width: width + 2 * room,
    height,
    data: new Uint8Array((width + 2 * room) * height).fill(paper),
  };
  for (let y = 0; y < height; y++)
    crop.data.set(data.subarray(y * width, (y + 1) * width), y * crop.width + room);
  const cut = growQuad(quad, (room * quadWidth(quad)) / width, 0);
  return { ...tight, crop, cut, start: room, end: room + width };
}

export function toCandidate(image: GrayImage, quad: Quad, along: number, across: number): Candidate {
  const grown = growQuad(quad, along, across);
  const height = Math.max(1, Math.min(MOST_CROP_HEIGHT, Math.round(quadHeight(grown))));
  const crop = cropQuad(image, grown, height);
  const scale = crop.width / Math.max(1e-6, quadWidth(grown));
  return { quad, cut: grown, crop, start: along * scale, end: crop.width - along * scale, detection: 1 };
}
