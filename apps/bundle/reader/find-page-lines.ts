/** A grey page → its lines: which sizes of it the detector looks at, and one list of what it finds there. */
import type { DetectorModel } from '../manifest/models.js';
import { findLines, type Maps } from './find-lines.js';
import { resize } from './image.js';
import { area, boxHeight, commonArea, toQuad } from './line-box.js';
import type { FoundLine, Plane, Point, Tensor } from './types.js';

type Rules = Pick<DetectorModel, 'preprocessing' | 'postprocessing'>;

export interface PageInput {
  /** [height, width] row by row. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly contentWidth: number;
  readonly contentHeight: number;
}

/** Runs the network on one copy of a page. */
export type Detect = (input: PageInput) => Promise<{ core: Tensor; geometry: Tensor }>;

export function pageInput(page: Plane, factor: number, { preprocessing }: Rules): PageInput {
  const { normalise, pad } = preprocessing;
  const contentWidth = Math.max(1, Math.round(page.width * factor));
  const contentHeight = Math.max(1, Math.round(page.height * factor));
  const grey = resize(page, contentWidth, contentHeight).data;
  const [width, height] = [contentWidth, contentHeight].map(
    (n) => Math.ceil(n / pad.multipleOf) * pad.multipleOf,
  ) as [number, number];
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.min(y, contentHeight - 1) * contentWidth;
    for (let x = 0; x < width; x++, i++)
      data[i] = (grey[row + Math.min(x, contentWidth - 1)]! - normalise.mean) / normalise.std;
  }
  return { data, width, height, contentWidth, contentHeight };
}

/** Layout by shape: [1, 1, h, w] or [1, h, w, 1], and [1, 4, h, w] or [1, h, w, 4]. */
export function toMaps({ core, geometry }: { core: Tensor; geometry: Tensor }, input: PageInput): Maps {
  const plane = (dims: readonly number[], first: boolean) =>
    (first ? [dims[2], dims[3]] : [dims[1], dims[2]]) as [number, number];
  const [coreHeight, coreWidth] = plane(core.dims, core.dims[1] === 1);
  const planes = geometry.dims[3] !== 4;
  const [geometryHeight, geometryWidth] = plane(geometry.dims, planes);
  return {
    core: core.data,
    coreWidth,
    coreHeight,
    geometry: geometry.data,
    geometryWidth,
    geometryHeight,
    cellStep: planes ? 1 : 4,
    channelStep: planes ? geometryHeight * geometryWidth : 1,
    contentWidth: input.contentWidth,
    contentHeight: input.contentHeight,
  };
}

export async function findPageLines(page: Plane, rules: Rules, detect: Detect): Promise<FoundLine[]> {
  const { resize: sizes, coarse, enlarged, reduced } = rules.preprocessing;
  const pixels = page.width * page.height;
  const see = async (factor: number) => {
    const input = pageInput(page, factor, rules);
    const maps = toMaps(await detect(input), input);
    return (changes = {}) => {
      const lines = findLines(maps, { ...rules.postprocessing, ...changes });
      return lines.map((line) => {
        const scale = [page.width / input.contentWidth, page.height / input.contentHeight] as const;
        const point = ([x, y]: Point): Point => [
          within(x * scale[0], page.width),
          within(y * scale[1], page.height),
        ];
        const [a, b, c, d] = toQuad(line);
        return {
          quad: [point(a), point(b), point(c), point(d)] as const,
          confidence: line.confidence,
          box: line,
        };
      });
    };
  };

  let factor = 1;
  if (pixels > sizes.maxPixels) factor = Math.sqrt(sizes.maxPixels / pixels);
  else if (pixels < sizes.minPixels)
    factor = Math.min(sizes.maxEnlargement, Math.sqrt(sizes.minPixels / pixels));
  let lines: FoundLine[] | undefined;
  if (pixels * factor ** 2 >= coarse.fromPixels && coarse.factor * factor >= coarse.leastFactor) {
    const seen = await see(coarse.factor * factor);
    const traces = seen({ threshold: coarse.threshold, leastConfidence: coarse.leastConfidence });
    const lengthOf = (list: typeof traces) => list.reduce((sum, { box }) => sum + box.length, 0);
    const small = traces.filter(({ box }) => box.height < coarse.height);
    const { length: most, share } = coarse.speck;
    const isLarge =
      small.every(({ box }) => box.length < most * box.height) && lengthOf(small) <= share * lengthOf(traces);
    const sure = isLarge ? seen() : [];
    if (sure.length > 0) {
      factor *= coarse.factor;
      lines = sure;
    }
  }
  lines ??= (await see(factor))();

  const heights = lines.map(({ quad }) => boxHeight(quad) * factor).sort((a, b) => a - b);
  const middle = heights[heights.length >> 1] ?? Number.POSITIVE_INFINITY;
  if (enlarged.height > 0 && middle < enlarged.height) {
    const wanted = factor * Math.min(enlarged.most, enlarged.target / Math.max(middle, 1));
    const next = Math.min(wanted, Math.sqrt(enlarged.mostPixels / pixels), 2 * sizes.maxEnlargement);
    if (next > enlarged.worthwhile * factor) {
      factor = next;
      lines = (await see(factor))();
    }
  }
  lines = withoutContained(lines);
  const small = factor * reduced.factor;
  if (small > 0 && Math.min(page.width, page.height) * small >= reduced.leastSide) {
    const giant = (await see(small))().filter(({ quad }) => boxHeight(quad) >= reduced.leastHeight / factor);
    lines = withGiants(lines, withoutContained(giant));
  }
  return lines.map(({ quad, confidence }) => ({ quad, confidence }));
}

/** Corners may lie a little outside of the page, not far. */
const within = (value: number, size: number) => Math.min(Math.max(value, -0.02 * size), 1.02 * size);

const areaOf = ({ quad }: FoundLine) => Math.abs(area(quad));
const largestFirst = (lines: readonly FoundLine[]) => [...lines].sort((a, b) => areaOf(b) - areaOf(a));

/** Lines that lie largely within a larger one go. */
function withoutContained(lines: readonly FoundLine[]): FoundLine[] {
  const kept: FoundLine[] = [];
  for (const line of largestFirst(lines))
    if (kept.every((other) => commonArea(other.quad, line.quad) <= 0.6 * areaOf(line))) kept.push(line);
  return lines.filter((line) => kept.includes(line));
}

/** Of a line seen at both sizes the longer finding stays; a giant made of low lines is a block of text seen from afar. */
function withGiants(main: readonly FoundLine[], giants: readonly FoundLine[]): FoundLine[] {
  let kept = [...main];
  for (const giant of largestFirst(giants)) {
    const size = areaOf(giant);
    const over = kept
      .map((line) => ({ line, shared: commonArea(line.quad, giant.quad) }))
      .filter(({ line, shared }) => shared > 0.3 * Math.min(areaOf(line), size));
    const isLow = ({ line }: { line: FoundLine }) => boxHeight(line.quad) <= 0.55 * boxHeight(giant.quad);
    if (over.some((each) => !isLow(each) && areaOf(each.line) * 1.2 >= size)) continue;
    if (over.filter(isLow).reduce((sum, { shared }) => sum + shared, 0) > 0.3 * size) continue;
    kept = kept.filter(
      (line) => !over.some((each) => each.line === line && each.shared > 0.6 * areaOf(line)),
    );
    kept.push(giant);
  }
  return kept;
}
