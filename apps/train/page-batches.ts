/**
 * Batches for the detector: squares cut from rendered pages at the scales the detector looks at pages, with their target
 * maps. Implements the loop's `Dataset`; knows the renderer, which the loop does not.
 */
import type { GrayImage, LabelledLine, PageSample, Point, Quad } from '../../models/base/image.js';
import { Random } from '../../models/base/random.js';
import type { DetectorConfig } from '../../models/detector/config.js';
import { CORE_STRIDE, GEOMETRY_CHANNELS, GEOMETRY_STRIDE } from '../../models/detector/maps.js';
import { normalise } from '../../models/detector/preprocess.js';
import { COARSE, COARSE_PIXELS, mainFactor } from '../../models/detector/scales.js';
import { type DetectionTargets, makeTargets } from '../../models/detector/targets.js';
import { resizeGray } from '../../models/runtime/resample.js';
import type { Dataset } from '../../models/training/dataset.js';
import type { PageRendererOptions } from '../../synth/page/page-renderer.js';
import { openPageStream } from '../../synth/page/page-stream.js';
import { disturbSquare } from './disturb-square.js';

export interface PageBatch {
  readonly count: number;
  /** Side of each square in pixels of the input. */
  readonly side: number;
  /** [count, side, side, 1] */
  readonly data: Float32Array;
  /** [count, side / 2, side / 2, 1] */
  readonly core: Float32Array;
  readonly coreWeight: Float32Array;
  /** [count, side / 4, side / 4, 4] and [..., 1] */
  readonly geometry: Float32Array;
  readonly geometryWeight: Float32Array;
}

/** Pages other than the rendered ones: labelled pages of a data set, or photographs with words pasted on. */
export interface OtherPages {
  readonly pick: (random: Random) => PageSample;
  /** In [0, 1). */
  readonly share: number;
}

export interface PageBatchOptions {
  readonly renderer: PageRendererOptions;
  readonly model: DetectorConfig;
  readonly side: number;
  readonly batch: number;
  /** Each with the share of all squares that are cut from it. */
  readonly others: readonly OtherPages[];
  /** Squares cut from each rendered page. */
  readonly cuts: number;
  readonly workers: number;
  readonly from: number;
  readonly seed: number;
}

/** Squares wait here to be mixed, so that a batch holds many pages. */
const MIXED = 96;
/** Share of squares cut from the reduced copy, on which giant lettering is found, where it fills a third of the square. */
const REDUCED_SHARE = 0.15;
/** Share of a large page's squares that are cut from its coarse copy, on which most pages are read. */
const COARSE_SHARE = 0.4;
/** How far the scale of a square strays from that of the detector's main copy. */
const SCALE_RANGE = [0.6, 1.5] as const;

interface Square {
  readonly image: GrayImage;
  readonly lines: readonly LabelledLine[];
}

export function openPageBatches(options: PageBatchOptions): Dataset<PageBatch> {
  const { side, batch, seed, workers } = options;
  const stream = openPageStream({
    renderer: options.renderer,
    from: options.from,
    chunk: 2,
    workers,
    ahead: workers + 1,
  });
  const waiting: Square[] = [];
  const random = new Random(seed, 'squares', options.from);
  let next = options.from;
  return {
    async next() {
      while (waiting.length < MIXED + batch) {
        const pages = await stream.next();
        for (const page of pages) {
          const pageRandom = new Random(seed, 'cuts', next++);
          for (let i = 0; i < options.cuts; i++) {
            const picked = pickPage(page, options.others, pageRandom);
            const square = cutSquare(picked, pageRandom, options);
            const isRendered = picked === page;
            waiting.push(isRendered ? square : { ...square, image: disturbSquare(square.image, pageRandom) });
          }
        }
      }
      const chosen: Square[] = [];
      for (let i = 0; i < batch; i++) chosen.push(waiting.splice(random.int(0, waiting.length - 1), 1)[0]!);
      return stackSquares(chosen, side, options.model);
    },
    state: () => ({ next }),
    close: () => stream.close(),
  };
}

/** The rendered page, or now and then another in its place. */
function pickPage(rendered: PageSample, others: readonly OtherPages[], random: Random): PageSample {
  let left = random.next();
  for (const { pick, share } of others) {
    left -= share;
    if (left < 0) return pick(random);
  }
  return rendered;
}

/** A square of a page scaled about as the detector would; where the page ends, its last pixels are repeated. */
function cutSquare(page: PageSample, random: Random, options: PageBatchOptions): Square {
  const { image, lines } = page;
  const { side, model } = options;
  const main = mainFactor(image.width, image.height, model.scales);
  const stray = Math.exp(random.range(Math.log(SCALE_RANGE[0]), Math.log(SCALE_RANGE[1])));
  const large = image.width * image.height * main ** 2 >= COARSE_PIXELS;
  const reducedSide = Math.max(image.width, image.height) * main * model.scales.reduced;
  const copy =
    reducedSide >= side / 3 && random.chance(REDUCED_SHARE)
      ? model.scales.reduced
      : large && random.chance(COARSE_SHARE)
        ? COARSE
        : 1;
  const factor = main * stray * copy;
  const cover = Math.ceil(side / factor);
  // Around a line, mostly: much of a page is empty.
  const line = lines.length && random.chance(0.8) ? random.pick(lines) : undefined;
  const centre: Point = line
    ? [(line.quad[0][0] + line.quad[2][0]) / 2, (line.quad[0][1] + line.quad[2][1]) / 2]
    : [random.range(0, image.width), random.range(0, image.height)];
  const place = (middle: number, size: number) => {
    const most = Math.max(0, size - cover);
    return Math.max(0, Math.min(most, Math.round(middle - cover * random.range(0.1, 0.9))));
  };
  const left = place(centre[0], image.width);
  const top = place(centre[1], image.height);
  const width = Math.min(cover, image.width - left);
  const height = Math.min(cover, image.height - top);
  const cut = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * image.width + left;
    cut.set(image.data.subarray(from, from + width), y * width);
  }
  const scaledWidth = Math.max(1, Math.min(side, Math.round(width * factor)));
  const scaledHeight = Math.max(1, Math.min(side, Math.round(height * factor)));
  const scaled = resizeGray({ width, height, data: cut }, scaledWidth, scaledHeight);
  const moved = ([x, y]: Point): Point => [
    ((x - left) * scaledWidth) / width,
    ((y - top) * scaledHeight) / height,
  ];
  return {
    image: scaled,
    lines: lines.map((label) => ({ ...label, quad: label.quad.map(moved) as unknown as Quad })),
  };
}

function stackSquares(squares: readonly Square[], side: number, model: DetectorConfig): PageBatch {
  const count = squares.length;
  const cells = (stride: number) => (side / stride) * (side / stride);
  const data = new Float32Array(count * side * side);
  const core = new Float32Array(count * cells(CORE_STRIDE));
  const coreWeight = new Float32Array(core.length);
  const geometry = new Float32Array(count * cells(GEOMETRY_STRIDE) * GEOMETRY_CHANNELS);
  const geometryWeight = new Float32Array(count * cells(GEOMETRY_STRIDE));
  squares.forEach(({ image, lines }, i) => {
    for (let y = 0; y < side; y++) {
      const from = Math.min(y, image.height - 1) * image.width;
      const to = (i * side + y) * side;
      for (let x = 0; x < image.width; x++) data[to + x] = normalise(image.data[from + x]!);
      data.fill(data[to + image.width - 1]!, to + image.width, to + side);
    }
    const targets: DetectionTargets = makeTargets(lines, side, side, model);
    core.set(targets.core, i * targets.core.length);
    coreWeight.set(targets.coreWeight, i * targets.core.length);
    geometry.set(targets.geometry, i * targets.geometry.length);
    geometryWeight.set(targets.geometryWeight, i * targets.geometryWeight.length);
  });
  return { count, side, data, core, coreWeight, geometry, geometryWeight };
}
