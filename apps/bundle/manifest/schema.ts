/**
 * `manifest.json`: all that one needs to run a bundle's models with a stock runtime. It is the only thing that the readers
 * (`../reader`, `docs/read_bundle.py`, the page in `../demo`) know of the models.
 */
import { z } from 'zod';
import { detectorSchema, recognizerSchema, saliencySchema } from './models.js';
import { count, FORMATS, fileSchema, name, relativePath, text, version } from './parts.js';

/** Raised when a field changes its meaning or a reader needs a new one. */
export const MANIFEST_SCHEMA_VERSION = 1;

/** How a page's lines are cut out, turned and judged; see `../reader/page.ts`. Lengths in heights of the line. */
const pageSchema = z.strictObject({
  /** Space left around a found line before it is cut out: along it, and across it. */
  padAlong: z.number().min(0),
  padAcross: z.number().min(0),
  /** Crops higher than this many pixels are reduced to it. */
  mostCropHeight: count,
  /** Readings are noise below a mean confidence of `confidence` + `exchange` · (`detection` − the line's own confidence), and below `least`. */
  noise: z.strictObject({
    confidence: z.number().min(0).max(1),
    detection: z.number().min(0).max(1),
    exchange: z.number().min(0),
    least: z.number().min(0).max(1),
  }),
  /** Blanks before `closing` signs and behind `opening` quotes go where their neighbours' middles are at most `share` as far apart as at the line's other blanks, of which there are `leastBlanks` or more. */
  thinSpaces: z.strictObject({
    closing: z.string().min(1),
    opening: z.string().min(1),
    share: z.number().min(0).max(1),
    leastBlanks: count,
  }),
  /** Where `count` boxes or more are on the median less than `shape` times as long as high, the page is looked at turned by a quarter: it lay on its side if boxes are then `longer` times as long. */
  letters: z.strictObject({ count, shape: z.number().positive(), longer: z.number().positive() }),
  /** Mean confidence below which a page may stand on its head, and which it must then reach when turned. */
  upright: z.strictObject({ sure: z.number().min(0).max(1), plausible: z.number().min(0).max(1) }),
  /** Mean confidence that another direction must gain to be preferred. */
  gain: z.number().min(0).max(1),
  /** Lines that decide about the page's direction. */
  sample: count,
  /**
   * Words of scenes are looked at again: where at most `mostLines` lines were read with a mean confidence below `scene`, those
   * less than `longest` times as long as the crop is high that hold a character less sure than `certain`. Of the texts that some view makes
   * likely the one of the greatest ln Σ P(text | view) + spelling is read.
   */
  secondLook: z.strictObject({
    scene: z.number().min(0).max(1),
    mostLines: count,
    certain: z.number().min(0).max(1),
    longest: z.number().positive(),
    /** The views: the crop with its width multiplied by each of these; */
    stretches: z.array(z.number().positive()),
    /** its edges moved along the line against each other by this, either way; */
    slant: z.number().min(0),
    /** its ends moved up and down by this, in heights but at most the given share of its width, either way; */
    rise: z.strictObject({ byHeight: z.number().min(0), byWidth: z.number().min(0) }),
    /** cut off above and below, and added all around. */
    margin: z.number().min(0),
    /** Each view proposes so many texts (of a beam of `width`); the likeliest `judged` are judged by all views, and by the recognizer's `spelling`. */
    together: z.strictObject({ proposals: count, width: count, judged: count }),
  }),
});

export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(MANIFEST_SCHEMA_VERSION),
  id: name,
  version,
  /** Program and version that wrote the bundle. */
  createdBy: text,
  summary: text,
  /** SPDX expression for the bundle as a whole. */
  licence: text,
  /** Formats that occur, and the runtime that each is made for. */
  runtimes: z.partialRecord(
    z.enum(FORMATS),
    z.strictObject({ name: text, least: text, opset: count.optional(), note: text.optional() }),
  ),
  models: z
    .array(z.discriminatedUnion('task', [recognizerSchema, detectorSchema, saliencySchema]))
    .min(1)
    .refine(
      (models) => new Set(models.map((model) => model.name)).size === models.length,
      'names a model twice',
    ),
  /** Present where there are both a detector and a recognizer. */
  page: pageSchema.optional(),
  /** Every file but the manifest and SHA256SUMS. */
  files: z.record(relativePath, fileSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type PageRules = z.infer<typeof pageSchema>;
