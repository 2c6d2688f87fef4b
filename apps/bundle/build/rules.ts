/** Pre- and post-processing as the manifest holds it: the very numbers that the models' own code computes with. */
import type { z } from 'zod';
import { BOX_DEFAULTS } from '../../../models/detector/boxes.js';
import { detectorConfigSchema } from '../../../models/detector/config.js';
import { GIANT, LEAST_REDUCED_SIDE, TRACES } from '../../../models/detector/detect-page.js';
import { LONE_SIGNS } from '../../../models/detector/lone-signs.js';
import { CORE_STRIDE, GEOMETRY_STRIDE, SIDE_MULTIPLE } from '../../../models/detector/maps.js';
import {
  COARSE,
  COARSE_PIXELS,
  ENLARGED,
  LARGE,
  LEAST_COARSE,
  SPECK,
  SPECKS_SHARE,
  TINY_PIXELS,
} from '../../../models/detector/scales.js';
import { BEAM_WIDTH, CERTAIN, LEAST_GAP } from '../../../models/recognizer/beam.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { MIN_PROBABILITY } from '../../../models/recognizer/frame-probabilities.js';
import { LEAST_PROBABILITY } from '../../../models/recognizer/likelihood.js';
import { END_ROOM, WIDTH_STEP } from '../../../models/recognizer/open-recognizer.js';
import {
  LEAST_TRIMMED,
  LEVELS,
  MIN_RANGE,
  PRINT_ROW_SHARE,
  TRIM_MARGIN,
} from '../../../models/recognizer/preprocess.js';
import { TOGETHER } from '../../../models/recognizer/read-together.js';
import { RESPELL } from '../../../models/recognizer/respell.js';
import { SPELLING_WEIGHTS } from '../../../models/recognizer/spelled-text.js';
import { CERTAIN_REPEAT, LEAST_ADVANCE, NARROW } from '../../../models/recognizer/split-spikes.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { CRF_DEFAULTS } from '../../../models/saliency/crf/options.js';
import { PAINT_STRIDE, POOL_STRIDE } from '../../../models/saliency/segment-stream.js';
import {
  LEAST_SPACING,
  SETTLED,
  SUPERPIXEL_DEFAULTS,
} from '../../../models/saliency/superpixels/superpixels.js';
import { SPELLING_FILE } from '../../../models/spelling/open-spelling.js';
import { STEPS, USUAL_MIXTURE } from '../../../models/spelling/spelling-model.js';

import { HASHES } from '../../../models/spelling/word-set.js';
import { ALPHABET, PLAIN } from '../../../models/spelling/words-of.js';
import {
  EXCHANGE,
  GAIN,
  LEAST,
  MOST_CROP_HEIGHT,
  NOISE,
  PAD_ACROSS,
  PAD_ALONG,
  SAMPLE,
  USUAL,
} from '../../ocr/candidates.js';
import { LEAST_LETTERS, LETTER_SHAPE, LONGER } from '../../ocr/layout/direction.js';
import { CLOSING, LEAST_BLANKS, OPENING, THIN } from '../../ocr/layout/thin-spaces.js';
import { PLAUSIBLE, SURE } from '../../ocr/read-page.js';
import { SECOND_LOOK } from '../../ocr/second-look.js';
import { DARK, LIGHT } from '../../saliency/backdrop.js';
import { bilateralPositionFor } from '../../saliency/find-subject.js';
import { LEAST_AUTO, MOST_AUTO } from '../../saliency/threshold.js';
import type {
  detectorSchema,
  RecognizerModel,
  recognizerSchema,
  saliencySchema,
} from '../manifest/models.js';
import type { PageRules } from '../manifest/schema.js';

type Rules<Schema extends z.ZodType<{ preprocessing: unknown; postprocessing: unknown }>> = Pick<
  z.infer<Schema>,
  'preprocessing' | 'postprocessing'
>;

/** 8-bit levels to about −1 … 1. */
const CENTRED = { rule: 'mean-std', mean: 127.5, std: 127.5 } as const;

export function recognizerRules(config: unknown): Rules<typeof recognizerSchema> {
  const { charset, preprocessing, subframes } = recognizerConfigSchema.parse(config);
  const { height, frameStep, stretch, trim, maxWidth, widen = null } = preprocessing;
  const { height: leastHeight, width: leastWidth, kept: leastKept } = LEAST_TRIMMED;
  const beam: RecognizerModel['postprocessing']['beam'] = {
    width: BEAM_WIDTH,
    certain: CERTAIN,
    leastGap: LEAST_GAP,
    leastProbability: MIN_PROBABILITY,
  };
  return {
    preprocessing: {
      colour: 'grey',
      trim: trim
        ? { rowShare: PRINT_ROW_SHARE, margin: TRIM_MARGIN, leastHeight, leastWidth, leastKept }
        : null,
      resize: { rule: 'area-linear', height, stretch, widen, leastWidth: frameStep, mostWidth: maxWidth },
      normalise: { rule: 'percentiles', ...LEVELS, leastRange: MIN_RANGE },
      pad: { value: 'paper', least: END_ROOM, multipleOf: WIDTH_STEP },
    },
    postprocessing: {
      type: 'ctc',
      charset,
      blank: [...charset].length,
      frameStep,
      subframes,
      decoding: 'beam',
      beam,
      repeats: { leastAdvance: LEAST_ADVANCE, certain: CERTAIN_REPEAT, narrow: [...NARROW].join('') },
      spelling: {
        path: SPELLING_FILE,
        alphabet: ALPHABET.slice(1),
        plain: { ...PLAIN },
        steps: STEPS,
        hashes: HASHES,
        weights: { ...SPELLING_WEIGHTS },
        usual: USUAL_MIXTURE.source,
        leastProbability: LEAST_PROBABILITY,
        respell: { ...RESPELL },
      },
    },
  };
}

export function detectorRules(config: unknown): Rules<typeof detectorSchema> {
  const { core, heights, scales } = detectorConfigSchema.parse(config);
  const { minPixels, maxEnlargement, maxPixels, tinyHeight } = scales;
  return {
    preprocessing: {
      colour: 'grey',
      resize: { rule: 'area-linear', minPixels, maxEnlargement, maxPixels },
      normalise: CENTRED,
      pad: { value: 'edge', multipleOf: SIDE_MULTIPLE },
      coarse: {
        fromPixels: COARSE_PIXELS,
        factor: COARSE,
        height: LARGE,
        leastFactor: LEAST_COARSE,
        speck: { length: SPECK, share: SPECKS_SHARE },
        threshold: TRACES.threshold,
        leastConfidence: TRACES.minConfidence,
      },
      enlarged: {
        height: tinyHeight,
        target: ENLARGED.aim * tinyHeight,
        most: ENLARGED.most,
        mostPixels: TINY_PIXELS * maxPixels,
        worthwhile: ENLARGED.worthwhile,
      },
      reduced: { factor: scales.reduced, leastHeight: GIANT * heights.most, leastSide: LEAST_REDUCED_SIDE },
    },
    postprocessing: {
      type: 'line-cores',
      coreStride: CORE_STRIDE,
      geometryStride: GEOMETRY_STRIDE,
      threshold: BOX_DEFAULTS.threshold,
      leastConfidence: BOX_DEFAULTS.minConfidence,
      leastHeight: BOX_DEFAULTS.minHeight,
      endCut: core.endCut,
      loneSigns: {
        threshold: LONE_SIGNS.threshold,
        leastConfidence: LONE_SIGNS.minConfidence,
        longest: LONE_SIGNS.longest,
        row: LONE_SIGNS.row,
      },
    },
  };
}

type Metrics = Readonly<Record<string, Record<string, number>>>;

/** @param silenced metrics where zeros are fed for the segment stream's matrices */
export function saliencyRules(config: unknown, silenced: Metrics): Rules<typeof saliencySchema> {
  const { side, segment, mirror } = saliencyConfigSchema.parse(config);
  return {
    preprocessing: {
      colour: 'rgb',
      resize: { rule: 'area-linear', width: side, height: side },
      normalise: CENTRED,
      mirror,
      transparency: { light: LIGHT, dark: DARK },
      segments: segment && {
        counts: [...segment.counts],
        ...SUPERPIXEL_DEFAULTS,
        leastSpacing: LEAST_SPACING,
        settled: SETTLED,
        poolStride: POOL_STRIDE,
        paintStride: PAINT_STRIDE,
        without: { zeros: ['pool', 'neighbours', 'paint'], metrics: silenced },
      },
    },
    postprocessing: {
      type: 'probability-map',
      resize: 'triangle',
      threshold: { rule: 'otsu', least: LEAST_AUTO, most: MOST_AUTO },
      crf: { ...CRF_DEFAULTS, bilateralPosition: bilateralPositionFor(side) },
    },
  };
}

export const PAGE_RULES: PageRules = {
  padAlong: PAD_ALONG,
  padAcross: PAD_ACROSS,
  mostCropHeight: MOST_CROP_HEIGHT,
  noise: { confidence: NOISE, detection: USUAL, exchange: EXCHANGE, least: LEAST },
  thinSpaces: { closing: CLOSING, opening: OPENING, share: THIN, leastBlanks: LEAST_BLANKS },
  letters: { count: LEAST_LETTERS, shape: LETTER_SHAPE, longer: LONGER },
  upright: { sure: SURE, plausible: PLAUSIBLE },
  gain: GAIN,
  sample: SAMPLE,
  secondLook: {
    ...SECOND_LOOK,
    stretches: [...SECOND_LOOK.stretches],
    together: { ...TOGETHER },
  },
};
