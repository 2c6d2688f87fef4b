/** One page through the network at the scales it needs. The network itself is a function, so that any engine may run it. */
import { PocketlensError } from '../base/errors.js';
import type { GrayImage, Point, Quad } from '../base/image.js';
import { type BoxOptions, findLines } from './boxes.js';
import type { DetectorConfig } from './config.js';
import type { DetectedLine, DetectOptions } from './detection.js';
import { lineFrame } from './line-frame.js';
import type { DetectionMaps } from './maps.js';
import { type PreparedPage, preparePage } from './preprocess.js';
import { coarseFactor, enlargedFactor, isLargePrint, mainFactor } from './scales.js';
import { dropContained, mergeScales } from './suppress.js';

export type RunNetwork = (input: PreparedPage) => Promise<DetectionMaps>;

/** Share of the greatest height that a pass answers for, from which lines are looked for on the reduced copy. */
export const GIANT = 0.5;
/** Sides below this many pixels hold no giant lettering that the main copy would miss. */
export const LEAST_REDUCED_SIDE = 48;

type Doubt = Pick<BoxOptions, 'threshold' | 'minConfidence'>;

/**
 * What may be a line. Print too small for a copy still leaves traces of itself: of lines 4 pixels high three quarters are
 * found as they should be, but 93 % with these (measured on 24 real pages).
 */
export const TRACES = { threshold: 0.3, minConfidence: 0.3 } as const satisfies Doubt;

/** A copy of the page, and what the network made of it. */
interface View {
  readonly input: Omit<PreparedPage, 'data'>;
  readonly maps: DetectionMaps;
}

/** Finds the lines of a page; quads in pixels of the page. */
export async function detectPage(
  page: GrayImage,
  config: Pick<DetectorConfig, 'core' | 'heights' | 'scales'>,
  run: RunNetwork,
  options: DetectOptions & Doubt = {},
): Promise<DetectedLine[]> {
  const { core, heights, scales } = config;
  const look = async (factor: number, stage: string): Promise<View> => {
    if (options.signal?.aborted) throw new PocketlensError('interrupted', 'Stopped finding lines.');
    const { data, ...input } = preparePage(page, factor);
    const maps = await run({ data, ...input });
    options.onStage?.(`${stage}-core`, coreImage(maps));
    return { input, maps };
  };
  const linesOf = ({ input, maps }: View, doubt?: Doubt): DetectedLine[] => {
    const { threshold, minConfidence } = { ...options, ...doubt };
    const lines = findLines(maps, {
      core,
      width: input.contentWidth,
      height: input.contentHeight,
      ...(threshold !== undefined && { threshold }),
      ...(minConfidence !== undefined && { minConfidence }),
    });
    return lines.map(({ quad, confidence }) => ({ quad: toPage(quad, input, page), confidence }));
  };
  const pass = async (factor: number, stage: string) => linesOf(await look(factor, stage));

  let factor = mainFactor(page.width, page.height, scales);
  let lines: DetectedLine[] | undefined;
  // Most large scans hold large print, which a smaller copy shows as well, and at a quarter of the cost.
  const coarse = coarseFactor(page.width, page.height, factor);
  if (coarse !== undefined) {
    const view = await look(coarse, 'detect-coarse');
    const traces = linesOf(view, TRACES).map(({ quad }) => lineFrame(quad));
    const inView = traces.map(({ length, height }) => ({ length: length * coarse, height: height * coarse }));
    const sure = isLargePrint(inView) ? linesOf(view) : [];
    if (sure.length > 0) {
      factor = coarse;
      lines = sure;
    }
  }
  lines ??= await pass(factor, 'detect-main');
  const found = lines.map(({ quad }) => lineFrame(quad).height * factor);
  const larger = enlargedFactor(page.width, page.height, factor, found, scales);
  if (larger !== undefined) {
    factor = larger;
    lines = await pass(factor, 'detect-enlarged');
  }
  lines = dropContained(lines);
  const reduced = factor * scales.reduced;
  if (reduced > 0 && Math.min(page.width, page.height) * reduced >= LEAST_REDUCED_SIDE) {
    // What the main copy sees well is its own; giant lettering begins where that becomes doubtful.
    const least = (GIANT * heights.most) / factor;
    const giant = (await pass(reduced, 'detect-reduced')).filter(
      ({ quad }) => lineFrame(quad).height >= least,
    );
    lines = mergeScales(lines, dropContained(giant));
  }
  return lines;
}

function toPage(
  quad: Quad,
  { scaleX, scaleY }: Omit<PreparedPage, 'data'>,
  { width, height }: GrayImage,
): Quad {
  // Corners may lie a little outside where print touches the border, but not far.
  const point = ([x, y]: Point): Point => [
    Math.min(Math.max(x * scaleX, -0.02 * width), 1.02 * width),
    Math.min(Math.max(y * scaleY, -0.02 * height), 1.02 * height),
  ];
  return [point(quad[0]), point(quad[1]), point(quad[2]), point(quad[3])];
}

/** The core map as a picture: probability 1 is white. */
function coreImage({ core, coreWidth, coreHeight }: DetectionMaps): GrayImage {
  const data = new Uint8Array(core.length);
  for (let i = 0; i < data.length; i++) data[i] = 255 / (1 + Math.exp(-core[i]!));
  return { width: coreWidth, height: coreHeight, data };
}
