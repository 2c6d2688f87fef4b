/**
 * Batches of lines for the recognizer: rendered lines from the worker stream, mixed with real ones, prepared as for
 * reading, grouped by width. Implements the loop's `Dataset`; knows the renderer, which the loop does not.
 */
import type { LineSample } from '../../models/base/image.js';
import { Random } from '../../models/base/random.js';
import { ctcFeasible } from '../../models/engine/kernels/ctc-loss.js';
import { Charset } from '../../models/recognizer/charset.js';
import type { RecognizerConfig } from '../../models/recognizer/config.js';
import { END_ROOM, stackLines } from '../../models/recognizer/open-recognizer.js';
import { frameCount, type PreparedLine, prepareLine } from '../../models/recognizer/preprocess.js';
import type { Dataset } from '../../models/training/dataset.js';
import type { LineRendererOptions } from '../../synth/line.js';
import { type LineStream, openLineStream } from '../../synth/stream.js';
import { disturbCrop } from './disturb-crop.js';
import { SecondHand } from './second-hand.js';

export interface LineBatch {
  /** [labels.length, height, width, 1] */
  readonly data: Float32Array;
  readonly width: number;
  readonly labels: readonly (readonly number[])[];
  /** Output frames that belong to each line; the rest is padding. */
  readonly frames: readonly number[];
}

export interface RealSource {
  readonly samples: readonly LineSample[];
  /** Share of these among all lines, in [0, 1). */
  readonly share: number;
}

export interface LineBatchOptions {
  readonly renderer: LineRendererOptions;
  readonly model: RecognizerConfig;
  /** Labelled crops from data sets. */
  readonly real: readonly RealSource[];
  /** Width of a batch's lines together, in pixels of the input: what a step costs. */
  readonly batchPixels: number;
  /** How often a rendered line is used: rendering takes time that training then lacks. */
  readonly reuse: number;
  /** Rendering threads. */
  readonly workers: number;
  readonly from: number;
  readonly seed: number;
}

/** Input widths: oneDNN compiles its kernels for every shape, so there are few. */
const WIDTHS = [64, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024, 1280];
const MAX_LINES = 64;
/** So many used lines wait for their next use. */
const SECOND_HAND = 6000;
/** Crops lower than this hold nothing that can be read. */
const MIN_HEIGHT = 6;
/** Real crops so much higher than wide that have several letters hold words that stand on their side. */
const SIDEWAYS = { aspect: 1.3, letters: 3 };

interface Candidate {
  readonly line: PreparedLine;
  readonly label: readonly number[];
  uses: number;
}

function isSideways({ image: { width, height }, text }: LineSample): boolean {
  return height > SIDEWAYS.aspect * width && text.length >= SIDEWAYS.letters;
}

export function openLineBatches(options: LineBatchOptions): Dataset<LineBatch> {
  const { model, seed } = options;
  const charset = new Charset(model.charset);
  const { height, frameStep } = model.preprocessing;
  const stream: LineStream = openLineStream({
    renderer: options.renderer,
    from: options.from,
    chunk: 64,
    workers: options.workers,
    ahead: 2 * options.workers + 2,
  });
  const buckets = new Map<number, Candidate[]>(WIDTHS.map((width) => [width, []]));
  let next = options.from;
  let realDrawn = 0;
  const renderedShare = options.real.reduce((left, { share }) => left - share, 1);
  const random = new Random(seed, 'batches', options.from);
  const secondHand = new SecondHand<Candidate>(SECOND_HAND, random);

  const capacity = (width: number) =>
    Math.max(4, Math.min(MAX_LINES, Math.round(options.batchPixels / width)));
  const file = (candidate: Candidate) => {
    const width = WIDTHS.find((w) => w >= candidate.line.width + END_ROOM);
    if (width !== undefined) buckets.get(width)!.push(candidate);
  };
  const offer = (sample: LineSample, uses: number) => {
    if (sample.image.height < MIN_HEIGHT || sample.image.width < MIN_HEIGHT) return;
    const label = charset.encode(sample.text);
    if (!label?.length) return;
    const line = prepareLine(sample.image, model.preprocessing);
    if (ctcFeasible(label, frameCount(line.width, frameStep, model.subframes))) file({ line, label, uses });
  };

  const refill = async () => {
    const rendered = await stream.next();
    next += rendered.length;
    for (const sample of rendered) offer(sample, options.reuse);
    const all = (rendered.length * options.reuse) / renderedShare;
    for (const { samples, share } of options.real) {
      // Fractions are drawn, so that small shares come true over many refills.
      const count = Math.floor(all * share + random.next());
      for (let i = 0; i < count; i++) {
        const sampleRandom = new Random(seed, 'real', options.from, realDrawn++);
        const sample = sampleRandom.pick(samples);
        if (!isSideways(sample)) offer(disturbCrop(sample, sampleRandom), 1);
      }
    }
    for (const candidate of secondHand.excess()) file(candidate);
  };
  const batchesWaiting = (width: number) => Math.floor(buckets.get(width)!.length / capacity(width));
  const fullBuckets = () => WIDTHS.filter((width) => batchesWaiting(width) > 0);

  return {
    async next() {
      let full = fullBuckets();
      while (full.length < 3) {
        await refill();
        full = fullBuckets();
      }
      // By how many wait, so that common widths do not pile up.
      const width = Number(random.weighted(Object.fromEntries(full.map((w) => [w, batchesWaiting(w)]))));
      const chosen = buckets.get(width)!.splice(0, capacity(width));
      for (const candidate of chosen) {
        candidate.uses -= 1;
        if (candidate.uses > 0) secondHand.add(candidate);
      }
      const { data } = stackLines(
        chosen.map(({ line }) => line),
        height,
        width,
      );
      return {
        data,
        width,
        labels: chosen.map(({ label }) => label),
        frames: chosen.map(({ line }) => frameCount(line.width, frameStep, model.subframes)),
      };
    },
    state: () => ({ next }),
    close: () => stream.close(),
  };
}
