/**
 * The detector's maps → line boxes. Each connected part of `core` (logits above the threshold) is one line: its direction and
 * middle come from `geometry`, whose four channels at each cell are ln(1 + d / stride) of the distances d to the line's top and
 * bottom, and the cosine and sine of twice its angle.
 */
import type { DetectorModel } from '../manifest/models.js';
import type { LineBox } from './line-box.js';
import { coversOne, isLoneSign, rowsOf } from './lone-signs.js';

type Rules = DetectorModel['postprocessing'];

export interface Maps {
  /** Logits [coreHeight, coreWidth]. */
  readonly core: Float32Array;
  readonly coreWidth: number;
  readonly coreHeight: number;
  /** Channel of a cell: geometry[cell * cellStep + channel * channelStep], so that either layout will do. */
  readonly geometry: Float32Array;
  readonly geometryWidth: number;
  readonly geometryHeight: number;
  readonly cellStep: number;
  readonly channelStep: number;
  /** Pixels of the input that are picture; what lies beyond is padding. */
  readonly contentWidth: number;
  readonly contentHeight: number;
}

/** Cells of a part that are looked at for its middle and height. */
const MOST_SAMPLES = 400;

export function findLines(maps: Maps, rules: Rules): LineBox[] {
  const fit = (cells: readonly number[]) => fitLine(cells, maps, rules, 0);
  const lines = parts(maps, rules, rules.threshold)
    .flatMap(fit)
    .filter((line) => line.confidence >= rules.leastConfidence && line.height >= rules.leastHeight);
  const { threshold } = rules.loneSigns;
  // Traces are looked for at the lower threshold itself.
  const rows = rules.threshold > threshold ? rowsOf(lines, rules) : [];
  const weak = rows.length > 0 ? parts(maps, rules, threshold) : [];
  const signs = weak
    .filter((cells) => !lines.some((line) => coversOne(line, cells, maps.coreWidth, rules)))
    .flatMap(fit)
    .filter((sign) => isLoneSign(sign, rows, rules));
  return joinPieces([...lines, ...signs]);
}

/** The 8-connected parts above the threshold, cell by cell; fewer than three cells are a speck. */
function parts(
  { core, coreWidth, coreHeight, contentWidth, contentHeight }: Maps,
  rules: Rules,
  threshold: number,
): number[][] {
  const least = Math.log(threshold / (1 - threshold));
  const right = Math.min(coreWidth, Math.ceil(contentWidth / rules.coreStride));
  const below = Math.min(coreHeight, Math.ceil(contentHeight / rules.coreStride));
  const open = new Uint8Array(core.length);
  for (let y = 0; y < below; y++)
    for (let i = y * coreWidth; i < y * coreWidth + right; i++) open[i] = core[i]! > least ? 1 : 0;
  const found: number[][] = [];
  for (let seed = open.indexOf(1); seed >= 0; seed = open.indexOf(1, seed + 1)) {
    const cells = [seed];
    open[seed] = 0;
    // The list grows while it is walked.
    for (const cell of cells) {
      const [x, y] = [cell % coreWidth, Math.floor(cell / coreWidth)];
      for (let v = Math.max(0, y - 1); v <= Math.min(coreHeight - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(coreWidth - 1, x + 1); u++)
          if (open[v * coreWidth + u] === 1) {
            open[v * coreWidth + u] = 0;
            cells.push(v * coreWidth + u);
          }
    }
    if (cells.length >= 3) found.push(cells);
  }
  return found;
}

/** Where a cell of a part says that the line is: along its direction, and its top and bottom across it. */
interface Sample {
  readonly along: number;
  readonly top: number;
  readonly bottom: number;
}

const middleOf = ({ top, bottom }: Sample) => (top + bottom) / 2;

function fitLine(cells: readonly number[], maps: Maps, rules: Rules, depth: number): LineBox[] {
  const { core, coreWidth, geometry, channelStep } = maps;
  const n = cells.length;
  let [confidence, cx, cy, cos2, sin2] = [0, 0, 0, 0, 0];
  for (const cell of cells) {
    confidence += 1 / (1 + Math.exp(-core[cell]!)) / n;
    cx += cell % coreWidth;
    cy += Math.floor(cell / coreWidth);
    const at = geometryCell(cell, maps, rules) * maps.cellStep;
    cos2 += geometry[at + 2 * channelStep]!;
    sin2 += geometry[at + 3 * channelStep]!;
  }
  if (!Number.isFinite(confidence + cos2 + sin2)) return [];
  const centre = [(cx / n + 0.5) * rules.coreStride, (cy / n + 0.5) * rules.coreStride] as const;
  let angle = Math.atan2(sin2, cos2) / 2;
  const look = () => {
    const extent = extentOf(cells, maps, rules, centre, angle);
    const step = Math.max(1, n / MOST_SAMPLES);
    const samples: Sample[] = [];
    for (let at = 0; samples.length < MOST_SAMPLES && Math.floor(at) < n; at += step)
      samples.push(sampleAt(cells[Math.floor(at)]!, maps, rules, centre, angle));
    return { ...extent, samples, height: median(samples.map(({ top, bottom }) => bottom - top)) };
  };
  let seen = look();
  if (!(seen.height > 0)) return [];
  // A word's directions are good enough; along a line the middles of its cells know better.
  const aspect = (seen.end - seen.start) / seen.height;
  const slope = slopeOf(seen.samples, seen.height) * Math.min(1, Math.max(0, (aspect - 1) / 2));
  if (slope !== 0) {
    angle += Math.atan(slope);
    seen = look();
    if (!(seen.height > 0)) return [];
  }
  const heaps = depth < 2 ? twoHeaps(seen.samples, seen.height) : undefined;
  if (heaps) {
    const isFirst = (cell: number) => {
      const middle = middleOf(sampleAt(cell, maps, rules, centre, angle));
      return Math.abs(middle - heaps[0]) <= Math.abs(middle - heaps[1]);
    };
    return [cells.filter(isFirst), cells.filter((cell) => !isFirst(cell))]
      .filter((part) => part.length >= 3)
      .flatMap((part) => fitLine(part, maps, rules, depth + 1));
  }
  const { start, end, height } = seen;
  // Outermost cells lie about .45 of a cell inside the ends of their core, whose ends were cut from the line.
  const coreLength = end - start + 0.9 * rules.coreStride;
  const length = Math.min(coreLength + 2 * rules.endCut * height, 2 * coreLength);
  const [u, v] = [(start + end) / 2, median(seen.samples.map(middleOf))];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [
    {
      x: centre[0] + u * cos - v * sin,
      y: centre[1] + u * sin + v * cos,
      angle: forward(angle),
      length,
      height,
      confidence,
    },
  ];
}

/** Left to right, or top to bottom where a line stands upright: within (−80°, 100°]. */
function forward(angle: number): number {
  const least = (-80 * Math.PI) / 180;
  const turned = angle % Math.PI;
  if (turned <= least) return turned + Math.PI;
  return turned > least + Math.PI ? turned - Math.PI : turned;
}

function geometryCell(
  cell: number,
  { coreWidth, geometryWidth, geometryHeight }: Maps,
  rules: Rules,
): number {
  const factor = rules.geometryStride / rules.coreStride;
  const [x, y] = [Math.floor((cell % coreWidth) / factor), Math.floor(Math.floor(cell / coreWidth) / factor)];
  return Math.min(geometryHeight - 1, y) * geometryWidth + Math.min(geometryWidth - 1, x);
}

type Centre = readonly [x: number, y: number];

function extentOf(
  cells: readonly number[],
  { coreWidth }: Maps,
  { coreStride }: Rules,
  [cx, cy]: Centre,
  angle: number,
) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of cells) {
    const x = ((cell % coreWidth) + 0.5) * coreStride - cx;
    const y = (Math.floor(cell / coreWidth) + 0.5) * coreStride - cy;
    start = Math.min(start, x * cos + y * sin);
    end = Math.max(end, x * cos + y * sin);
  }
  return { start, end };
}

function sampleAt(cell: number, maps: Maps, rules: Rules, [cx, cy]: Centre, angle: number): Sample {
  const { geometry, geometryWidth, cellStep, channelStep } = maps;
  const { geometryStride } = rules;
  const at = geometryCell(cell, maps, rules);
  const distance = (channel: number) => {
    const value = geometry[at * cellStep + channel * channelStep]!;
    return geometryStride * Math.expm1(Math.min(Math.max(value, 0), 7));
  };
  const x = ((at % geometryWidth) + 0.5) * geometryStride - cx;
  const y = (Math.floor(at / geometryWidth) + 0.5) * geometryStride - cy;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const across = y * cos - x * sin;
  return { along: x * cos + y * sin, top: across - distance(0), bottom: across + distance(1) };
}

/** Of the middles over the way along, least squares; then once more without those far off. */
function slopeOf(samples: readonly Sample[], height: number): number {
  let [offset, slope] = [0, 0];
  for (const near of [Number.POSITIVE_INFINITY, 0.35 * height]) {
    const used = samples.filter((s) => Math.abs(middleOf(s) - offset - slope * s.along) <= near);
    const [u, v] = [mean(used.map((s) => s.along)), mean(used.map(middleOf))];
    const spread = used.reduce((sum, s) => sum + (s.along - u) ** 2, 0);
    if (used.length < 4 || !(spread > 1e-3)) return 0;
    slope = used.reduce((sum, s) => sum + (s.along - u) * (middleOf(s) - v), 0) / spread;
    offset = v - slope * u;
  }
  return Math.min(1, Math.max(-1, slope));
}

/** The middles of two lines that a bridge joins: two heaps, half a line apart, side by side. */
function twoHeaps(samples: readonly Sample[], height: number): [number, number] | undefined {
  const middles = samples.map(middleOf);
  let [first, second] = [Math.min(...middles), Math.max(...middles)];
  if (!(second - first > 0.6 * height)) return undefined;
  let heaps: readonly [Sample[], Sample[]] = [[], []];
  for (let pass = 0; pass < 4; pass++) {
    const isFirst = (s: Sample) => Math.abs(middleOf(s) - first) <= Math.abs(middleOf(s) - second);
    heaps = [samples.filter(isFirst), samples.filter((s) => !isFirst(s))];
    if (heaps[0].length === 0 || heaps[1].length === 0) return undefined;
    [first, second] = [mean(heaps[0].map(middleOf)), mean(heaps[1].map(middleOf))];
  }
  const [a, b] = heaps.map((heap) => heap.map((s) => s.along)) as [number[], number[]];
  const overlap = Math.min(Math.max(...a), Math.max(...b)) - Math.max(Math.min(...a), Math.min(...b));
  const shorter = Math.min(Math.max(...a) - Math.min(...a), Math.max(...b) - Math.min(...b));
  const few = Math.min(a.length, b.length) / samples.length;
  if (second - first < 0.5 * height || few < 0.08 || overlap < 0.4 * shorter) return undefined;
  return [first, second];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Pieces of one line that the core had left apart: same direction, height and middle, hardly a gap. */
function joinPieces(lines: readonly LineBox[]): LineBox[] {
  let list = [...lines].sort((a, b) => a.y - b.y);
  for (let round = 0, before = -1; before !== list.length && round < 4; round++) {
    before = list.length;
    const left: (LineBox | undefined)[] = list;
    for (let i = 0; i < left.length; i++)
      for (let j = i + 1; left[i] && j < left.length; j++) {
        const joined = left[j] && join(left[i]!, left[j]!);
        if (joined) [left[i], left[j]] = [joined, undefined];
      }
    list = left.filter((line) => line !== undefined);
  }
  return list;
}

function join(a: LineBox, b: LineBox): LineBox | undefined {
  // Of specks of texture there may be thousands.
  if (Math.abs(b.y - a.y) > a.length + b.length + a.height + b.height) return undefined;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const turned = Math.abs(a.angle - b.angle);
  const bend = turned > Math.PI / 2 ? Math.PI - turned : turned;
  if (Math.max(a.height, b.height) > 1.35 * Math.min(a.height, b.height)) return undefined;
  if (bend > 0.09 && short.length > 1.5 * short.height) return undefined;
  const [cos, sin] = [Math.cos(long.angle), Math.sin(long.angle)];
  const along = (b.x - a.x) * cos + (b.y - a.y) * sin;
  const across = (b.y - a.y) * cos - (b.x - a.x) * sin;
  const height = (a.height + b.height) / 2;
  const gap = Math.abs(along) - (a.length + b.length) / 2;
  if (gap > 0.35 * height || gap < -0.6 * height || Math.abs(across) > 0.25 * height) return undefined;
  const start = Math.min(-a.length / 2, along - b.length / 2);
  const end = Math.max(a.length / 2, along + b.length / 2);
  const share = b.length / (a.length + b.length);
  const [u, v] = [(start + end) / 2, across * share];
  const mix = (p: number, q: number) => p * (1 - share) + q * share;
  return {
    x: a.x + u * cos - v * sin,
    y: a.y + u * sin + v * cos,
    angle: long.angle,
    length: end - start,
    height: mix(a.height, b.height),
    confidence: mix(a.confidence, b.confidence),
  };
}
