/** The three kinds of models of a manifest: pre- and post-processing as data. Pixels and frames, unless a field says otherwise. */
import { z } from 'zod';
import { count, modelFields, name, relativePath, share, text } from './parts.js';

const positive = z.number().positive();

/** `area-linear`: the mean over the covered area along an axis that shrinks, linear interpolation along one that grows. */
const resizeRule = z.literal('area-linear');
/**
 * sRGB to linear light, weighed .2126 .7152 .0722, back to sRGB by a table of the rounded shades of 0/255 … 1, linear between
 * them; transparent pixels are laid on white first, rounded down.
 */
const grey = z.literal('grey');
const meanStd = z.strictObject({ rule: z.literal('mean-std'), mean: positive, std: positive });

/**
 * What a text's spelling is worth. Words are runs of `alphabet`'s letters (symbols 1, 2, …; 0 begins and ends a word) after
 * Unicode's NFKD, in lower case and without marks, letters of `plain` spelled as it says.
 */
const spellingSchema = z.strictObject({
  /** Safetensors: `trigrams` [symbols, symbols, symbols] of −ln P · `steps`; `words`, a Bloom filter with `hashes` bits a word. */
  path: relativePath,
  alphabet: text,
  plain: z.record(z.string(), z.string()),
  steps: z.number().positive(),
  hashes: count,
  /**
   * Of ln P by the trigrams; of each letter and end of a word; of each letter of known words of two or more (a word with an
   * apostrophe is known, too, if both of its sides are); of each run of letters and digits that holds both, unless `usual`, a
   * regular expression, matches it.
   */
  weights: z.strictObject({
    letters: z.number(),
    letter: z.number(),
    known: z.number(),
    mixed: z.number(),
  }),
  usual: text,
  /** ln P(text | frames) is CTC's, with no probability of a frame below this. */
  leastProbability: share,
  /**
   * Words of a line (between blanks) with a character less sure than `certain`, or of `gap.leastLetters` and more with a blank likelier
   * than `gap.probability` in a frame between the first letter's and the last one's: of what was read and the `proposals`
   * likeliest texts of their frames (of a beam of `width`) the one of the greatest ln P(text | frames) + spelling is read.
   */
  respell: z.strictObject({
    certain: share,
    gap: z.strictObject({ leastLetters: count, probability: share }),
    proposals: count,
    width: count,
  }),
});

export const recognizerSchema = z.strictObject({
  task: z.literal('text-recognition'),
  ...modelFields,
  /** From the grey crop of one line to `image`. */
  preprocessing: z.strictObject({
    colour: grey,
    /** Empty rows above and below the print are cut off; a row is empty where its horizontal contrast is below `rowShare` of the strongest row's. */
    trim: z
      .strictObject({
        rowShare: share,
        /** Rows kept around the print, as a share of its height (one at least). */
        margin: share,
        /** Smaller crops are left as they are; so are those of whose rows fewer than `leastKept` would be kept. */
        leastHeight: count,
        leastWidth: count,
        leastKept: count,
      })
      .nullable(),
    /**
     * To `height`; the width is scaled by the same factor times `stretch`, widened where it is small and kept within its bounds: one
     * of w < `below` becomes `below` (w / `below`)^`power`.
     */
    resize: z.strictObject({
      rule: resizeRule,
      height: count,
      stretch: positive,
      widen: z.strictObject({ below: positive, power: share }).nullable(),
      leastWidth: count,
      mostWidth: count,
    }),
    /** Grey values at the shares `low` and `high` of all pixels become −1 and 1 (if they are `leastRange` apart); the one at `paper` is paper. */
    normalise: z.strictObject({
      rule: z.literal('percentiles'),
      low: share,
      high: share,
      paper: share,
      leastRange: positive,
    }),
    /** Paper on the right: `least` pixels and up to a multiple of `multipleOf`. */
    pad: z.strictObject({ value: z.literal('paper'), least: count, multipleOf: count }),
  }),
  /** From `logits` [frames, classes] to text. */
  postprocessing: z.strictObject({
    type: z.literal('ctc'),
    /** One class a code point, class 0 first; the blank is not among them. */
    charset: z.string().min(1),
    blank: count,
    /** Horizontal pixels of the input that `subframes` frames of the output cover together. */
    frameStep: count,
    subframes: count,
    decoding: z.enum(['greedy', 'beam']),
    beam: z.strictObject({
      width: count,
      /** Stretches whose frames are all so sure are decoded greedily. */
      certain: share,
      /** So many sure blanks in a row part a line. */
      leastGap: count,
      /** Classes of a lower probability are not tried in a frame. */
      leastProbability: share,
    }),
    /** Equal letters whose runs begin closer than `leastAdvance` (in heights of the input) are one, but for narrow ones that are sure. */
    repeats: z.strictObject({ leastAdvance: share, certain: share, narrow: z.string() }),
    spelling: spellingSchema,
  }),
});

export const detectorSchema = z.strictObject({
  task: z.literal('text-detection'),
  ...modelFields,
  /** From the grey page to `image`: which sizes of it are looked at. */
  preprocessing: z.strictObject({
    colour: grey,
    resize: z.strictObject({
      rule: resizeRule,
      minPixels: positive,
      maxEnlargement: positive,
      maxPixels: positive,
    }),
    normalise: meanStd,
    /** The last column and row are repeated to the right and below. */
    pad: z.strictObject({ value: z.literal('edge'), multipleOf: count }),
    /** Copies of `fromPixels` or more are looked at reduced first, unless that leaves less than `leastFactor` of the page. It is enough where lines are found, and of what may be lines there nothing is lower than `height` but specks, shorter than `speck.length` times their height, of `speck.share` (by length) at most. */
    coarse: z.strictObject({
      fromPixels: positive,
      factor: share,
      height: positive,
      leastFactor: share,
      speck: z.strictObject({ length: positive, share }),
      threshold: share,
      leastConfidence: share,
    }),
    /** Where the median line is lower than `height`, the page is looked at once more, enlarged so that it becomes `target`; at most by `most` times the factor before, to `mostPixels`. */
    enlarged: z.strictObject({
      height: z.number().min(0),
      target: positive,
      most: positive,
      mostPixels: positive,
      worthwhile: positive,
    }),
    /** A second copy, reduced by `factor`, on which lines of at least `leastHeight` (in the main copy) are found; 0: none. */
    reduced: z.strictObject({ factor: share, leastHeight: positive, leastSide: count }),
  }),
  /** From `core` and `geometry` to lines. */
  postprocessing: z.strictObject({
    type: z.literal('line-cores'),
    coreStride: count,
    geometryStride: count,
    threshold: share,
    leastConfidence: share,
    leastHeight: positive,
    /** Share of a line's height that was cut from each end of its core. */
    endCut: share,
    /**
     * Single signs with weaker cores: parts above the lower `threshold` that no line covers, at most `longest` heights
     * long, in a row with a line: that is at least `row.length` heights long, its middle at most `row.offset` heights off,
     * the heights' ratio at most `row.ratio`; lines within `row.turn` radians of the page's common direction have that one.
     */
    loneSigns: z.strictObject({
      threshold: share,
      leastConfidence: share,
      longest: positive,
      row: z.strictObject({ length: positive, offset: positive, ratio: positive, turn: positive }),
    }),
  }),
});

export const saliencySchema = z.strictObject({
  task: z.literal('saliency'),
  ...modelFields,
  preprocessing: z.strictObject({
    colour: z.literal('rgb'),
    /** The picture is squashed to this size, whatever its shape. */
    resize: z.strictObject({ rule: resizeRule, width: count, height: count }),
    normalise: meanStd,
    /** Whether the map is the mean over the picture and its mirror image (segments mirrored alike), mirrored back. */
    mirror: z.boolean(),
    /** Grey under transparent pixels: `dark` where what is visible is lighter on average than `light`, else white. */
    transparency: z.strictObject({ light: share, dark: count }),
    /** How the segment stream's inputs are made: SLIC superpixels of the squashed picture; null where there is none. */
    segments: z
      .strictObject({
        counts: z.array(count).min(1),
        compactness: positive,
        leastShare: share,
        rounds: count,
        leastSpacing: positive,
        settled: positive,
        poolStride: count,
        paintStride: count,
        /** Without superpixels zeros may be fed for these roles: the dense stream alone, at the metrics of `metrics`. */
        without: z.strictObject({
          zeros: z.array(name),
          metrics: z.record(text, z.record(text, z.number())),
        }),
      })
      .nullable(),
  }),
  postprocessing: z.strictObject({
    type: z.literal('probability-map'),
    /** To the picture's size: linear where it grows, a triangle filter as wide as the step where it shrinks. */
    resize: z.literal('triangle'),
    threshold: z.strictObject({ rule: z.literal('otsu'), least: share, most: share }),
    /** Of the fully connected CRF that may sharpen the map (`--refine crf`); names and units as in models/saliency/crf. */
    crf: z.record(text, z.number()),
  }),
});

export type RecognizerModel = z.infer<typeof recognizerSchema>;
export type DetectorModel = z.infer<typeof detectorSchema>;
export type SaliencyModel = z.infer<typeof saliencySchema>;
export type ManifestModel = RecognizerModel | DetectorModel | SaliencyModel;
